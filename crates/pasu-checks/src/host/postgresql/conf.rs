//! `postgresql.conf` with its includes: `listen_addresses = 'localhost'  # comment`.

use crate::cause::{Cause, CauseKind};
use crate::host::{Host, KeyValue};

/// How deep files may include each other, as in the server.
const MAX_DEPTH: usize = 10;
/// How many files are read.
const MAX_FILES: usize = 200;

/// Settings whose values may be secret or run commands; they are kept without their values.
const SECRET: [&str; 4] =
    ["primary_conninfo", "ssl_passphrase_command", "archive_command", "restore_command"];

/// What it means that a file is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    IsFine,
    IsUnseen,
}

/// Reads files of settings in the server's order.
pub(super) struct Reader<'a> {
    host: &'a Host,
    depth: usize,
    /// The files that were read.
    pub(super) files: Vec<String>,
    pub(super) settings: Vec<KeyValue>,
    pub(super) unseen: Vec<Cause>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(host: &'a Host) -> Self {
        Self { host, depth: 0, files: Vec::new(), settings: Vec::new(), unseen: Vec::new() }
    }

    pub(super) fn file(&mut self, path: &str, missing: Missing) {
        if self.depth >= MAX_DEPTH || self.files.len() >= MAX_FILES {
            let detail = format!("{path}: files include each other too deep or too often");
            self.unseen.push(Cause::new(CauseKind::Limit, detail));
            return;
        }
        let file = match self.host.text(path) {
            Ok(Some(file)) => file,
            Ok(None) if missing == Missing::IsFine => return,
            Ok(None) => return self.unseen.push(Cause::malformed(path, None, "it is missing")),
            Err(cause) => return self.unseen.push(cause),
        };
        self.files.push(path.to_owned());
        self.depth += 1;
        for (number, line) in file.settings() {
            let Some((name, value)) = setting(line) else {
                self.unseen.push(Cause::malformed(path, Some(number), "not a setting"));
                continue;
            };
            match name.as_str() {
                "include" => self.file(&beside(path, &value), Missing::IsUnseen),
                "include_if_exists" => self.file(&beside(path, &value), Missing::IsFine),
                "include_dir" => self.folder(&beside(path, &value)),
                _ => {
                    let value = if SECRET.contains(&&*name) { "***".to_owned() } else { value };
                    self.settings.push(KeyValue { key: name, value, place: file.place(number) });
                }
            }
        }
        self.depth -= 1;
    }

    fn folder(&mut self, path: &str) {
        match self.host.list(path) {
            Ok(names) => {
                let settings =
                    names.iter().filter(|name| name.ends_with(".conf") && !name.starts_with('.'));
                for name in settings {
                    self.file(&format!("{path}/{name}"), Missing::IsFine);
                }
            }
            Err(cause) => self.unseen.push(cause),
        }
    }
}

/// A path relative to the directory of the file that names it.
pub(super) fn beside(file: &str, path: &str) -> String {
    let path = path.trim_end_matches('/');
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", super::parent(file)) }
}

/// `name = value`, `name value`, `name = 'it''s'`, each with a comment behind it.
fn setting(line: &str) -> Option<(String, String)> {
    let end = line.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')))?;
    let (name, rest) = (line.get(..end)?, line.get(end..)?.trim_start());
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let (value, behind) = match rest.strip_prefix('\'') {
        Some(quoted) => quoted_value(quoted)?,
        None => {
            let end = rest.find(|c: char| c.is_whitespace() || c == '#').unwrap_or(rest.len());
            (rest.get(..end)?.to_owned(), rest.get(end..)?)
        }
    };
    let behind = behind.trim_start();
    let is_whole = behind.is_empty() || behind.starts_with('#');
    (!name.is_empty() && is_whole).then(|| (name.to_lowercase(), value))
}

/// The text up to the closing quote, and what stands behind it.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::setting;

    #[test]
    fn settings_are_read_as_the_server_does() {
        for (line, expected) in [
            ("Port = 5432 # comment", Some(("port", "5432"))),
            ("listen_addresses '*'", Some(("listen_addresses", "*"))),
            ("a='it''s \\'x\\'#y' #z", Some(("a", "it's 'x'#y"))),
            ("a='open", None),
            ("a = 1 2", None),
            ("= 1", None),
            ("pgaudit.log='ddl'", Some(("pgaudit.log", "ddl"))),
        ] {
            let found = setting(line);
            let found = found.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
            assert_eq!(found, expected, "{line}");
        }
    }
}
