//! The entries of a `yarn.lock`, Yarn 1's own form and the YAML subset of Yarn 2 and later, read line by line.

use crate::DetectError;
use pasu_model::LineRange;

/// One entry: the descriptors that it answers and its properties.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// `chalk@^2.4.2`, `@babel/core@npm:^7.1.0`.
    pub(super) descriptors: Vec<String>,
    pub(super) version: String,
    /// Yarn 2 and later: the package itself, `lodash@npm:4.17.20`.
    pub(super) resolution: Option<String>,
    /// Yarn 1: where it was fetched from.
    pub(super) resolved: Option<String>,
    /// Name and range of what it needs when it runs.
    pub(super) dependencies: Vec<(String, String)>,
    /// Where it stands.
    pub(super) lines: Option<LineRange>,
}

/// Which table inside an entry the lines at the third level belong to.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Dependencies,
    Other,
}

/// Reads the entries of a lock file.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, DetectError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = Section::Other;
    let mut long_key: Option<String> = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim_end();
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match line.len() - content.len() {
            0 if content.starts_with("<<<<<<<") || content.starts_with(">>>>>>>") => {
                let what = format!("line {number}: an unresolved merge conflict");
                return Err(DetectError::Malformed(what));
            }
            // A key of more than 1024 characters is written `? key` and `:` on two lines.
            0 if content.starts_with("? ") => long_key = content.get(2..).map(str::to_owned),
            0 => {
                let key = match (content, long_key.take()) {
                    (":", Some(key)) => key,
                    _ => key_of(content)
                        .ok_or_else(|| malformed(number, "an entry does not end in `:`"))?,
                };
                entries.push(Entry {
                    descriptors: descriptors(&key),
                    lines: Some(LineRange { start: number, end: number }),
                    ..Entry::default()
                });
                section = Section::Other;
            }
            indent => {
                let entry = entries
                    .last_mut()
                    .ok_or_else(|| malformed(number, "a property outside an entry"))?;
                if let Some(lines) = &mut entry.lines {
                    lines.end = number;
                }
                if indent <= 2 {
                    section = property(entry, content);
                } else if section == Section::Dependencies && indent == 4 {
                    entry.dependencies.extend(pair(content));
                }
            }
        }
    }
    Ok(entries)
}

fn malformed(line: u32, what: &str) -> DetectError {
    DetectError::Malformed(format!("line {line}: {what}"))
}

/// `"a@^1", b@^2:` without its colon.
fn key_of(content: &str) -> Option<String> {
    content.strip_suffix(':').map(str::to_owned)
}

/// The descriptors of a key: Yarn 1 quotes each by itself, later ones the whole list.
fn descriptors(key: &str) -> Vec<String> {
    key.split(',').map(unquoted).filter(|one| !one.is_empty()).collect()
}

fn property(entry: &mut Entry, content: &str) -> Section {
    if matches!(content, "dependencies:" | "optionalDependencies:") {
        return Section::Dependencies;
    }
    if let Some((name, value)) = pair(content) {
        match name.as_str() {
            "version" => entry.version = value,
            "resolution" => entry.resolution = Some(value),
            "resolved" => entry.resolved = Some(value),
            _ => {}
        }
    }
    Section::Other
}

/// `name "value"` of Yarn 1 or `"name": "value"` of later ones.
fn pair(content: &str) -> Option<(String, String)> {
    let (name, value) = match content.strip_prefix('"') {
        Some(rest) => {
            let (name, value) = rest.split_once('"')?;
            (name, value.strip_prefix(':').unwrap_or(value))
        }
        None => {
            let (name, value) = content.split_once(' ')?;
            (name.strip_suffix(':').unwrap_or(name), value)
        }
    };
    Some((name.to_owned(), unquoted(value)))
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}
