//! Option files: `[mysqld]`, `bind-address = 127.0.0.1`, `!includedir /etc/mysql/conf.d/`.

use crate::cause::{Cause, CauseKind};
use crate::host::{Host, KeyValue};
use pasu_model::Place;
use serde_json::Value;

/// How deep files may include each other, as in the server.
const MAX_DEPTH: usize = 10;
/// How many files are read.
const MAX_FILES: usize = 200;

/// Reads option files in the server's order.
pub(super) struct Reader<'a> {
    host: &'a Host,
    groups: Vec<String>,
    depth: usize,
    count: usize,
    pub(super) files: Vec<String>,
    pub(super) settings: Vec<KeyValue>,
    pub(super) unseen: Vec<Cause>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(host: &'a Host, groups: Vec<String>) -> Self {
        let (files, settings, unseen) = (Vec::new(), Vec::new(), Vec::new());
        Self { host, groups, depth: 0, count: 0, files, settings, unseen }
    }

    pub(super) fn file(&mut self, path: &str, is_required: bool) {
        self.count += 1;
        if self.depth >= MAX_DEPTH || self.count > MAX_FILES {
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
        self.files.push(path.to_owned());
        self.depth += 1;
        let mut is_ours = false;
        for (number, line) in file.settings() {
            if line.starts_with(';') {
                continue;
            }
            if let Some(folder) = line.strip_prefix("!includedir") {
                self.folder(folder.trim());
            } else if let Some(included) = line.strip_prefix("!include") {
                self.file(included.trim(), true);
            } else if let Some(rest) = line.strip_prefix('[') {
                let Some((group, _)) = rest.split_once(']') else {
                    self.unseen.push(Cause::malformed(path, Some(number), "not a group"));
                    continue;
                };
                is_ours = self.groups.iter().any(|own| own == group.trim());
            } else if let Some((key, value)) = option(line).filter(|_| is_ours) {
                self.settings.push(KeyValue { key, value, place: file.place(number) });
            }
        }
        self.depth -= 1;
    }

    fn folder(&mut self, folder: &str) {
        let folder = folder.trim_end_matches('/');
        match self.host.list(folder) {
            Ok(names) => {
                for name in names.iter().filter(|name| name.ends_with(".cnf")) {
                    self.file(&format!("{folder}/{name}"), false);
                }
            }
            Err(cause) => self.unseen.push(cause),
        }
    }
}

/// `loose-bind-address = '127.0.0.1' # comment` or `skip-networking`, the name in small letters with `_`.
pub(super) fn option(line: &str) -> Option<(String, String)> {
    let (key, value) = match line.split_once('=') {
        Some((key, value)) => (key, Some(value.trim())),
        None => (line.split('#').next().unwrap_or_default(), None),
    };
    let key = key.trim().to_lowercase().replace('-', "_");
    let key = key.strip_prefix("loose_").unwrap_or(&key).to_owned();
    if key.is_empty() {
        return None;
    }
    let value = match value {
        None => "1".to_owned(),
        Some(value) => unquoted(value),
    };
    let is_secret =
        key.ends_with("password") || key.contains("secret") || key.ends_with("passphrase");
    Some((key, if is_secret { "***".to_owned() } else { value }))
}

/// A value without its quotes, or without the comment behind it.
fn unquoted(value: &str) -> String {
    for quote in ['\'', '"'] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote))
        {
            return inside.to_owned();
        }
    }
    value.split('#').next().unwrap_or_default().trim().to_owned()
}

/// The variables of `mysqld-auto.cnf`: `{"mysql_dynamic_variables": {"password_history": {"Value": "5", …}}}`.
pub(super) fn persisted(host: &Host, path: &str) -> Result<Vec<KeyValue>, Cause> {
    let Some(bytes) = host.bytes(path, 4 << 20)? else { return Ok(Vec::new()) };
    let document: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Cause::malformed(path, None, format!("its JSON is damaged: {error}")))?;
    let mut found = Vec::new();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        let Some(members) = value.as_object() else { continue };
        for (name, member) in members {
            match member.get("Value").and_then(Value::as_str) {
                Some(value) => {
                    found.extend(option(&format!("{name}={value}")).map(|(key, value)| KeyValue {
                        key,
                        value,
                        place: Place::File { path: path.to_owned(), line: None },
                    }))
                }
                None => waiting.push(member),
            }
        }
    }
    Ok(found)
}
