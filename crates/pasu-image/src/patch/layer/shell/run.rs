//! Goes through a script's tokens and collects what could be executed.

use super::lexer::{Token, tokens};
use super::words::{assignment, expand, inner, matches, test};
use std::collections::HashMap;

/// What the script would meet.
pub(crate) trait World {
    /// `dpkg --compare-versions a operator b`; `None` if that is not to be told.
    fn compare(&self, a: &str, operator: &str, b: &str) -> Option<bool>;

    /// `test -e path` and the like: `e`, `f`, `d`, `x`, `L`…
    fn file(&self, what: char, path: &str) -> Option<bool>;

    /// Whether a program is there: `command -v name`.
    fn program(&self, name: &str) -> Option<bool>;
}

/// A command that could be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// Its words; `None` for one that is made at run time.
    pub words: Vec<Option<String>>,
    /// As it is written.
    pub shown: String,
    /// The files that it writes into.
    pub outputs: Vec<Option<String>>,
}

/// How surely something is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    No,
    Maybe,
    Yes,
}

const MAX_DEPTH: usize = 40;
const MAX_STEPS: usize = 200_000;

/// The commands that a script could execute; `None` if it is not to be understood.
pub(crate) fn commands(
    script: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
    world: &dyn World,
) -> Option<Vec<Command>> {
    let text = script.replace("\r\n", "\n");
    let all = tokens(&text)?;
    let value = |text: &&str| Some((*text).to_owned());
    let mut run = Run {
        world,
        variables: variables.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect(),
        arguments: arguments.iter().map(value).collect(),
        functions: HashMap::new(),
        found: Vec::new(),
        stopped: false,
        depth: 0,
        steps: 0,
    };
    let mut at = 0;
    while at < all.len() {
        run.list(&all, &mut at, Reached::Yes, &[])?;
        // A word that ends nothing that was begun.
        if at < all.len() {
            return None;
        }
    }
    Some(run.found)
}

pub(super) type Value = Option<String>;

struct Run<'w> {
    world: &'w dyn World,
    variables: HashMap<String, Value>,
    arguments: Vec<Value>,
    functions: HashMap<String, Vec<Token>>,
    found: Vec<Command>,
    /// What follows in this script or function is not reached.
    stopped: bool,
    depth: usize,
    steps: usize,
}

/// How surely a branch is taken, and what comes after it.
fn branch(reached: Reached, condition: Option<bool>) -> (Reached, Reached) {
    match condition {
        Some(true) => (reached, Reached::No),
        Some(false) => (Reached::No, reached),
        None => (reached.min(Reached::Maybe), reached.min(Reached::Maybe)),
    }
}

fn is_word(token: Option<&Token>, text: &str) -> bool {
    matches!(token, Some(Token::Word(word)) if word == text)
}

type Status = Option<bool>;

