//! `pg_hba.conf`: `host  all  all  127.0.0.1/32  scram-sha-256`.

use super::conf::beside;
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How deep files may include each other.
const MAX_DEPTH: usize = 10;
/// How many files are read.
const MAX_FILES: usize = 200;
/// How many lines are kept.
const MAX_LINES: usize = 20_000;

/// One line, which holds for the connections that it is the first to match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HbaLine {
    /// `local`, `host`, `hostssl` and so on.
    pub kind: String,
    /// Databases.
    pub databases: String,
    /// Roles.
    pub users: String,
    /// Address with its mask; `None` for `local`.
    pub address: Option<String>,
    /// `scram-sha-256`, `trust` and so on.
    pub method: String,
    /// Where it stands.
    pub place: Place,
}

impl HbaLine {
    /// Whether it takes connections over the network from any address, or from all of the server's own networks.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.address.as_deref().is_some_and(is_open)
    }

    /// Whether it lets anybody in under some condition.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.method != "reject"
    }

    /// Whether it turns away everything that comes from its addresses, which are all of a family.
    #[must_use]
    pub fn rejects_all(&self) -> bool {
        self.method == "reject"
            && self.kind == "host"
            && self.databases == "all"
            && self.users == "all"
            && matches!(self.address.as_deref(), Some("all" | "0.0.0.0/0" | "::/0"))
    }

    /// Whether it may hold for the role `postgres`.
    #[must_use]
    pub fn concerns_postgres(&self) -> bool {
        // A group, a file or a pattern may name it.
        self.users
            .split(',')
            .any(|user| matches!(user, "all" | "postgres") || user.starts_with(['+', '@', '/']))
    }

    /// The line without its options, which may hold a password.
    #[must_use]
    pub fn shown(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        let parts = [&self.kind, &self.databases, &self.users, address, &self.method];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// `all`, `samenet`, `0.0.0.0/0`, `::/0`, `0.0.0.0 0.0.0.0`, and whatever is nearly as wide.
fn is_open(address: &str) -> bool {
    if matches!(address, "all" | "samenet") {
        return true;
    }
    let (base, prefix) = match address.split_once(['/', ' ']) {
        Some((base, prefix)) => (base, prefix),
        None => return false,
    };
    let bits = prefix.parse::<u32>().ok().or_else(|| match prefix.parse().ok()? {
        IpAddr::V4(mask) => Some(mask.to_bits().leading_ones()),
        IpAddr::V6(mask) => Some(mask.to_bits().leading_ones()),
    });
    let is_v6 = base.contains(':');
    bits.is_some_and(|bits| bits < if is_v6 { 16 } else { 8 })
}

/// The lines in order, and what could not be read of them.
pub(super) fn read(host: &Host, path: &str) -> (Vec<HbaLine>, Vec<Cause>) {
    let mut reader = Reader { host, depth: 0, files: 0, lines: Vec::new(), unseen: Vec::new() };
    reader.file(path, true);
    (reader.lines, reader.unseen)
}

struct Reader<'a> {
    host: &'a Host,
    depth: usize,
    files: usize,
    lines: Vec<HbaLine>,
    unseen: Vec<Cause>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, is_required: bool) {
        self.files += 1;
        if self.depth >= MAX_DEPTH || self.files > MAX_FILES {
            let detail = format!("{path}: files include each other too deep or too often");
            self.unseen.push(Cause::new(CauseKind::Limit, detail));
            return;
        }
        let file = match self.host.text(path) {
            Ok(Some(file)) => file,
            Ok(None) if !is_required => return,
            Ok(None) => return self.unseen.push(Cause::malformed(path, None, "it is missing")),
            Err(cause) => return self.unseen.push(cause),
        };
        self.depth += 1;
        let mut joined = String::new();
        let mut first = 0;
        for (number, line) in file.numbered() {
            if joined.is_empty() {
                first = number;
            }
            // Since version 14 a line goes on behind a backslash.
            if let Some(part) = line.strip_suffix('\\') {
                joined.push_str(part);
                continue;
            }
            joined.push_str(line);
            let words = words(&std::mem::take(&mut joined));
            self.line(path, first, &words);
        }
        self.depth -= 1;
    }

    fn line(&mut self, path: &str, number: u32, words: &[String]) {
        let place = Place::File { path: path.to_owned(), line: Some(number) };
        match words {
            [] => {}
            [include, file] if include == "include" => self.file(&beside(path, file), true),
            [include, file] if include == "include_if_exists" => {
                self.file(&beside(path, file), false);
            }
            [include, folder] if include == "include_dir" => {
                let folder = beside(path, folder);
                match self.host.list(&folder) {
                    Ok(names) => {
                        for name in names
                            .iter()
                            .filter(|name| name.ends_with(".conf") && !name.starts_with('.'))
                        {
                            self.file(&format!("{folder}/{name}"), false);
                        }
                    }
                    Err(cause) => self.unseen.push(cause),
                }
            }
            _ => match entry(words, place) {
                Some(line) if self.lines.len() < MAX_LINES => self.lines.push(line),
                Some(_) => {
                    let detail = format!("{path}: more than {MAX_LINES} lines");
                    self.unseen.push(Cause::new(CauseKind::Limit, detail));
                    self.files = MAX_FILES;
                }
                None => {
                    self.unseen.push(Cause::malformed(path, Some(number), "not an entry"));
                }
            },
        }
    }
}

