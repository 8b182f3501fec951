//! The start files of csh and tcsh, line by line: `set`, `setenv`, `umask`, `source`, `if` and `foreach`.

use super::run::mentioned;
use super::state::{COMPUTED, State, push};
use super::{Damage, FOLLOWED, Person, Session, SessionKind, Setting, first_path, umask};
use crate::host::{ConfigFile, Host};

/// How many lines are gone through, and how deep files may call each other.
const MAX_LINES: usize = 50_000;
const MAX_DEPTH: usize = 8;

/// Reads what a login to csh reads. tcsh looks for its own `.tcshrc` first.
pub(super) fn session(host: &Host, person: &Person) -> Session {
    let mut state = State { umask: vec![Setting::default()], ..State::default() };
    state.variables.insert("PATH".to_owned(), vec![first_path(host, person.who)]);
    let mut reader = Reader { host, person, state, damage: Vec::new(), lines: 0 };
    reader.source("/etc/csh.cshrc", true, 0);
    reader.source("/etc/csh.login", true, 0);
    let home = &person.home;
    if !reader.source(&format!("{home}/.tcshrc"), true, 0) {
        reader.source(&format!("{home}/.cshrc"), true, 0);
    }
    reader.source(&format!("{home}/.login"), true, 0);
    super::session(person, SessionKind::Csh, &reader.state, &reader.damage)
}

struct Reader<'a> {
    host: &'a Host,
    person: &'a Person,
    state: State,
    damage: Vec<Damage>,
    lines: usize,
}

/// A block that is open.
enum Block {
    /// `if (…) then`, with whether its present arm is gone, and whether one was gone for sure.
    If { value: Option<bool>, done: bool },
    /// `foreach name (…)`, with what it goes over.
    Each { name: String, paths: Vec<String> },
    /// `while`, `switch`: nobody knows.
    Other,
}

