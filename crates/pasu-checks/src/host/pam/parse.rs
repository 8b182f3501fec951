//! Reads the files of PAM into one stack.

use super::{Control, PamEntry, PamStack, Phase};
use crate::cause::{Cause, CauseKind};
use crate::host::{ConfigFile, Host};
use std::path::Path;

/// Where services lie, the first winning.
const FOLDERS: [&str; 2] = ["/etc/pam.d", "/usr/lib/pam.d"];

/// How deep files may include each other (`PAM_SUBSTACK_MAX_LEVEL` and the library's own limit are smaller).
const MAX_DEPTH: u32 = 16;

/// How many files one stack may include, the same file as often as it is named.
const MAX_FILES: usize = 500;

/// How many modules one stack may have.
const MAX_ENTRIES: usize = 2000;

pub(super) fn stack(host: &Host, service: &str, phase: Phase) -> Result<Option<PamStack>, Cause> {
    let mut reader = Reader { host, phase, files: 0, entries: Vec::new() };
    let path = match find(host, service)? {
        Some(file) => {
            reader.file(&file, 0, 0)?;
            file.path
        }
        None if FOLDERS.iter().any(|folder| host.system().exists(Path::new(folder))) => {
            return Ok(None);
        }
        None => match reader.one_for_all(service)? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    Ok(Some(PamStack { service: service.to_owned(), path, phase, entries: reader.entries }))
}

fn find(host: &Host, service: &str) -> Result<Option<ConfigFile>, Cause> {
    if service.starts_with('/') {
        return host.text(service);
    }
    for folder in FOLDERS {
        if let Some(file) = host.text(&format!("{folder}/{service}"))? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

struct Reader<'a> {
    host: &'a Host,
    phase: Phase,
    files: usize,
    entries: Vec<PamEntry>,
}

/// A line without its comment, continuations joined, under the number of its first part.
struct Line {
    number: u32,
    text: String,
}

impl Reader<'_> {
    fn file(&mut self, file: &ConfigFile, depth: u32, level: u32) -> Result<(), Cause> {
        for line in lines(file) {
            self.line(file, &line.text, line.number, depth, level)?;
        }
        Ok(())
    }

    /// `/etc/pam.conf`, whose lines begin with the service.
    fn one_for_all(&mut self, service: &str) -> Result<Option<String>, Cause> {
        let Some(file) = self.host.text("/etc/pam.conf")? else { return Ok(None) };
        let mut found = false;
        for line in lines(&file) {
            let (name, rest) = word(&line.text);
            if name.eq_ignore_ascii_case(service) {
                found = true;
                self.line(&file, rest, line.number, 0, 0)?;
            }
        }
        Ok(found.then_some(file.path))
    }

    /// `auth [success=1 default=ignore] pam_unix.so nullok`, `auth include system-auth`, `@include common-auth`.
    fn line(
        &mut self,
        file: &ConfigFile,
        text: &str,
        number: u32,
        depth: u32,
        level: u32,
    ) -> Result<(), Cause> {
        let damaged = |detail: &str| Cause::malformed(&file.path, Some(number), detail);
        let (first, rest) = word(text);
        if first == "@include" {
            return self.include(word(rest).0, depth, level, &damaged("its file is missing"));
        }
        let optional_file = first.starts_with('-');
        let phase = Phase::of(first.trim_start_matches('-'));
        let phase = phase.ok_or_else(|| damaged("no phase of PAM"))?;
        if phase != self.phase {
            return Ok(());
        }
        let (control, rest) = bracketed(rest);
        let (module, rest) = word(rest);
        if module.is_empty() {
            return Err(damaged("no module"));
        }
        let mut entry = PamEntry {
            module: module.rsplit('/').next().unwrap_or_default().to_owned(),
            written: module.to_owned(),
            control: Control::parse("required").ok_or_else(|| damaged("no control"))?,
            arguments: arguments(rest),
            optional_file,
            level,
            place: file.place(number),
            text: text.to_owned(),
        };
        let missing = damaged("its file is missing");
        if control.eq_ignore_ascii_case("include") {
            return self.include(module, depth, level, &missing);
        }
        if control.eq_ignore_ascii_case("substack") {
            entry.module.clear();
            self.push(entry)?;
            return self.include(module, depth, level + 1, &missing);
        }
        entry.control = Control::parse(&control).ok_or_else(|| damaged("unknown control"))?;
        self.push(entry)
    }

    fn include(
        &mut self,
        name: &str,
        depth: u32,
        level: u32,
        missing: &Cause,
    ) -> Result<(), Cause> {
        self.files += 1;
        if depth >= MAX_DEPTH || self.files > MAX_FILES {
            let mut cause = Cause::new(CauseKind::Limit, "files include each other without end");
            cause.place.clone_from(&missing.place);
            return Err(cause);
        }
        let file = find(self.host, name)?.ok_or_else(|| missing.clone())?;
        self.file(&file, depth + 1, level)
    }

    fn push(&mut self, entry: PamEntry) -> Result<(), Cause> {
        if self.entries.len() >= MAX_ENTRIES {
            let detail = format!("more than {MAX_ENTRIES} modules in one stack");
            return Err(Cause::new(CauseKind::Limit, detail));
        }
        self.entries.push(entry);
        Ok(())
    }
}

/// The lines that say something. A `#` ends a line wherever it stands, and a `\` at the end carries on.
fn lines(file: &ConfigFile) -> Vec<Line> {
    let mut found = Vec::new();
    let mut open: Option<Line> = None;
    for (number, text) in file.numbered() {
        let text = text.split('#').next().unwrap_or_default().trim();
        let (text, continues) = match text.strip_suffix('\\') {
            Some(text) => (text.trim_end(), true),
            None => (text, false),
        };
        let mut line = open.take().unwrap_or(Line { number, text: String::new() });
        if !line.text.is_empty() && !text.is_empty() {
            line.text.push(' ');
        }
        line.text.push_str(text);
        if continues {
            open = Some(line);
        } else if !line.text.is_empty() {
            found.push(line);
        }
    }
    found.extend(open.filter(|line| !line.text.is_empty()));
    found
}

/// The first word and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_start())
}

/// The first word, or a first `[…]` with its brackets.
fn bracketed(text: &str) -> (String, &str) {
    let text = text.trim_start();
    if let Some(end) = text.starts_with('[').then(|| text.find(']')).flatten() {
        let (control, rest) = text.split_at(end + 1);
        return (control.to_owned(), rest);
    }
    let (control, rest) = word(text);
    (control.to_owned(), rest)
}

/// Arguments are words; one in `[…]` may hold spaces, and `\]` is a bracket in it.
fn arguments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (argument, next) = match rest.strip_prefix('[') {
            Some(inside) => in_brackets(inside),
            None => {
                let (argument, next) = word(rest);
                (argument.to_owned(), next)
            }
        };
        found.push(argument);
        rest = next.trim_start();
    }
    found
}

fn in_brackets(text: &str) -> (String, &str) {
    let mut argument = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            ']' => return (argument, text.get(at + 1..).unwrap_or_default()),
            '\\' if characters.peek().is_some_and(|(_, next)| *next == ']') => {
                argument.push(']');
                characters.next();
            }
            other => argument.push(other),
        }
    }
    (argument, "")
}
