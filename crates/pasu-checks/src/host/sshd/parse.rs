//! Reads `sshd_config` with the files that it includes into one list of lines, each with the `Match` it stands under.

use super::criteria::{Condition, Connection, Truth};
use crate::cause::{Cause, CauseKind};
use crate::host::{ConfigFile, Host, KeyValue};
use pasu_model::Place;
use std::sync::Arc;

/// How deep files may include each other, as in sshd itself.
const MAX_DEPTH: u32 = 16;

/// How many files are read, the same file as often as it is named.
const MAX_FILES: usize = 2000;

/// How many lines are kept.
const MAX_SETTINGS: usize = 100_000;

/// One line that sets something.
#[derive(Debug, Clone)]
pub struct Setting {
    /// In lower case, by its newest name.
    pub keyword: String,
    /// The arguments, quotes taken off, one space between.
    pub argument: String,
    /// Where it stands.
    pub place: Place,
    /// The `Match` lines it stands under: its file's, and those above the line that includes its file.
    conditions: Vec<Arc<Condition>>,
}

impl Setting {
    pub(super) fn of_command_line(keyword: &str, argument: &str, line: &str) -> Self {
        Self {
            keyword: super::canonical(keyword),
            argument: argument.to_owned(),
            place: Place::Command { line: line.to_owned() },
            conditions: Vec::new(),
        }
    }

    /// Whether it stands under a `Match`.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// The `Match` lines it stands under, as written.
    #[must_use]
    pub fn condition(&self) -> String {
        let shown: Vec<&str> =
            self.conditions.iter().map(|condition| condition.written.as_str()).collect();
        shown.join(", ")
    }

    /// Whether it applies to a connection.
    #[must_use]
    pub fn truth(&self, connection: &Connection) -> Truth {
        self.conditions
            .iter()
            .map(|condition| condition.truth(connection))
            .min()
            .unwrap_or(Truth::Yes)
    }

    /// As a value with its place.
    #[must_use]
    pub fn value(&self) -> KeyValue {
        KeyValue {
            key: self.keyword.clone(),
            value: self.argument.clone(),
            place: self.place.clone(),
        }
    }

    pub(super) fn conditions(&self) -> &[Arc<Condition>] {
        &self.conditions
    }
}

/// The lines of a main file; none where it does not exist.
pub(super) fn settings(host: &Host, path: &str) -> Result<Vec<Setting>, Cause> {
    let mut reader = Reader { host, files: 0, settings: Vec::new() };
    if let Some(file) = host.text(path)? {
        reader.file(&file, &[], 0)?;
    }
    Ok(reader.settings)
}

struct Reader<'a> {
    host: &'a Host,
    files: usize,
    settings: Vec<Setting>,
}

impl Reader<'_> {
    /// A `Match` holds to the end of its file, or to the next.
    fn file(
        &mut self,
        file: &ConfigFile,
        outer: &[Arc<Condition>],
        depth: u32,
    ) -> Result<(), Cause> {
        let mut conditions = outer.to_vec();
        for (number, line) in file.settings() {
            let (keyword, words) = words(line);
            match keyword.as_str() {
                "match" => {
                    let condition = Condition::parse(line, &words);
                    conditions.truncate(outer.len());
                    conditions.push(Arc::new(condition));
                }
                "include" => {
                    for pattern in &words {
                        self.include(pattern, &conditions, depth, &file.place(number))?;
                    }
                }
                _ => self.push(Setting {
                    keyword: super::canonical(&keyword),
                    argument: words.join(" "),
                    place: file.place(number),
                    conditions: conditions.clone(),
                })?,
            }
        }
        Ok(())
    }

    fn include(
        &mut self,
        pattern: &str,
        conditions: &[Arc<Condition>],
        depth: u32,
        place: &Place,
    ) -> Result<(), Cause> {
        self.files += 1;
        if depth >= MAX_DEPTH || self.files > MAX_FILES {
            let mut cause = Cause::new(CauseKind::Limit, "files include each other without end");
            cause.place = Some(place.clone());
            return Err(cause);
        }
        let pattern = if pattern.starts_with('/') {
            pattern.to_owned()
        } else {
            format!("/etc/ssh/{pattern}")
        };
        for path in self.host.glob(&pattern)? {
            self.files += 1;
            if let Some(file) = self.host.text(&path)? {
                self.file(&file, conditions, depth + 1)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, setting: Setting) -> Result<(), Cause> {
        if self.settings.len() >= MAX_SETTINGS {
            let detail = format!("more than {MAX_SETTINGS} lines");
            let mut cause = Cause::new(CauseKind::Limit, detail);
            cause.place = Some(setting.place);
            return Err(cause);
        }
        self.settings.push(setting);
        Ok(())
    }
}

/// A line such as `Banner = "/etc/issue net" # why`: the keyword in lower case, then its arguments.
pub(super) fn words(line: &str) -> (String, Vec<String>) {
    let line = line.trim();
    let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    (keyword.trim_matches('"').to_ascii_lowercase(), arguments(rest))
}

/// Words by white space; quotes of both kinds hold one together, and a word that begins with `#` ends the line.
fn arguments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _)
                if characters.peek().is_some_and(|next| matches!(next, '"' | '\'' | '\\')) =>
            {
                current.get_or_insert_default().extend(characters.next());
            }
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => current.get_or_insert_default().push(character),
            ('"' | '\'', None) => {
                quote = Some(character);
                current.get_or_insert_default();
            }
            ('#', None) if current.is_none() => break,
            (_, None) if character.is_whitespace() => found.extend(current.take()),
            (_, None) => current.get_or_insert_default().push(character),
        }
    }
    found.extend(current);
    found
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn lines_are_split_as_sshd_does() {
        for (line, keyword, expected) in [
            ("PermitRootLogin no", "permitrootlogin", vec!["no"]),
            ("  PermitRootLogin=no", "permitrootlogin", vec!["no"]),
            ("PERMITROOTLOGIN = \"no\" # yes", "permitrootlogin", vec!["no"]),
            ("Banner \"/etc/issue net\"", "banner", vec!["/etc/issue net"]),
            ("AllowUsers a#b c", "allowusers", vec!["a#b", "c"]),
            ("X", "x", vec![]),
        ] {
            assert_eq!(
                words(line),
                (keyword.to_owned(), expected.into_iter().map(str::to_owned).collect())
            );
        }
    }
}
