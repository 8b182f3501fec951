//! Korean for the short English texts that checks put into sentences: details of causes and values.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How deep texts within texts are put into Korean.
const MAX_DEPTH: usize = 3;

/// `details.toml`: English patterns and their Korean.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Table {
    details: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

/// A damaged table is empty, and a test fails.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("details.toml")).unwrap_or_default());

/// A value of a sentence in Korean; unknown ones as they are.
pub fn korean(name: &str, value: &str) -> String {
    if name == "detail" {
        return translated(value, 0).unwrap_or_else(|| value.to_owned());
    }
    let one = |value: &str| fitting(&TABLE.values, &format!("{name}: {value}"), str::to_owned);
    let each = || value.split(", ").map(|part| one(part).unwrap_or_else(|| part.to_owned()));
    one(value).unwrap_or_else(|| each().collect::<Vec<_>>().join(", "))
}

/// The Korean of a detail that stands in the table, whole or after what it is about: `/etc/x: not a regular file`.
fn translated(text: &str, depth: usize) -> Option<String> {
    if depth > MAX_DEPTH || text.is_empty() {
        return None;
    }
    let inner = |text: &str| translated(text, depth + 1).unwrap_or_else(|| text.to_owned());
    fitting(&TABLE.details, text, inner).or_else(|| {
        let (about, rest) = text.split_once(": ")?;
        Some(format!("{about}: {}", translated(rest, depth + 1)?))
    })
}

/// The Korean of the pattern that fits a text; `inner` puts what stands for its `{}` into Korean.
fn fitting(
    patterns: &BTreeMap<String, String>,
    text: &str,
    inner: impl Fn(&str) -> String,
) -> Option<String> {
    if let Some(korean) = patterns.get(text) {
        return Some(korean.clone());
    }
    let fits = patterns
        .iter()
        .filter_map(|(pattern, korean)| Some((pattern.len(), captures(pattern, text)?, korean)));
    // The longest says most.
    let (_, captured, korean) = fits.max_by_key(|(length, ..)| *length)?;
    let values = captured.iter().enumerate().map(|(at, value)| {
        let number = (at + 1).to_string();
        // What the Korean quotes is somebody else's, and stays as it was said.
        let is_quoted = korean.contains(&format!("“{{{number}}}”"));
        (number, if is_quoted { (*value).to_owned() } else { inner(value) })
    });
    Some(crate::messages::filled(korean, &values.collect()))
}

/// What stands for each `{}` of a pattern; `None` where the text is another.
fn captures<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let (first, rest) = pattern.split_once("{}")?;
    let mut text = text.strip_prefix(first)?;
    let mut captured = Vec::new();
    let mut pieces = rest.split("{}").peekable();
    while let Some(piece) = pieces.next() {
        let (value, after) = match pieces.peek() {
            None => (text.strip_suffix(piece)?, ""),
            Some(_) => text.split_once(piece)?,
        };
        captured.push(value);
        text = after;
    }
    captured.iter().all(|value| !value.is_empty()).then_some(captured)
}

/// Whether a detail has Korean, or needs none: a name, a path, an address.
#[cfg(test)]
pub fn is_known(detail: &str) -> bool {
    let is_plain = !detail.contains(' ') && detail.contains(|c: char| !c.is_alphabetic());
    detail.is_empty() || is_plain || translated(detail, 0).is_some()
}

#[cfg(test)]
mod tests;
