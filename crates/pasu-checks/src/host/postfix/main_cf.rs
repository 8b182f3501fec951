//! `main.cf`: `name = value`, lines that begin with white space continue the one before, the last value counts.

use crate::cause::Cause;
use crate::host::Host;
use pasu_model::Place;
use std::cell::Cell;
use std::collections::HashMap;

/// How deep values may name values, and how long an expanded one may be.
const MAX_DEPTH: usize = 12;
const MAX_VALUE: usize = 64 << 10;

/// How many values one value may name in all: each naming two others soon names millions.
const MAX_NAMED: u32 = 10_000;

/// A `main.cf` as it is written.
pub(super) struct MainCf {
    path: String,
    values: HashMap<String, (u32, String)>,
    /// How many may still be named.
    left: Cell<u32>,
}

impl MainCf {
    /// `FOLDER/main.cf`; `None` where there is none.
    pub(super) fn read(host: &Host, folder: &str) -> Result<Option<Self>, Cause> {
        let path = format!("{folder}/main.cf");
        let Some(file) = host.text(&path)? else { return Ok(None) };
        let mut values = HashMap::new();
        for (line, text) in logical_lines(&file.lines) {
            if let Some((name, value)) = text.split_once('=') {
                values.insert(name.trim().to_owned(), (line, value.trim().to_owned()));
            }
        }
        Ok(Some(Self { path, values, left: Cell::new(0) }))
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn place(&self, name: &str) -> Option<Place> {
        let (line, _) = self.values.get(name)?;
        Some(Place::File { path: self.path.clone(), line: Some(*line) })
    }

    /// The expanded value; empty where it is not set.
    pub(super) fn value(&self, name: &str) -> String {
        self.values.get(name).map(|(_, value)| self.expanded(value)).unwrap_or_default()
    }

    /// Replaces `$name`, `${name}`, `$(name)`, `${name?text}` and `${name:text}`.
    pub(super) fn expanded(&self, text: &str) -> String {
        let mut out = String::new();
        self.left.set(MAX_NAMED);
        self.expand(text, 0, &mut out);
        out
    }

    fn expand(&self, text: &str, depth: usize, out: &mut String) {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if out.len() > MAX_VALUE || depth > MAX_DEPTH {
                return;
            }
            rest = if let Some(left) = after.strip_prefix('$') {
                out.push('$');
                left
            } else if after.starts_with(['{', '(']) {
                let Some((inner, left)) = enclosed(after) else { return };
                self.conditional(inner, depth, out);
                left
            } else {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
                let (name, left) = after.split_at_checked(end).unwrap_or((after, ""));
                self.named(name, depth, out);
                left
            };
        }
        out.push_str(rest);
    }

    fn named(&self, name: &str, depth: usize, out: &mut String) {
        let Some(left) = self.left.get().checked_sub(1) else { return };
        self.left.set(left);
        match self.values.get(name) {
            Some((_, value)) => self.expand(value, depth + 1, out),
            None => out.push_str(known(name)),
        }
    }

    fn conditional(&self, inner: &str, depth: usize, out: &mut String) {
        let end = inner.find(['?', ':']).unwrap_or(inner.len());
        let (name, test) = inner.split_at_checked(end).unwrap_or((inner, ""));
        let name = name.trim();
        let mut value = String::new();
        self.named(name, depth, &mut value);
        let (wanted, text) = match (test.strip_prefix('?'), test.strip_prefix(':')) {
            (Some(text), _) => (true, text),
            (_, Some(text)) => (false, text),
            _ => return out.push_str(&value),
        };
        // ${name?{yes}:{no}} and ${name?yes}.
        let (yes, no) = match enclosed(text.trim_start()) {
            Some((yes, left)) => {
                let no = left.trim_start().strip_prefix(':').map(str::trim_start);
                (yes, no.and_then(enclosed).map_or("", |(no, _)| no))
            }
            None => (text, ""),
        };
        match (value.is_empty(), wanted) {
            (false, true) | (true, false) => self.expand(yes, depth + 1, out),
            _ => self.expand(no, depth + 1, out),
        }
    }
}

/// What is built in and often named in values.
fn known(name: &str) -> &'static str {
    match name {
        "mail_name" => "Postfix",
        _ => "",
    }
}

/// What stands in the braces or parentheses that a text begins with, and what follows them.
fn enclosed(text: &str) -> Option<(&str, &str)> {
    let (open, close) = match text.chars().next()? {
        '{' => ('{', '}'),
        '(' => ('(', ')'),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some((text.get(1..at)?, text.get(at + 1..)?));
            }
        }
    }
    None
}

/// Lines joined with those that continue them, each with the number of its first. Comments and empty lines between do
/// not end a value.
pub(super) fn logical_lines(lines: &[String]) -> Vec<(u32, String)> {
    let mut joined: Vec<(u32, String)> = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match joined.last_mut().filter(|_| line.starts_with(char::is_whitespace)) {
            Some((_, before)) => {
                before.push(' ');
                before.push_str(text);
            }
            None => joined.push((number, text.to_owned())),
        }
    }
    joined
}
