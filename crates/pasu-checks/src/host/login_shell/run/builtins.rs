//! Simple commands: assignments, the builtins that change what is followed, sourced files and calls of functions.

use super::super::state::COMPUTED;
use super::super::{FOLLOWED, Setting, condition};
use super::{Flow, MAX_DEPTH, Runner, mentions};

impl Runner<'_> {
    pub(super) fn simple(&mut self, words: &[String], line: u32) -> (Option<bool>, Flow) {
        let assignments = words.iter().take_while(|word| assignment(word).is_some()).count();
        let (assigned, rest) = words.split_at(assignments);
        let Some((name, arguments)) = rest.split_first() else {
            for word in assigned {
                self.assign(word, line);
            }
            // The status of `X=$(command)` is the command's.
            let is_known = !assigned.iter().any(|word| word.contains("$(") || word.contains('`'));
            return (is_known.then_some(true), Flow::Next);
        };
        let name = name.trim_start_matches('\\');
        let done = (Some(true), Flow::Next);
        match name {
            "export" | "declare" | "typeset" | "readonly" | "local" => {
                self.declare(name, arguments, line);
                done
            }
            "unset" => {
                let like = self.setting(line);
                for name in arguments.iter().filter(|name| !name.starts_with('-')) {
                    self.state.unset(name, &like);
                }
                done
            }
            "umask" => {
                self.umask(arguments, line);
                done
            }
            "." | "source" => self.include(arguments),
            "return" => (None, Flow::Return),
            "exit" | "logout" => (None, Flow::Exit),
            "true" | ":" => done,
            "false" => (Some(false), Flow::Next),
            "[" => {
                let words = arguments.strip_suffix(&["]".to_owned()]).unwrap_or(arguments);
                (condition::holds(self.host, words, &self.expander(), false), Flow::Next)
            }
            "test" => (condition::holds(self.host, arguments, &self.expander(), false), Flow::Next),
            "shopt" if arguments == ["-q", "login_shell"] => (Some(self.login), Flow::Next),
            "read" | "mapfile" | "readarray" | "eval" | "getopts" | "printf" => {
                self.computed(arguments, line);
                (None, Flow::Next)
            }
            "builtin" | "command" if !arguments.iter().any(|word| word.starts_with('-')) => {
                self.simple(arguments, line)
            }
            _ => self.call(name, arguments),
        }
    }

    /// `NAME=value`, `NAME+=value`.
    fn assign(&mut self, word: &str, line: u32) -> Option<String> {
        let (name, value, adds) = assignment(word)?;
        let like = self.setting(line);
        let is_array = value.starts_with('(');
        let texts =
            if is_array { vec![COMPUTED.to_string()] } else { self.expander().texts(value) };
        let mut values: Vec<Option<String>> = Vec::new();
        for old in if adds { self.state.values(name) } else { vec![None] } {
            values.extend(texts.iter().map(|text| Some(old.clone().unwrap_or_default() + text)));
        }
        self.state.assign(name, values, &like);
        Some(name.to_owned())
    }

    /// `export PATH`, `declare -rx TMOUT=600`, `readonly TMOUT`.
    fn declare(&mut self, command: &str, arguments: &[String], line: u32) {
        let flags: String =
            arguments.iter().filter(|word| word.starts_with(['-', '+'])).cloned().collect();
        if flags.contains(['f', 'p', 'F']) {
            return;
        }
        for word in arguments.iter().filter(|word| !word.starts_with(['-', '+'])) {
            let name = self.assign(word, line).unwrap_or_else(|| word.clone());
            if command == "export" && !flags.contains('n')
                || flags.contains('x') && command != "export"
            {
                self.state.export(&name, !flags.contains('+'));
            } else if flags.contains('n') && command == "export" {
                self.state.export(&name, false);
            }
            if command == "readonly" || flags.contains('r') && command != "export" {
                self.state.make_read_only(&name);
            }
        }
    }

    fn umask(&mut self, arguments: &[String], line: u32) {
        let Some(word) = arguments.iter().find(|word| !word.starts_with('-')) else { return };
        let like = self.setting(line);
        let old = std::mem::take(&mut self.state.umask);
        let texts = self.expander().texts(word);
        for text in texts {
            for before in &old {
                let value = super::super::umask::applied(&text, before.value.as_deref());
                let value = value.unwrap_or_else(|| COMPUTED.to_string());
                let new = Setting { value: Some(value), ..like.clone() };
                super::super::state::push(&mut self.state.umask, new);
            }
        }
    }

    fn include(&mut self, arguments: &[String]) -> (Option<bool>, Flow) {
        let Some(word) = arguments.first() else { return (None, Flow::Next) };
        let texts = self.expander().texts(word);
        match texts.as_slice() {
            [path] if !path.contains(COMPUTED) && path.starts_with('/') => {
                (Some(self.source(path)), Flow::Next)
            }
            _ => {
                for path in texts.iter().filter(|path| !path.contains(COMPUTED)) {
                    self.perhaps(|runner| {
                        runner.source(path);
                        Flow::Next
                    });
                }
                (None, Flow::Next)
            }
        }
    }

    /// What `read` and `eval` name gets a value that only running would tell.
    fn computed(&mut self, arguments: &[String], line: u32) {
        let text = arguments.join(" ");
        let like = self.setting(line);
        for name in FOLLOWED.iter().filter(|name| mentions(&text, name)) {
            if *name == "umask" {
                let new = Setting { value: Some(COMPUTED.to_string()), ..like.clone() };
                self.state.umask = vec![new];
            } else {
                self.state.assign(name, vec![Some(COMPUTED.to_string())], &like);
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[String]) -> (Option<bool>, Flow) {
        let Some(body) = self.state.functions.get(name).cloned() else { return (None, Flow::Next) };
        if self.depth >= MAX_DEPTH {
            self.limit("functions that call each other");
            return (None, Flow::Next);
        }
        let computed = || COMPUTED.to_string();
        let given = arguments
            .iter()
            .map(|word| self.expander().text(word).unwrap_or_else(computed))
            .collect();
        let before = std::mem::replace(&mut self.state.arguments, given);
        self.depth += 1;
        let flow = self.framed(&body);
        self.depth -= 1;
        self.state.arguments = before;
        (None, flow)
    }
}

/// The name, the value and whether it is added, of `NAME=value` and `NAME+=value`.
fn assignment(word: &str) -> Option<(&str, &str, bool)> {
    let (name, value) = word.split_once('=')?;
    let (name, adds) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    let is_name = !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, value, adds))
}
