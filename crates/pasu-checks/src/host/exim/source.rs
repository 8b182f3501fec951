//! The lines of an Exim file: continued ones joined, macros replaced, `.ifdef` decided, `.include` followed.

use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use pasu_model::Place;
use std::sync::Arc;

/// How deep files may include files, how many lines and macros there may be, and how long a line may grow.
const MAX_DEPTH: usize = 8;
const MAX_LINES: usize = 50_000;
const MAX_MACROS: usize = 400;
const MAX_LENGTH: usize = 16 << 10;

/// One logical line.
pub(crate) struct Line {
    /// Its text, trimmed.
    pub(crate) text: String,
    path: Arc<str>,
    number: u32,
}

impl Line {
    /// Where it stands.
    pub(crate) fn place(&self) -> Place {
        Place::File { path: self.path.to_string(), line: Some(self.number) }
    }
}

/// The lines of a file; `None` where there is none.
pub(super) fn read(host: &Host, path: &str) -> Result<Option<Vec<Line>>, Cause> {
    let mut reader =
        Reader { host, lines: Vec::new(), macros: Vec::new(), taken: Vec::new(), in_main: true };
    Ok(reader.file(path, 0)?.then_some(reader.lines))
}

struct Reader<'a> {
    host: &'a Host,
    lines: Vec<Line>,
    macros: Vec<(String, String)>,
    /// For each open `.ifdef`: whether its lines count now, and whether an alternative counted already.
    taken: Vec<(bool, bool)>,
    /// Whether no `begin` was met yet: only before it are macros set.
    in_main: bool,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, depth: usize) -> Result<bool, Cause> {
        if depth > MAX_DEPTH {
            return Err(Cause::malformed(path, None, "too many files include each other"));
        }
        let Some(file) = self.host.text(path)? else { return Ok(false) };
        let shared: Arc<str> = path.into();
        let mut open: Option<(u32, String)> = None;
        for (number, line) in file.numbered() {
            let text = line.trim();
            if text.starts_with('#') || (text.is_empty() && open.is_none()) {
                continue;
            }
            let (first, mut joined) = open.take().unwrap_or((number, String::new()));
            match text.strip_suffix('\\') {
                Some(begun) => {
                    joined.push_str(begun);
                    open = Some((first, joined));
                }
                None => {
                    joined.push_str(text);
                    self.line(&shared, first, &joined, depth)?;
                }
            }
        }
        Ok(true)
    }

    fn line(
        &mut self,
        path: &Arc<str>,
        number: u32,
        text: &str,
        depth: usize,
    ) -> Result<(), Cause> {
        if let Some(directive) = text.strip_prefix('.') {
            return self.directive(path, number, directive, depth);
        }
        if self.taken.iter().any(|(counts, _)| !counts) {
            return Ok(());
        }
        if self.lines.len() >= MAX_LINES || self.macros.len() >= MAX_MACROS {
            let mut cause = Cause::new(CauseKind::Limit, "too many lines or macros");
            cause.place = Some(Place::File { path: path.to_string(), line: Some(number) });
            return Err(cause);
        }
        let is_macro = text.starts_with(|c: char| c.is_ascii_uppercase());
        if let Some((name, value)) = text.split_once('=').filter(|_| is_macro && self.in_main) {
            let name = name.trim().to_owned();
            let value = self.replaced(value.trim_start_matches('=').trim());
            self.macros.retain(|(known, _)| *known != name);
            self.macros.push((name, value));
            return Ok(());
        }
        let text = self.replaced(text).trim().to_owned();
        self.in_main &= !text.starts_with("begin ");
        self.lines.push(Line { text, path: Arc::clone(path), number });
        Ok(())
    }

    /// Macros are replaced wherever their name stands, the longest first.
    fn replaced(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return text;
        }
        let mut known: Vec<&(String, String)> = self
            .macros
            .iter()
            .filter(|(name, _)| !name.is_empty() && text.contains(name))
            .collect();
        known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, value) in known {
            if text.len() + value.len() * text.matches(name.as_str()).count() > MAX_LENGTH {
                break;
            }
            text = text.replace(name.as_str(), value);
        }
        text
    }

    fn directive(
        &mut self,
        path: &Arc<str>,
        number: u32,
        directive: &str,
        depth: usize,
    ) -> Result<(), Cause> {
        let mut words = directive.split_whitespace();
        let keyword = words.next().unwrap_or_default();
        let argument = words.next().unwrap_or_default();
        let is_defined = self.macros.iter().any(|(name, _)| name == argument);
        match keyword {
            "ifdef" => self.taken.push((is_defined, is_defined)),
            "ifndef" => self.taken.push((!is_defined, !is_defined)),
            "elifdef" => self.otherwise(is_defined),
            "elifndef" => self.otherwise(!is_defined),
            "else" => self.otherwise(true),
            "endif" => {
                self.taken.pop();
            }
            "include" | "include_if_exists" if self.taken.iter().all(|(counts, _)| *counts) => {
                let named = self.replaced(argument);
                let named = named.trim_matches('"');
                if !self.file(named, depth + 1)? && keyword == "include" {
                    return Err(Cause::malformed(
                        path,
                        Some(number),
                        format!("{named} is missing"),
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn otherwise(&mut self, holds: bool) {
        if let Some((counts, done)) = self.taken.last_mut() {
            *counts = holds && !*done;
            *done |= *counts;
        }
    }
}