impl Run<'_> {
    /// Runs commands up to one of the words that may end them; the outer `None` means that nothing is understood.
    fn list(
        &mut self,
        all: &[Token],
        at: &mut usize,
        reached: Reached,
        ends: &[&str],
    ) -> Option<Status> {
        let mut status = Some(true);
        loop {
            while matches!(all.get(*at), Some(Token::End)) {
                *at += 1;
            }
            match all.get(*at) {
                None | Some(Token::CaseEnd | Token::Close) => return Some(status),
                Some(Token::Word(word)) if ends.contains(&word.as_str()) => return Some(status),
                Some(_) => status = self.and_or(all, at, reached)?,
            }
        }
    }

    fn and_or(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let mut status = self.pipeline(all, at, reached)?;
        while let Some(operator @ (Token::And | Token::Or)) = all.get(*at) {
            *at += 1;
            while matches!(all.get(*at), Some(Token::End)) {
                *at += 1;
            }
            let goes_on =
                if *operator == Token::And { status } else { status.map(|status| !status) };
            let (next, _) = branch(reached, goes_on);
            let right = self.pipeline(all, at, next)?;
            status = match (goes_on, right) {
                (Some(true), right) => right,
                (Some(false), _) => status,
                (None, Some(right)) if right != (*operator == Token::And) => Some(right),
                (None, _) => None,
            };
        }
        Some(status)
    }

    fn pipeline(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let mut negated = false;
        while is_word(all.get(*at), "!") {
            negated = !negated;
            *at += 1;
        }
        let mut status = self.command(all, at, reached)?;
        while all.get(*at) == Some(&Token::Pipe) {
            *at += 1;
            while matches!(all.get(*at), Some(Token::End)) {
                *at += 1;
            }
            status = self.command(all, at, reached.min(Reached::Maybe))?;
        }
        Some(if negated { status.map(|status| !status) } else { status })
    }

    fn command(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        self.steps += 1;
        if self.depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return None;
        }
        let reached = if self.stopped { Reached::No } else { reached };
        self.depth += 1;
        let status = match all.get(*at) {
            Some(Token::Open) => {
                *at += 1;
                self.subshell(all, at, reached)
            }
            Some(Token::Word(word)) => match word.as_str() {
                "if" => self.conditional(all, at, reached),
                "while" | "until" => self.repeated(all, at, reached),
                "for" => self.counted(all, at, reached),
                "case" => self.case(all, at, reached),
                "{" => {
                    *at += 1;
                    let status = self.list(all, at, reached, &["}"])?;
                    self.word(all, at, "}").map(|()| status)
                }
                _ if all.get(*at + 1) == Some(&Token::Open) => self.function(all, at, reached),
                _ => self.simple(all, at, reached),
            },
            Some(Token::Output(_)) => self.simple(all, at, reached),
            _ => None,
        }?;
        self.depth -= 1;
        // Compound commands may write into files as a whole.
        let mut outputs = Vec::new();
        while let Some(Token::Output(target)) = all.get(*at) {
            outputs.push(target.clone());
            *at += 1;
        }
        if !outputs.is_empty() {
            self.record(&[], &outputs, reached);
        }
        Some(status)
    }

    fn word(&mut self, all: &[Token], at: &mut usize, text: &str) -> Option<()> {
        is_word(all.get(*at), text).then(|| *at += 1)
    }

    /// Up to the closing parenthesis; what is set in it does not last.
    fn subshell(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let (variables, stopped) = (self.variables.clone(), self.stopped);
        let status = self.list(all, at, reached, &[])?;
        (self.variables, self.stopped) = (variables, stopped);
        (all.get(*at) == Some(&Token::Close)).then(|| *at += 1)?;
        Some(status)
    }

    fn conditional(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let mut rest = reached;
        loop {
            *at += 1;
            let condition = self.list(all, at, rest, &["then"])?;
            self.word(all, at, "then")?;
            let (taken, next) = branch(rest, condition);
            self.list(all, at, taken, &["elif", "else", "fi"])?;
            rest = next;
            if is_word(all.get(*at), "elif") {
                continue;
            }
            if is_word(all.get(*at), "else") {
                *at += 1;
                self.list(all, at, rest, &["fi"])?;
            }
            self.word(all, at, "fi")?;
            return Some(None);
        }
    }

    /// The body is gone through twice, so that what it sets meets what it reads.
    fn repeated(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let start = *at + 1;
        for _ in 0..2 {
            *at = start;
            self.list(all, at, reached.min(Reached::Maybe), &["do"])?;
            self.word(all, at, "do")?;
            self.list(all, at, reached.min(Reached::Maybe), &["done"])?;
        }
        self.word(all, at, "done").map(|()| None)
    }

    fn counted(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        *at += 1;
        let Some(Token::Word(name)) = all.get(*at) else { return None };
        while !is_word(all.get(*at), "do") {
            if let Token::Word(word) = all.get(*at)? {
                self.substitutions(word, reached)?;
            }
            *at += 1;
        }
        let start = *at + 1;
        for _ in 0..2 {
            *at = start;
            if reached != Reached::No {
                self.variables.insert(name.clone(), None);
            }
            self.list(all, at, reached.min(Reached::Maybe), &["done"])?;
        }
        self.word(all, at, "done").map(|()| None)
    }

    fn case(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        *at += 1;
        let Some(Token::Word(word)) = all.get(*at) else { return None };
        self.substitutions(word, reached)?;
        let subject = self.value(word);
        *at += 1;
        self.word(all, at, "in")?;
        let mut rest = reached;
        loop {
            while matches!(all.get(*at), Some(Token::End | Token::Open)) {
                *at += 1;
            }
            if is_word(all.get(*at), "esac") {
                *at += 1;
                return Some(None);
            }
            let mut fits = Some(false);
            while let Some(token @ (Token::Word(_) | Token::Pipe)) = all.get(*at) {
                if let Token::Word(pattern) = token
                    && fits != Some(true)
                {
                    fits = match matches(pattern, subject.as_deref()) {
                        Some(true) => Some(true),
                        Some(false) => fits,
                        None => None,
                    };
                }
                *at += 1;
            }
            (all.get(*at) == Some(&Token::Close)).then(|| *at += 1)?;
            let (taken, next) = branch(rest, fits);
            self.list(all, at, taken, &["esac"])?;
            rest = next;
            if all.get(*at) == Some(&Token::CaseEnd) {
                *at += 1;
            }
        }
    }

    /// A definition: its body is kept, and gone through where it is called.
    fn function(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let Some(Token::Word(name)) = all.get(*at) else { return None };
        (all.get(*at + 2) == Some(&Token::Close)).then(|| *at += 3)?;
        while matches!(all.get(*at), Some(Token::End)) {
            *at += 1;
        }
        let start = *at;
        self.command(all, at, Reached::No)?;
        if reached != Reached::No {
            self.functions.insert(name.clone(), all[start..*at].to_vec());
        }
        Some(Some(true))
    }

    fn simple(&mut self, all: &[Token], at: &mut usize, reached: Reached) -> Option<Status> {
        let mut words: Vec<&str> = Vec::new();
        let mut outputs = Vec::new();
        loop {
            match all.get(*at) {
                Some(Token::Word(word)) => {
                    self.substitutions(word, reached)?;
                    words.push(word);
                }
                Some(Token::Output(target)) => outputs.push(target.clone()),
                _ => break,
            }
            *at += 1;
        }
        let assigned = words.iter().take_while(|word| assignment(word).is_some()).count();
        let (assignments, words) = words.split_at(assigned);
        if words.is_empty() {
            for word in assignments {
                self.assign(word, reached);
            }
            if !outputs.is_empty() {
                self.record(&[], &outputs, reached);
            }
            return Some(Some(true));
        }
        self.execute(words, &outputs, reached)
    }

    fn execute(&mut self, words: &[&str], outputs: &[String], reached: Reached) -> Option<Status> {
        let values: Vec<Value> = words.iter().map(|word| self.value(word)).collect();
        let texts: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        let name = texts.first().copied().flatten().unwrap_or_default().to_owned();
        let silent = outputs.is_empty();
        match name.as_str() {
            "[" | "test" if silent => {
                let rest = &texts[1..];
                let rest = if name == "[" { rest.strip_suffix(&[Some("]")])? } else { rest };
                return Some(test(rest, self.world));
            }
            ":" | "true" if silent => return Some(Some(true)),
            "false" if silent => return Some(Some(false)),
            "exit" | "return" => {
                self.stopped |= reached == Reached::Yes;
                return Some(None);
            }
            "shift" => {
                if reached == Reached::Yes && !self.arguments.is_empty() {
                    self.arguments.remove(0);
                } else if reached == Reached::Maybe {
                    self.arguments.fill(None);
                }
                return Some(None);
            }
            "set" => {
                if reached != Reached::No && words.contains(&"--") {
                    self.arguments = vec![None; 20];
                }
                return Some(Some(true));
            }
            "local" | "export" | "readonly" | "unset" | "read" => {
                for word in &words[1..] {
                    if assignment(word).is_some() {
                        self.assign(word, reached);
                    } else if matches!(name.as_str(), "read" | "unset") && reached != Reached::No {
                        self.variables.insert((*word).to_owned(), None);
                    }
                }
                return Some(None);
            }
            "dpkg" if texts.get(1) == Some(&Some("--compare-versions")) => {
                let rest: Vec<_> = texts[2..].iter().filter(|word| **word != Some("--")).collect();
                let [Some(a), Some(operator), Some(b)] = rest[..] else { return Some(None) };
                return Some(self.world.compare(a, operator, b));
            }
            "command" | "which" => {
                let rest: Vec<_> = texts[1..].iter().filter(|word| **word != Some("-v")).collect();
                let looks = name == "which" || texts.get(1) == Some(&Some("-v"));
                if let [Some(program)] = rest[..]
                    && looks
                    && outputs.iter().all(|output| output == "/dev/null")
                {
                    return Some(self.world.program(program));
                }
            }
            _ => {}
        }
        if let Some(body) = self.functions.get(&name).cloned() {
            return self.call(&body, values[1..].to_vec(), reached);
        }
        let shown: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        self.record(&shown, outputs, reached);
        Some(None)
    }

    fn call(&mut self, body: &[Token], arguments: Vec<Value>, reached: Reached) -> Option<Status> {
        if reached == Reached::No {
            return Some(None);
        }
        let outer = std::mem::replace(&mut self.arguments, arguments);
        let mut at = 0;
        self.command(body, &mut at, reached)?;
        self.arguments = outer;
        // A `return` ends the function; an `exit` in it would end all, which is left out.
        self.stopped = false;
        Some(None)
    }

    fn record(&mut self, words: &[String], outputs: &[String], reached: Reached) {
        if reached == Reached::No || self.stopped {
            return;
        }
        let mut shown = words.join(" ");
        for output in outputs {
            shown.push_str(" > ");
            shown.push_str(output);
        }
        let command = Command {
            words: words.iter().map(|word| self.value(word)).collect(),
            shown: shown.trim().to_owned(),
            outputs: outputs.iter().map(|output| self.value(output)).collect(),
        };
        if !self.found.contains(&command) {
            self.found.push(command);
        }
    }

    fn assign(&mut self, word: &str, reached: Reached) {
        let Some((name, text)) = assignment(word) else { return };
        let value = match reached {
            Reached::No => return,
            Reached::Maybe => None,
            Reached::Yes => self.value(text),
        };
        self.variables.insert(name.to_owned(), value);
    }

    fn value(&self, word: &str) -> Value {
        expand(word, &self.arguments, &self.variables)
    }

    /// Commands whose output is a part of a word are executed, too.
    fn substitutions(&mut self, word: &str, reached: Reached) -> Option<()> {
        for script in inner(word) {
            let all = tokens(&script)?;
            let (variables, stopped) = (self.variables.clone(), self.stopped);
            let mut at = 0;
            self.list(&all, &mut at, reached, &[])?;
            if at < all.len() {
                return None;
            }
            (self.variables, self.stopped) = (variables, stopped);
        }
        Some(())
    }
}
