//! Goes through start files as the shell would, without executing anything: assignments, umask, conditions, loops over
//! known words, functions and sourced files. Where a condition cannot be decided, both ways are gone.

mod builtins;

use super::condition;
use super::expand::Expander;
use super::parser::{AndOr, Command, List, Pipeline, parse};
use super::state::{COMPUTED, State};
use super::{Damage, FOLLOWED, Person, Setting};
use crate::cause::{Cause, CauseKind};
use crate::host::files::wildcard;
use crate::host::{ConfigFile, Host};
use pasu_model::Place;

/// How many commands are gone through, and how deep files and functions may call each other.
const MAX_STEPS: usize = 10_000;
const MAX_DEPTH: usize = 30;

/// The largest start file that is read, in bytes.
const MAX_SCRIPT: u64 = 256 << 10;

/// How a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    /// `return`, or the end of this way by `exit`.
    Return,
    Exit,
}

pub(super) struct Runner<'a> {
    pub(super) host: &'a Host,
    pub(super) person: &'a Person,
    pub(super) login: bool,
    pub(super) interactive: bool,
    pub(super) state: State,
    pub(super) damage: Vec<Damage>,
    file: Option<ConfigFile>,
    /// What might be true where a file or function was left early.
    left: Vec<State>,
    steps: usize,
    depth: usize,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        host: &'a Host,
        person: &'a Person,
        login: bool,
        interactive: bool,
        state: State,
    ) -> Self {
        Self {
            host,
            person,
            login,
            interactive,
            state,
            damage: Vec::new(),
            file: None,
            left: Vec::new(),
            steps: 0,
            depth: 0,
        }
    }

    /// Reads a file if it is there; says whether it is.
    pub(super) fn source(&mut self, path: &str) -> bool {
        let text = match self.host.text_of(path, MAX_SCRIPT) {
            Ok(Some(file)) => file,
            Ok(None) => return false,
            Err(cause) => {
                let mentions = FOLLOWED.iter().map(|name| (*name).to_owned()).collect();
                self.damage.push(Damage { cause, mentions });
                return true;
            }
        };
        if self.depth >= MAX_DEPTH {
            self.limit("start files that call each other");
            return true;
        }
        match parse(&text.lines.join("\n")) {
            Ok(list) => {
                let before = self.file.replace(text);
                self.depth += 1;
                self.framed(&list);
                self.depth -= 1;
                self.file = before;
            }
            Err(fault) => {
                let cause = Cause::malformed(path, Some(fault.line), fault.what);
                let mentions = mentioned(text.lines.iter().map(String::as_str));
                if !mentions.is_empty() {
                    self.damage.push(Damage { cause, mentions });
                }
            }
        }
        true
    }

    fn limit(&mut self, what: &str) {
        let mentions: Vec<String> = FOLLOWED.iter().map(|name| (*name).to_owned()).collect();
        let mut cause = Cause::new(CauseKind::Limit, what);
        cause.place = self.file.as_ref().map(|file| file.place(1));
        let damage = Damage { cause, mentions };
        if !self.damage.contains(&damage) {
            self.damage.push(damage);
        }
    }

    /// A list that `return` leaves.
    fn framed(&mut self, list: &List) -> Flow {
        let outer = std::mem::take(&mut self.left);
        let flow = self.list(list);
        for state in std::mem::replace(&mut self.left, outer) {
            self.state.merge(state);
        }
        if flow == Flow::Exit { flow } else { Flow::Next }
    }

    fn list(&mut self, list: &List) -> Flow {
        for command in list.iter() {
            let flow = self.and_or(command);
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    fn and_or(&mut self, command: &AndOr) -> Flow {
        if command.in_background {
            return Flow::Next;
        }
        let (mut status, mut flow) = self.pipeline(&command.first);
        for (is_and, next) in &command.rest {
            if flow != Flow::Next {
                return flow;
            }
            match status {
                Some(status) if status != *is_and => {}
                Some(_) => (status, flow) = self.pipeline(next),
                None => {
                    flow = self.perhaps(|runner| runner.pipeline(next).1);
                    status = None;
                }
            }
        }
        flow
    }

    /// Goes a way that may or may not be gone.
    fn perhaps(&mut self, go: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let before = self.state.clone();
        let flow = go(self);
        let after = std::mem::replace(&mut self.state, before);
        self.keep(after, flow);
        Flow::Next
    }

    /// Keeps what one of several ways led to.
    fn keep(&mut self, state: State, flow: Flow) {
        match flow {
            Flow::Next => self.state.merge(state),
            Flow::Return => self.left.push(state),
            Flow::Exit => {}
        }
        // Many early returns are as good as one that merges them.
        if self.left.len() > 8 {
            let mut merged = State::default();
            for (number, state) in std::mem::take(&mut self.left).into_iter().enumerate() {
                if number == 0 { merged = state } else { merged.merge(state) }
            }
            self.left.push(merged);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> (Option<bool>, Flow) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.limit("more commands than are followed");
            return (None, Flow::Exit);
        }
        let Some(command) = &pipeline.command else { return (None, Flow::Next) };
        let (status, flow) = self.command(command);
        (if pipeline.negated { status.map(|status| !status) } else { status }, flow)
    }

    fn command(&mut self, command: &Command) -> (Option<bool>, Flow) {
        match command {
            Command::Simple { words, line } => self.simple(words, *line),
            Command::Condition(words) => {
                (condition::holds(self.host, words, &self.expander(), true), Flow::Next)
            }
            Command::If { arms, otherwise } => (None, self.conditional(arms, otherwise.as_ref())),
            Command::For { name, words, body, line } => {
                (None, self.repeat(name, words, body, *line))
            }
            Command::While { condition, body, line } => (
                None,
                self.computed_loop(*line, |runner| {
                    runner.list(condition);
                    runner.list(body)
                }),
            ),
            Command::Case { subject, arms } => (None, self.case(subject, arms)),
            Command::Group(list) => (None, self.list(list)),
            Command::Subshell => (None, Flow::Next),
            Command::Function { name, body } => {
                self.state.functions.insert(name.clone(), body.clone());
                (Some(true), Flow::Next)
            }
        }
    }

    fn expander(&self) -> Expander<'_> {
        Expander { state: &self.state, person: self.person, interactive: self.interactive }
    }

    /// How a list of conditions ends: by its last command, where it is a single one.
    fn condition(&mut self, list: &List) -> Option<bool> {
        let mut status = Some(true);
        for command in list.iter() {
            status = self.pipeline(&command.first).0;
            for (is_and, next) in &command.rest {
                status = match status {
                    Some(known) if known != *is_and => Some(known),
                    Some(_) => self.pipeline(next).0,
                    None => {
                        let right = self.pipeline(next).0;
                        if right == Some(!*is_and) { right } else { None }
                    }
                };
            }
        }
        status
    }

    fn conditional(&mut self, arms: &[(List, List)], otherwise: Option<&List>) -> Flow {
        let Some(((condition, body), rest)) = arms.split_first() else {
            return otherwise.map_or(Flow::Next, |list| self.list(list));
        };
        match self.condition(condition) {
            Some(true) => self.list(body),
            Some(false) => self.conditional(rest, otherwise),
            None => {
                let before = self.state.clone();
                let flow = self.list(body);
                let after = std::mem::replace(&mut self.state, before);
                let other = self.conditional(rest, otherwise);
                self.both((after, flow), other)
            }
        }
    }

    /// Joins what another way led to with what this one did.
    fn both(&mut self, (after, flow): (State, Flow), other: Flow) -> Flow {
        if other == Flow::Next {
            self.keep(after, flow);
            return Flow::Next;
        }
        let state = std::mem::replace(&mut self.state, after);
        if flow == Flow::Next {
            self.keep(state, other);
            return Flow::Next;
        }
        if other == Flow::Return && flow == Flow::Return {
            self.state.merge(state);
        } else if other == Flow::Return {
            self.state = state;
        }
        if [flow, other].contains(&Flow::Return) { Flow::Return } else { Flow::Exit }
    }

    fn case(&mut self, subject: &str, arms: &[(Vec<String>, List)]) -> Flow {
        let subjects = self.expander().texts(subject);
        let known = match subjects.as_slice() {
            [only] if !only.contains(COMPUTED) => Some(only.clone()),
            _ => None,
        };
        if let Some(subject) = known {
            for (patterns, body) in arms {
                let expander = self.expander();
                let takes = |pattern: &String| {
                    let texts = expander.texts(pattern);
                    texts.iter().any(|text| wildcard(text.as_bytes(), subject.as_bytes()))
                };
                if patterns.iter().any(takes) {
                    return self.list(body);
                }
            }
            return Flow::Next;
        }
        for (_, body) in arms {
            let before = self.state.clone();
            let flow = self.list(body);
            let after = std::mem::replace(&mut self.state, before);
            // Each arm begins from what stood before the first; that some later arm is gone from a merged state as
            // well only widens what may be true.
            self.keep(after, flow);
        }
        Flow::Next
    }

    fn repeat(&mut self, name: &str, words: &[String], body: &List, line: u32) -> Flow {
        let mut values = Vec::new();
        for word in words {
            if word == "\"$@\"" || word == "$@" {
                values.extend(self.state.arguments.clone());
                continue;
            }
            let Some(text) = self.expander().text(word) else {
                return self.computed_loop(line, |runner| {
                    let like = runner.setting(line);
                    runner.state.assign(name, vec![Some(COMPUTED.to_string())], &like);
                    runner.list(body)
                });
            };
            let is_quoted = word.contains(['"', '\'']);
            match () {
                () if !is_quoted && text.contains(['*', '?', '[']) => {
                    match self.host.glob(&text) {
                        // Where nothing matches, the pattern stands for itself.
                        Ok(paths) if paths.is_empty() => values.push(text),
                        Ok(paths) => values.extend(paths),
                        Err(cause) => {
                            let mentions = FOLLOWED.iter().map(|name| (*name).to_owned()).collect();
                            self.damage.push(Damage { cause, mentions });
                        }
                    }
                }
                () if is_quoted => values.push(text),
                () => values.extend(text.split_whitespace().map(str::to_owned)),
            }
        }
        for value in values {
            let like = self.setting(line);
            self.state.assign(name, vec![Some(value)], &like);
            match self.list(body) {
                Flow::Next => {}
                flow => return flow,
            }
        }
        Flow::Next
    }

    /// A loop that runs nobody knows how often: what it changes is computed.
    fn computed_loop(&mut self, line: u32, go: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let before = self.state.clone();
        go(self);
        let after = std::mem::replace(&mut self.state, before);
        for (name, settings) in after.variables {
            if self.state.variables.get(&name) != Some(&settings) {
                let like = self.setting(line);
                let before = self.state.clone();
                self.state.assign(&name, vec![Some(COMPUTED.to_string())], &like);
                self.state.merge(before);
            }
        }
        after
            .umask
            .into_iter()
            .for_each(|setting| super::state::push(&mut self.state.umask, setting));
        Flow::Next
    }

    fn setting(&self, line: u32) -> Setting {
        let excerpt = self
            .file
            .as_ref()
            .and_then(|file| file.lines.get(usize::try_from(line).ok()?.checked_sub(1)?))
            .map(|text| text.trim().chars().take(300).collect())
            .unwrap_or_default();
        let place = self
            .file
            .as_ref()
            .map(|file| Place::File { path: file.path.clone(), line: Some(line) });
        Setting { place, excerpt, ..Setting::default() }
    }
}

/// Whether a text holds a name as a word of its own.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Which of the names that are followed stand in lines that are no comments.
pub(super) fn mentioned<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in lines.map(str::trim_start).filter(|line| !line.starts_with('#')) {
        for name in FOLLOWED {
            if !found.iter().any(|known| known == name) && mentions(line, name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}
