//! What the NFS server exports, from `/etc/exports`, `/etc/exports.d` and, on a running machine, the server's own table.

use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many exports are kept.
const MAX_EXPORTS: usize = 5000;

/// The table of what is exported now, which `exportfs -v` shows.
const TABLE: &str = "/var/lib/nfs/etab";

/// A directory given to one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The directory.
    pub path: String,
    /// A name, an address, a network, a netgroup `@x`; empty or `*` for everybody.
    pub client: String,
    /// Options in order, with the defaults of their line before them.
    pub options: Vec<String>,
    /// Where it stands.
    pub place: Place,
    /// The line.
    pub text: String,
}

impl Export {
    /// Whether an option is set, where it and its opposite may both stand: the last one counts.
    #[must_use]
    pub fn is_set(&self, on: &str, off: &str, default: bool) -> bool {
        let last = self.options.iter().rev().find(|option| *option == on || *option == off);
        last.map_or(default, |option| option == on)
    }

    /// The value of `name=value`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether anybody at all may mount it.
    #[must_use]
    pub fn is_for_everybody(&self) -> bool {
        let client = self.client.as_str();
        matches!(client, "" | "*" | "<world>" | "*.*") || self.prefix() == Some(0)
    }

    /// The length of the client's network, if it is one: `10.0.0.0/8`, `10.0.0.0/255.0.0.0`.
    #[must_use]
    pub fn prefix(&self) -> Option<u32> {
        let (address, length) = self.client.rsplit_once('/')?;
        address.parse::<std::net::IpAddr>().ok()?;
        let mask =
            || length.parse::<std::net::Ipv4Addr>().ok().map(|mask| u32::from(mask).count_ones());
        length.parse().ok().or_else(mask)
    }
}

impl Host {
    /// Every export.
    ///
    /// # Errors
    /// A file is there and cannot be read or is damaged.
    pub fn exports(&self) -> Result<Vec<Export>, Cause> {
        let mut exports = Vec::new();
        let mut files = vec!["/etc/exports".to_owned()];
        files.extend(self.glob("/etc/exports.d/*.exports")?);
        for path in files {
            if let Some(file) = self.text(&path)? {
                parse(&file, &mut exports)?;
            }
        }
        if self.is_live()
            && let Some(file) = self.text(TABLE)?
        {
            let mut now = Vec::new();
            parse(&file, &mut now)?;
            let is_known = |export: &Export| {
                exports
                    .iter()
                    .any(|known: &Export| known.path == export.path && known.is_same_client(export))
            };
            now.retain(|export| !is_known(export));
            exports.extend(now);
        }
        Ok(exports)
    }
}

impl Export {
    fn is_same_client(&self, other: &Self) -> bool {
        self.client == other.client || self.is_for_everybody() && other.is_for_everybody()
    }
}

/// `"/srv/a b" -sync,ro 10.0.0.0/8(rw,no_root_squash) *(ro)`. A space before the bracket makes it everybody's.
fn parse(file: &ConfigFile, exports: &mut Vec<Export>) -> Result<(), Cause> {
    let mut open: Option<(u32, String)> = None;
    let mut lines = Vec::new();
    for (number, line) in file.numbered() {
        let (first, text) = match open.take() {
            Some((first, before)) => (first, before + line),
            None => (number, line.to_owned()),
        };
        match text.strip_suffix('\\') {
            Some(before) => open = Some((first, format!("{before} "))),
            None => lines.push((first, text)),
        }
    }
    lines.extend(open);
    for (number, text) in lines {
        export_line(file, number, &text, exports)?;
    }
    Ok(())
}

fn export_line(
    file: &ConfigFile,
    number: u32,
    text: &str,
    exports: &mut Vec<Export>,
) -> Result<(), Cause> {
    let words = words(text);
    let Some((path, clients)) = words.split_first() else { return Ok(()) };
    if !path.starts_with('/') {
        return Err(Cause::malformed(
            &file.path,
            Some(number),
            "the directory has no leading slash",
        ));
    }
    let mut defaults: Vec<String> = Vec::new();
    let mut push = |client: &str, options: Vec<String>| {
        if exports.len() >= MAX_EXPORTS {
            return Err(Cause::new(CauseKind::Limit, format!("more than {MAX_EXPORTS} exports")));
        }
        exports.push(Export {
            path: path.clone(),
            client: client.to_owned(),
            options,
            place: file.place(number),
            text: text.trim().to_owned(),
        });
        Ok(())
    };
    let mut is_given = false;
    for word in clients {
        if let Some(options) = word.strip_prefix('-') {
            defaults = options.split(',').map(str::to_owned).collect();
            continue;
        }
        is_given = true;
        let (client, options) = word.split_once('(').unwrap_or((word, ""));
        let own = options.trim_end_matches(')').split(',').map(str::trim);
        let own = own.filter(|option| !option.is_empty()).map(str::to_owned);
        push(client, defaults.iter().cloned().chain(own).collect())?;
    }
    // A directory without a client is everybody's.
    if is_given { Ok(()) } else { push("", defaults) }
}

/// Words of a line up to `#`; quotes and `\040` keep spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\\040") {
            words.last_mut().into_iter().for_each(|word| word.push(' '));
            rest = after;
            continue;
        }
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => break,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::Export;
    use crate::case::TestHost;

    fn read(text: &str) -> Vec<Export> {
        TestHost::new().file("/etc/exports", text).host().exports().unwrap()
    }

    #[test]
    fn clients_options_and_defaults() {
        let read =
            read("\"/srv/a b\" -ro,sync 10.0.0.0/8(rw,no_root_squash) \\\n  @trusted # all\n");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].path, "/srv/a b");
        assert_eq!(read[0].options, ["ro", "sync", "rw", "no_root_squash"]);
        assert!(!read[0].is_set("root_squash", "no_root_squash", true));
        assert!(read[1].is_set("root_squash", "no_root_squash", true));
        assert_eq!(read[0].prefix(), Some(8));
    }

    #[test]
    fn everybody_has_many_names() {
        for line in
            ["/a", "/a *(rw)", "/a 0.0.0.0/0(ro)", "/a ::/0", "/a 0.0.0.0/0.0.0.0", "/a host (rw)"]
        {
            assert!(read(line).iter().any(Export::is_for_everybody), "{line}");
        }
        assert!(!read("/a *.example.com(ro)").iter().any(Export::is_for_everybody));
    }
}
