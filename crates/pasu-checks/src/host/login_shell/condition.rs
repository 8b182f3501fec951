//! Conditions of `test`, `[` and `[[`: true, false, or not to be known without running.

use super::expand::Expander;
use super::state::COMPUTED;
use crate::host::Host;
use crate::host::files::{FileKind, wildcard};

/// The value of `[ … ]` or `[[ … ]]` without the brackets.
pub(super) fn holds(
    host: &Host,
    words: &[String],
    expander: &Expander<'_>,
    patterns: bool,
) -> Option<bool> {
    let mut condition = Condition { host, words, at: 0, expander, patterns };
    let value = condition.either();
    // What was not understood to its end is not known.
    if condition.at == words.len() { value } else { None }
}

struct Condition<'a> {
    host: &'a Host,
    words: &'a [String],
    at: usize,
    expander: &'a Expander<'a>,
    patterns: bool,
}

impl Condition<'_> {
    fn peek(&self, ahead: usize) -> &str {
        self.words.get(self.at + ahead).map_or("", String::as_str)
    }

    fn either(&mut self) -> Option<bool> {
        let mut value = self.both();
        while matches!(self.peek(0), "-o" | "||") {
            self.at += 1;
            let right = self.both();
            value = match (value, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        value
    }

    fn both(&mut self) -> Option<bool> {
        let mut value = self.single();
        while matches!(self.peek(0), "-a" | "&&") {
            self.at += 1;
            let right = self.single();
            value = match (value, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        value
    }

    fn single(&mut self) -> Option<bool> {
        let mut negated = false;
        while self.peek(0) == "!" && self.words.len() > self.at + 1 {
            negated = !negated;
            self.at += 1;
        }
        let value = match (self.peek(0), self.peek(1)) {
            ("(", _) if self.patterns => {
                self.at += 1;
                let value = self.either();
                self.at += 1;
                value
            }
            (
                _,
                "=" | "==" | "!=" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "=~" | "<"
                | ">" | "-nt" | "-ot" | "-ef",
            ) => self.compared(),
            (operator, _) if operator.len() == 2 && operator.starts_with('-') => self.asked(),
            ("", _) => Some(false),
            (word, _) => {
                let texts = self.expander.texts(word);
                self.at += 1;
                agreed(texts.iter().map(|text| is_not_empty(text)))
            }
        };
        if negated { value.map(|value| !value) } else { value }
    }

    fn compared(&mut self) -> Option<bool> {
        let (left, operator, right) =
            (self.peek(0).to_owned(), self.peek(1).to_owned(), self.peek(2).to_owned());
        self.at = (self.at + 3).min(self.words.len());
        let lefts = self.expander.texts(&left);
        let rights = self.expander.texts(&right);
        // Quotes take a pattern's meaning away.
        let by_pattern = self.patterns && !right.contains(['"', '\'']);
        let pairs = lefts.iter().flat_map(|left| rights.iter().map(move |right| (left, right)));
        agreed(pairs.map(|(left, right)| compare(left, &operator, right, by_pattern)))
    }

    fn asked(&mut self) -> Option<bool> {
        let (operator, word) = (self.peek(0).to_owned(), self.peek(1).to_owned());
        if self.words.len() <= self.at + 1 {
            // `[ -n ]` asks whether the text `-n` is empty.
            self.at += 1;
            return Some(true);
        }
        self.at += 2;
        let texts = self.expander.texts(&word);
        match operator.as_str() {
            "-n" => agreed(texts.iter().map(|text| is_not_empty(text))),
            "-z" => agreed(texts.iter().map(|text| is_not_empty(text).map(|value| !value))),
            "-e" | "-f" | "-r" | "-s" | "-d" | "-x" | "-h" | "-L" => {
                agreed(texts.iter().map(|text| self.is_there(&operator, text)))
            }
            // A session that a person types into.
            "-t" if self.expander.interactive => Some(true),
            _ => None,
        }
    }

    fn is_there(&self, operator: &str, path: &str) -> Option<bool> {
        if path.contains(COMPUTED) || !path.starts_with('/') {
            return None;
        }
        let found = self.host.file_followed(path).ok()?;
        Some(match (operator, found) {
            (_, None) => false,
            ("-d", Some(file)) => file.kind == FileKind::Directory,
            ("-f", Some(file)) => file.kind == FileKind::File,
            ("-s", Some(file)) => file.size > 0,
            ("-x", Some(file)) => file.mode & 0o111 != 0,
            ("-h" | "-L", Some(_)) => return None,
            _ => true,
        })
    }
}

fn is_not_empty(text: &str) -> Option<bool> {
    let known: String = text.chars().filter(|c| *c != COMPUTED).collect();
    if known.is_empty() && !text.is_empty() { None } else { Some(!text.is_empty()) }
}

fn compare(left: &str, operator: &str, right: &str, by_pattern: bool) -> Option<bool> {
    if left.contains(COMPUTED) || right.contains(COMPUTED) {
        return None;
    }
    let numbers = || Some((left.trim().parse::<i64>().ok()?, right.trim().parse::<i64>().ok()?));
    let is_same = || match by_pattern {
        true => wildcard(right.as_bytes(), left.as_bytes()),
        false => left == right,
    };
    match operator {
        "=" | "==" => Some(is_same()),
        "!=" => Some(!is_same()),
        "-eq" => numbers().map(|(left, right)| left == right),
        "-ne" => numbers().map(|(left, right)| left != right),
        "-lt" => numbers().map(|(left, right)| left < right),
        "-le" => numbers().map(|(left, right)| left <= right),
        "-gt" => numbers().map(|(left, right)| left > right),
        "-ge" => numbers().map(|(left, right)| left >= right),
        _ => None,
    }
}

/// What all say; nothing where they differ.
fn agreed(mut values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}
