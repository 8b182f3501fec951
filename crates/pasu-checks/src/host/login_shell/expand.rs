//! Expansion of words: quotes, variables and the few commands whose answer is known beforehand.

use super::Person;
use super::state::{COMPUTED, State};
use crate::host::files::wildcard;

/// How many texts one word may become.
const MAX_TEXTS: usize = 12;

/// What words are expanded with.
pub(super) struct Expander<'a> {
    pub(super) state: &'a State,
    pub(super) person: &'a Person,
    pub(super) interactive: bool,
}

impl Expander<'_> {
    /// What a word may become. The mark [`COMPUTED`] stands where only running would tell.
    pub(super) fn texts(&self, word: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        let chars: Vec<char> = word.chars().collect();
        let mut at = 0;
        if chars.first() == Some(&'~') && matches!(chars.get(1), None | Some('/')) {
            found = vec![self.person.home.clone()];
            at = 1;
        }
        let (mut single, mut double) = (false, false);
        while let Some(c) = chars.get(at) {
            at += 1;
            let parts = match c {
                '\'' if !double => {
                    single = !single;
                    continue;
                }
                _ if single => vec![c.to_string()],
                '"' => {
                    double = !double;
                    continue;
                }
                '\\' => {
                    let next = chars.get(at).copied();
                    at += 1;
                    let keeps = double && !matches!(next, Some('"' | '\\' | '$' | '`'));
                    let next = next.map(String::from).unwrap_or_default();
                    vec![if keeps { format!("\\{next}") } else { next }]
                }
                '`' => {
                    let end = position(&chars, at, '`');
                    let command: String = slice(&chars, at, end).collect();
                    at = end + 1;
                    vec![self.command(&command)]
                }
                '$' => self.dollar(&chars, &mut at),
                _ => vec![c.to_string()],
            };
            match parts.as_slice() {
                [only] => found.iter_mut().for_each(|text| text.push_str(only)),
                _ => found = product(&found, &parts),
            }
        }
        found
    }

    /// A word that has one meaning only.
    pub(super) fn text(&self, word: &str) -> Option<String> {
        let mut texts = self.texts(word);
        let only = texts.pop()?;
        (texts.is_empty() && !only.contains(COMPUTED)).then_some(only)
    }

    fn dollar(&self, chars: &[char], at: &mut usize) -> Vec<String> {
        match chars.get(*at) {
            Some('(') => {
                let end = closing(chars, *at, '(', ')');
                let command: String = slice(chars, *at + 1, end).collect();
                *at = end + 1;
                vec![self.command(&command)]
            }
            Some('{') => {
                let end = closing(chars, *at, '{', '}');
                let inner: String = slice(chars, *at + 1, end).collect();
                *at = end + 1;
                self.braces(&inner)
            }
            Some(c) if c.is_ascii_alphabetic() || *c == '_' => {
                let name = name_at(chars, *at);
                *at += name.len();
                self.parameter(&name)
            }
            Some(c) if c.is_ascii_digit() || "-#@*?$!".contains(*c) => {
                *at += 1;
                self.parameter(&c.to_string())
            }
            _ => vec!["$".to_owned()],
        }
    }

    /// What stands between `${` and `}`.
    fn braces(&self, inner: &str) -> Vec<String> {
        let chars: Vec<char> = inner.chars().collect();
        let name = match chars.first() {
            Some(c) if c.is_ascii_alphabetic() || *c == '_' => name_at(&chars, 0),
            Some(c) if chars.len() == 1 || !"#!".contains(*c) => c.to_string(),
            _ => return vec![COMPUTED.to_string()],
        };
        let rest = inner.get(name.len()..).unwrap_or_default();
        if rest.is_empty() {
            return self.parameter(&name);
        }
        let computed = || vec![COMPUTED.to_string()];
        let (operator, word) = ["##", "%%", "#", "%", ":-", ":=", ":+", "-", "=", "+"]
            .iter()
            .find_map(|operator| Some((*operator, rest.strip_prefix(operator)?)))
            .unwrap_or_default();
        let values = self.values(&name);
        let mut found = Vec::new();
        for value in values {
            let is_empty = value.as_deref().is_none_or(str::is_empty);
            let counts_as_unset =
                if operator.starts_with(':') { is_empty } else { value.is_none() };
            match operator.trim_start_matches(':') {
                "-" | "=" if counts_as_unset => found.extend(self.texts(word)),
                "-" | "=" => found.extend(value),
                "+" if counts_as_unset => found.push(String::new()),
                "+" => found.extend(self.texts(word)),
                "#" | "##" | "%" | "%%" => {
                    let Some(pattern) = self.text(word) else { return computed() };
                    let value = value.unwrap_or_default();
                    if value.contains(COMPUTED) {
                        return computed();
                    }
                    found.push(cut(&value, operator, &pattern));
                }
                _ => return computed(),
            }
        }
        found.truncate(MAX_TEXTS);
        found
    }

    fn parameter(&self, name: &str) -> Vec<String> {
        self.values(name).into_iter().map(Option::unwrap_or_default).collect()
    }

    fn values(&self, name: &str) -> Vec<Option<String>> {
        let flags = if self.interactive { "himBH" } else { "hB" };
        match name {
            "-" => vec![Some(flags.to_owned())],
            "@" | "*" => vec![Some(self.state.arguments.join(" "))],
            "#" => vec![Some(self.state.arguments.len().to_string())],
            "?" | "$" | "!" | "0" => vec![Some(COMPUTED.to_string())],
            // The terminal, the desktop and the language come from elsewhere.
            "TERM"
            | "DISPLAY"
            | "SSH_CONNECTION"
            | "SSH_TTY"
            | "SSH_CLIENT"
            | "LANG"
            | "RANDOM"
            | "HOSTNAME"
            | "XDG_SESSION_TYPE"
            | "XDG_CURRENT_DESKTOP"
            | "SUDO_USER"
                if !self.state.variables.contains_key(name) =>
            {
                vec![Some(COMPUTED.to_string())]
            }
            _ => match name.parse::<usize>() {
                Ok(number) => vec![self.state.arguments.get(number.wrapping_sub(1)).cloned()],
                Err(_) => self.state.values(name),
            },
        }
    }

    /// What a command writes, where that is known.
    fn command(&self, command: &str) -> String {
        let person = self.person;
        let words: Vec<&str> = command.split_whitespace().collect();
        let words: Vec<&str> = words.into_iter().filter(|word| *word != "2>/dev/null").collect();
        let program = words.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let arguments = words.get(1..).unwrap_or_default();
        match (program, arguments) {
            ("id", ["-u"] | ["-ru"] | ["-r", "-u"]) => person.uid.to_string(),
            ("id", ["-un"] | ["-nu"] | ["-u", "-n"] | ["-run"]) | ("whoami" | "logname", []) => {
                person.name.clone()
            }
            ("id", ["-g"]) => person.uid.to_string(),
            ("id", ["-gn"] | ["-ng"] | ["-g", "-n"]) => person.group.clone(),
            ("umask", []) => match self.state.umask.as_slice() {
                [only] => only.value.clone().unwrap_or_else(|| COMPUTED.to_string()),
                _ => COMPUTED.to_string(),
            },
            ("echo" | "printf", [word]) => self.text(word).unwrap_or_else(|| COMPUTED.to_string()),
            _ => COMPUTED.to_string(),
        }
    }
}