fn entry(words: &[String], place: Place) -> Option<HbaLine> {
    let [kind, databases, users, rest @ ..] = words else { return None };
    let (address, method) = match (kind.as_str(), rest) {
        ("local", [method, ..]) => (None, method),
        (
            "host" | "hostssl" | "hostnossl" | "hostgssenc" | "hostnogssenc",
            [address, rest @ ..],
        ) => match rest {
            [mask, method, ..] if address.parse::<IpAddr>().is_ok() => {
                mask.parse::<IpAddr>().ok()?;
                (Some(format!("{address} {mask}")), method)
            }
            [method, ..] => (Some(address.clone()), method),
            [] => return None,
        },
        _ => return None,
    };
    Some(HbaLine {
        kind: kind.clone(),
        databases: databases.clone(),
        users: users.clone(),
        address,
        method: method.to_lowercase(),
        place,
    })
}

/// Words between white space; quotes keep it, and a comma binds its neighbours.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut is_quoted, mut is_begun) = (false, false);
    for character in line.chars() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                is_begun = true;
            }
            '#' if !is_quoted => break,
            _ if is_quoted => word.push(character),
            _ if character.is_whitespace() => {
                if is_begun && !word.ends_with(',') {
                    words.push(std::mem::take(&mut word));
                    is_begun = false;
                }
            }
            ',' if !is_begun => match words.pop() {
                Some(before) => {
                    word = before + ",";
                    is_begun = true;
                }
                None => word.push(','),
            },
            _ => {
                word.push(character);
                is_begun = true;
            }
        }
    }
    if is_begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{is_open, words};

    #[test]
    fn words_are_split_as_the_server_does() {
        assert_eq!(words("host all , x  \"a b\" # c"), ["host", "all,x", "a b"]);
        assert_eq!(words("local a, b all peer"), ["local", "a,b", "all", "peer"]);
        assert!(words("  # all").is_empty());
    }

    #[test]
    fn wide_addresses_are_open() {
        for (address, open) in [
            ("0.0.0.0/0", true),
            ("::/0", true),
            ("::0/0", true),
            ("all", true),
            ("samenet", true),
            ("0.0.0.0 0.0.0.0", true),
            ("0.0.0.0/1", true),
            ("10.0.0.0/8", false),
            ("10.0.0.1 255.255.255.255", false),
            ("samehost", false),
            ("db.example", false),
        ] {
            assert_eq!(is_open(address), open, "{address}");
        }
    }
}