impl Reader<'_> {
    fn source(&mut self, path: &str, sure: bool, depth: usize) -> bool {
        let file = match self.host.text(path) {
            Ok(Some(file)) => file,
            Ok(None) => return false,
            Err(cause) => {
                let mentions = FOLLOWED.iter().map(|name| (*name).to_owned()).collect();
                self.damage.push(Damage { cause, mentions });
                return true;
            }
        };
        self.lines += file.lines.len();
        if depth > MAX_DEPTH || self.lines > MAX_LINES {
            let what = "more start files of csh than are followed";
            let mentions = mentioned(file.lines.iter().map(String::as_str));
            let mut cause = crate::Cause::new(crate::CauseKind::Limit, what);
            cause.place = Some(file.place(1));
            self.damage.push(Damage { cause, mentions });
            return true;
        }
        let mut blocks = Vec::new();
        for (number, line) in file.settings() {
            let line = line.split(" #").next().unwrap_or_default();
            for command in line.split(';') {
                self.command(&file, number, command.trim(), &mut blocks, (sure, depth));
            }
        }
        true
    }

    fn command(
        &mut self,
        file: &ConfigFile,
        number: u32,
        command: &str,
        blocks: &mut Vec<Block>,
        (sure, depth): (bool, usize),
    ) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let Some(first) = words.first() else { return };
        let keyword = first.split('(').next().unwrap_or_default();
        match keyword {
            "if" => {
                let (condition, rest) = condition_of(command);
                let value = self.holds(condition);
                if rest == "then" {
                    blocks.push(Block::If { value, done: value == Some(true) });
                } else if value != Some(false) {
                    let sure = sure && value == Some(true);
                    self.command(file, number, rest, blocks, (sure, depth));
                }
            }
            "else" => {
                if let Some(Block::If { value, done }) = blocks.last_mut() {
                    let is_plain = words.len() == 1;
                    *value = match (*done, *value) {
                        (true, _) => Some(false),
                        (false, Some(false)) if is_plain => Some(true),
                        _ => None,
                    };
                }
            }
            "endif" | "end" | "endsw" => {
                blocks.pop();
            }
            "foreach" => blocks.push(self.each(command)),
            "while" | "switch" => blocks.push(Block::Other),
            _ => {
                let mut sure = sure;
                for block in blocks.iter() {
                    match block {
                        Block::If { value: Some(false), .. } => return,
                        Block::If { value: None, .. } | Block::Other => sure = false,
                        _ => {}
                    }
                }
                self.simple(file, number, command, &words, (blocks, sure, depth));
            }
        }
    }

    /// `foreach i ( /etc/profile.d/*.csh )`.
    fn each(&self, command: &str) -> Block {
        let (words, list) = command.split_once('(').unwrap_or((command, ""));
        let name = words.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let patterns = list.trim_end_matches([')', ' ']).split_whitespace();
        let patterns =
            patterns.filter(|pattern| pattern.starts_with('/') && !pattern.contains('$'));
        let paths = patterns.flat_map(|pattern| self.host.glob(pattern).unwrap_or_default());
        Block::Each { name, paths: paths.collect() }
    }

    fn simple(
        &mut self,
        file: &ConfigFile,
        number: u32,
        command: &str,
        words: &[&str],
        (blocks, sure, depth): (&[Block], bool, usize),
    ) {
        let like = Setting {
            place: Some(file.place(number)),
            excerpt: command.chars().take(300).collect(),
            exported: true,
            ..Setting::default()
        };
        match words {
            ["source", rest @ ..] => {
                let Some(path) = rest.iter().find(|word| !word.starts_with('-')) else { return };
                self.include(path, blocks, sure, depth);
            }
            ["set", rest @ ..] => {
                let text = rest.iter().filter(|word| **word != "-r").copied();
                let text = text.collect::<Vec<_>>().join(" ");
                let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                self.set(name.trim(), value.trim(), &like, sure);
            }
            ["setenv", name, value @ ..] if !name.eq_ignore_ascii_case("autologout") => {
                self.set(name, &value.join(" "), &like, sure);
            }
            ["unset" | "unsetenv", names @ ..] => {
                for name in names.iter().filter(|name| FOLLOWED.contains(*name)) {
                    self.put(name, None, &like, sure);
                }
            }
            ["umask", mask] => {
                let value = umask::applied(mask, None).unwrap_or_else(|| COMPUTED.to_string());
                let new = Setting { value: Some(value), ..like };
                if sure {
                    self.state.umask.clear();
                }
                push(&mut self.state.umask, new);
            }
            _ => {}
        }
    }

    fn include(&mut self, word: &str, blocks: &[Block], sure: bool, depth: usize) {
        let name = word.trim_matches('"').trim_start_matches('$').trim_matches(['{', '}']);
        let listed = blocks.iter().rev().find_map(|block| match block {
            Block::Each { name: own, paths } if own == name && word.contains('$') => Some(paths),
            _ => None,
        });
        if let Some(paths) = listed {
            for path in paths.clone() {
                self.source(&path, sure, depth + 1);
            }
            return;
        }
        let path = word.trim_matches('"').replace("$HOME", &self.person.home);
        let path =
            path.strip_prefix('~').map_or(path.clone(), |rest| self.person.home.clone() + rest);
        if !path.contains('$') && path.starts_with('/') {
            self.source(&path, sure, depth + 1);
        }
    }

    fn set(&mut self, name: &str, value: &str, like: &Setting, sure: bool) {
        let name = if name == "path" { "PATH" } else { name };
        if !FOLLOWED.contains(&name) {
            return;
        }
        let value = value.trim_matches(['"', '\'']);
        let value = match value.strip_prefix('(').and_then(|list| list.strip_suffix(')')) {
            Some(list) => list.split_whitespace().collect::<Vec<_>>().join(":"),
            None => value.to_owned(),
        };
        let old = match self.state.values("PATH").as_slice() {
            [only] => only.clone().unwrap_or_default(),
            _ => COMPUTED.to_string(),
        };
        let mut text = value;
        for own in ["${PATH}", "$PATH", "${path}", "$path"] {
            text = text.replace(own, &old);
        }
        let text = text.replace("$HOME", &self.person.home);
        let parts = text.split(':').map(|part| match part.contains(['$', '`']) {
            true => COMPUTED.to_string(),
            false => part.to_owned(),
        });
        let text = parts.collect::<Vec<_>>().join(":");
        self.put(name, Some(text), like, sure);
    }

    fn put(&mut self, name: &str, value: Option<String>, like: &Setting, sure: bool) {
        let new = Setting { value, ..like.clone() };
        let known =
            self.state.variables.entry(name.to_owned()).or_insert_with(|| vec![Setting::default()]);
        if sure {
            known.clear();
        }
        push(known, new);
    }

    /// Conditions on who it is; of others nobody knows.
    fn holds(&self, condition: &str) -> Option<bool> {
        let mut all = Some(true);
        for part in condition.split("&&") {
            let part = part.trim().trim_matches(['(', ')']).trim();
            let value = self.single(part);
            all = match (all, value) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        all
    }

    fn single(&self, part: &str) -> Option<bool> {
        if part.contains("||") {
            return None;
        }
        let words: Vec<&str> = part.split_whitespace().collect();
        match words.as_slice() {
            ["$?prompt" | "$?loginsh" | "$?tcsh" | "$?PATH" | "$?path"] => Some(true),
            ["-d" | "-e" | "-f" | "-r", path] if path.starts_with('/') => {
                Some(self.host.file_followed(path).ok()?.is_some())
            }
            ["$uid" | "$euid" | "`id", operator, number] => {
                let number: u32 = number.parse().ok()?;
                match *operator {
                    "==" => Some(self.person.uid == number),
                    "!=" => Some(self.person.uid != number),
                    ">" => Some(self.person.uid > number),
                    ">=" => Some(self.person.uid >= number),
                    "<" => Some(self.person.uid < number),
                    _ => None,
                }
            }
            ["\"`id", "-gn`\"", "==", "\"`id", "-un`\""] => Some(true),
            _ => None,
        }
    }
}

/// The condition of `if (…) rest`, and the rest.
fn condition_of(command: &str) -> (&str, &str) {
    let Some(start) = command.find('(') else { return ("", "") };
    let mut level = 0_usize;
    for (at, c) in command.char_indices().skip(start) {
        match c {
            '(' => level += 1,
            ')' => {
                level = level.saturating_sub(1);
                if level == 0 {
                    let condition = command.get(start + 1..at).unwrap_or_default();
                    return (condition, command.get(at + 1..).unwrap_or_default().trim());
                }
            }
            _ => {}
        }
    }
    ("", "")
}