/// A value without the part that a pattern takes from its beginning (`#`) or its end (`%`), the longest if doubled.
fn cut(value: &str, operator: &str, pattern: &str) -> String {
    // Only short values are cut: a pattern is tried at each place.
    let ends: Vec<usize> =
        value.char_indices().map(|(at, _)| at).chain([value.len()]).take(512).collect();
    let from_start = operator.starts_with('#');
    let matches = |at: &usize| {
        let part = if from_start { value.get(..*at) } else { value.get(*at..) };
        part.is_some_and(|part| wildcard(pattern.as_bytes(), part.as_bytes()))
    };
    let wants_first = (operator.len() == 1) == from_start;
    let at = if wants_first {
        ends.iter().copied().find(|at| matches(at))
    } else {
        ends.iter().rev().copied().find(|at| matches(at))
    };
    let rest = at.and_then(|at| if from_start { value.get(at..) } else { value.get(..at) });
    rest.unwrap_or(value).to_owned()
}

fn product(left: &[String], right: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for before in left {
        for after in right {
            if all.len() < MAX_TEXTS {
                all.push(format!("{before}{after}"));
            }
        }
    }
    if left.len() * right.len() > MAX_TEXTS {
        all.push(COMPUTED.to_string());
    }
    all
}

fn slice(chars: &[char], from: usize, to: usize) -> impl Iterator<Item = &char> {
    chars.iter().skip(from).take(to.saturating_sub(from))
}

fn position(chars: &[char], from: usize, wanted: char) -> usize {
    let found = chars.iter().skip(from).position(|c| *c == wanted);
    found.map_or(chars.len(), |at| from + at)
}

/// Where the bracket that opens at a place is closed.
fn closing(chars: &[char], open_at: usize, open: char, close: char) -> usize {
    let mut level = 0_usize;
    for (at, c) in chars.iter().enumerate().skip(open_at) {
        if *c == open {
            level += 1;
        } else if *c == close {
            level = level.saturating_sub(1);
            if level == 0 {
                return at;
            }
        }
    }
    chars.len()
}

fn name_at(chars: &[char], at: usize) -> String {
    chars.iter().skip(at).take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect()
}
