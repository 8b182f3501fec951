//! Secrets in the words of an image: variables, labels and the commands of its history.
//!
//! Found by what a value is called and by what it looks like. Nothing found here is ever kept: a hit is a place in the
//! text, and what is stored is the text with every hit masked. What only looks like a secret is left alone: names of
//! files and numbers of keys, values that are filled in later, fingerprints of public keys.

mod command;
mod names;
mod values;

use crate::judgement::{Reason, reason};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How much of a text is shown around a hit, in characters on either side.
const AROUND: usize = 60;

/// What stands where a secret was.
const MASK: &str = "***";

/// The most hits that one text gives.
pub const MAX_HITS: usize = 50;

/// What kind of secret something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Secret {
    /// The value of something that is called like a secret.
    Named(String),
    /// A value whose form is known: `AWS`, `GitHub`.
    Token(String),
    /// A password that a command is given: `curl -u`.
    Given(String),
    /// A URL with a password.
    Url,
    /// A private key.
    PrivateKey,
}

impl Secret {
    /// Says where it stands: `ENV`, `#3 RUN`.
    #[must_use]
    pub fn told(&self, place: &str) -> Reason {
        let (key, name) = match self {
            Self::Named(name) => ("secret-named", name.as_str()),
            Self::Token(name) => ("secret-token", name.as_str()),
            Self::Given(name) => ("secret-given", name.as_str()),
            Self::Url => ("secret-url", ""),
            Self::PrivateKey => ("secret-private-key", ""),
        };
        reason(key).arg("place", place).arg("name", name)
    }
}

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub secret: Secret,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
}

/// The secret that the value of a variable or label is.
#[must_use]
pub fn of_pair(name: &str, value: &str) -> Option<Secret> {
    if names::is_secret(name, value) && values::is_real(value) {
        return Some(Secret::Named(name.to_owned()));
    }
    in_text(value).into_iter().next().map(|hit| hit.secret)
}

/// The secrets in a command or any other text, by place.
#[must_use]
pub fn in_text(text: &str) -> Vec<Hit> {
    let mut hits = values::known(text);
    hits.extend(values::urls(text));
    hits.extend(command::hits(text, 0));
    hits.sort_by_key(|hit| (hit.span.start, hit.span.end));
    // What is known by its form says more than what is called a secret: the first of those that overlap stays, and
    // all of their text is masked.
    let mut joined: Vec<Hit> = Vec::new();
    for hit in hits {
        match joined.last_mut().filter(|last| hit.span.start < last.span.end) {
            Some(last) => {
                last.span.end = last.span.end.max(hit.span.end);
                if matches!(hit.secret, Secret::Token(_) | Secret::PrivateKey) {
                    last.secret = hit.secret;
                }
            }
            None => joined.push(hit),
        }
    }
    joined.truncate(MAX_HITS);
    joined
}

/// The text around a hit, with every secret of the text masked.
#[must_use]
pub fn shown(text: &str, hits: &[Hit], hit: &Hit) -> String {
    let start = text[..hit.span.start].char_indices().rev().take(AROUND).last();
    let start = start.map_or(0, |(at, _)| at);
    let after = &text[hit.span.end..];
    let end = after.char_indices().nth(AROUND).map_or(text.len(), |(at, _)| hit.span.end + at);
    let mut shown = String::new();
    let mut at = start;
    for hit in hits {
        let (from, to) = (hit.span.start.max(start), hit.span.end.min(end));
        if from >= to || from < at {
            continue;
        }
        shown.push_str(&text[at..from]);
        shown.push_str(MASK);
        at = to;
    }
    shown.push_str(&text[at..end]);
    let (before, after) =
        (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{before}{}{after}", shown.replace(['\n', '\t'], " "))
}

/// The text with every secret masked, however many there are.
#[must_use]
pub fn masked(text: &str) -> String {
    let hits = in_text(text);
    // Beyond the last one that is counted, nothing is known to be none.
    let end = if hits.len() == MAX_HITS { hits[MAX_HITS - 1].span.end } else { text.len() };
    let mut masked = String::new();
    let mut at = 0;
    for hit in hits {
        masked.push_str(&text[at..hit.span.start]);
        masked.push_str(MASK);
        at = hit.span.end;
    }
    masked.push_str(&text[at..end]);
    masked
}

#[cfg(test)]
mod tests;
