//! The grammar of shell scripts, as far as start files use it.

use super::lexer::{Piece, Token, tokens};
use std::sync::Arc;

/// How deep commands may lie in each other.
const MAX_DEPTH: usize = 60;

/// What cannot be read, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Malformed {
    pub(super) line: u32,
    pub(super) what: &'static str,
}

/// Commands one after the other.
pub(super) type List = Arc<Vec<AndOr>>;

/// Commands that depend on how the one before ended.
#[derive(Debug)]
pub(super) struct AndOr {
    pub(super) first: Pipeline,
    /// `true` for `&&`.
    pub(super) rest: Vec<(bool, Pipeline)>,
    /// Ends with `&`: another process does it.
    pub(super) in_background: bool,
}

#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) negated: bool,
    /// Several commands of a pipe are other processes and change nothing here.
    pub(super) command: Option<Command>,
}

#[derive(Debug)]
pub(super) enum Command {
    Simple { words: Vec<String>, line: u32 },
    Condition(Vec<String>),
    If { arms: Vec<(List, List)>, otherwise: Option<List> },
    For { name: String, words: Vec<String>, body: List, line: u32 },
    While { condition: List, body: List, line: u32 },
    Case { subject: String, arms: Vec<(Vec<String>, List)> },
    Group(List),
    Subshell,
    Function { name: String, body: List },
}

pub(super) fn parse(text: &str) -> Result<List, Malformed> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let list = parser.list(&[], 0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(list),
        Some(token) => Err(Malformed { line: token.line, what: "a word out of place" }),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn piece(&self, ahead: usize) -> Option<&Piece> {
        self.tokens.get(self.at + ahead).map(|token| &token.piece)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |token| token.line)
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { line: self.line(), what })
    }

    fn is_operator(&self, ahead: usize, wanted: &str) -> bool {
        matches!(self.piece(ahead), Some(Piece::Operator(found)) if *found == wanted)
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.piece(0), Some(Piece::Word(found)) if found == wanted)
    }

    fn word(&mut self) -> Option<String> {
        let Some(Piece::Word(word)) = self.piece(0) else { return None };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    fn operator(&mut self, wanted: &str) -> bool {
        let found = self.is_operator(0, wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Malformed> {
        if !self.is_word(wanted) {
            return self.fault("a compound command that is not closed");
        }
        self.at += 1;
        Ok(())
    }

    fn newlines(&mut self) {
        while matches!(self.piece(0), Some(Piece::Newline)) {
            self.at += 1;
        }
    }

    /// Commands up to one of these words, or to `)`, `;;` or the end.
    fn list(&mut self, ends: &[&str], depth: usize) -> Result<List, Malformed> {
        if depth > MAX_DEPTH {
            return self.fault("nested too deep");
        }
        let mut list = Vec::new();
        loop {
            self.newlines();
            let is_end = match self.piece(0) {
                None | Some(Piece::Operator(")" | ";;" | ";&" | ";;&")) => true,
                Some(Piece::Word(word)) => ends.contains(&word.as_str()),
                _ => false,
            };
            if is_end {
                return Ok(Arc::new(list));
            }
            list.push(self.and_or(depth)?);
        }
    }

    fn and_or(&mut self, depth: usize) -> Result<AndOr, Malformed> {
        let first = self.pipeline(depth)?;
        let mut rest = Vec::new();
        loop {
            let is_and = if self.operator("&&") {
                true
            } else if self.operator("||") {
                false
            } else {
                break;
            };
            self.newlines();
            rest.push((is_and, self.pipeline(depth)?));
        }
        let in_background = self.operator("&");
        if !in_background {
            self.operator(";");
        }
        Ok(AndOr { first, rest, in_background })
    }

    fn pipeline(&mut self, depth: usize) -> Result<Pipeline, Malformed> {
        let mut negated = false;
        while self.is_word("!") {
            negated = !negated;
            self.at += 1;
        }
        let mut command = Some(self.command(depth)?);
        while self.operator("|") {
            self.newlines();
            self.command(depth)?;
            command = None;
        }
        Ok(Pipeline { negated, command })
    }

    fn command(&mut self, depth: usize) -> Result<Command, Malformed> {
        let depth = depth + 1;
        if self.operator("(") {
            self.list(&[], depth)?;
            if !self.operator(")") {
                return self.fault("a parenthesis that is not closed");
            }
            self.redirections();
            return Ok(Command::Subshell);
        }
        let is_function = self.is_operator(1, "(") && self.is_operator(2, ")");
        let command = match self.piece(0) {
            Some(Piece::Word(_)) if is_function => return self.function(3, depth),
            Some(Piece::Word(word)) => match word.as_str() {
                "function" => {
                    self.at += 1;
                    let has_brackets = self.is_operator(1, "(") && self.is_operator(2, ")");
                    return self.function(if has_brackets { 3 } else { 1 }, depth);
                }
                "if" => self.conditional(depth)?,
                "for" | "select" => self.repeated(depth)?,
                "while" | "until" => self.looped(depth)?,
                "case" => self.case(depth)?,
                "{" => {
                    self.at += 1;
                    let list = self.list(&["}"], depth)?;
                    self.expect("}")?;
                    Command::Group(list)
                }
                "[[" => self.condition()?,
                _ => return self.simple(),
            },
            _ => return self.simple(),
        };
        self.redirections();
        Ok(command)
    }

    fn function(&mut self, skipped: usize, depth: usize) -> Result<Command, Malformed> {
        let Some(Piece::Word(name)) = self.piece(0).cloned() else {
            return self.fault("a function without a name");
        };
        self.at += skipped;
        self.newlines();
        let line = self.line();
        let body = match self.command(depth)? {
            Command::Group(list) => list,
            other => {
                let only = Pipeline { negated: false, command: Some(other) };
                Arc::new(vec![AndOr { first: only, rest: Vec::new(), in_background: false }])
            }
        };
        if name.contains(['$', '`']) {
            return Err(Malformed { line, what: "a function with a computed name" });
        }
        Ok(Command::Function { name, body })
    }

    fn conditional(&mut self, depth: usize) -> Result<Command, Malformed> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        self.at += 1;
        loop {
            let condition = self.list(&["then"], depth)?;
            self.expect("then")?;
            arms.push((condition, self.list(&["elif", "else", "fi"], depth)?));
            if self.is_word("elif") {
                self.at += 1;
                continue;
            }
            if self.is_word("else") {
                self.at += 1;
                otherwise = Some(self.list(&["fi"], depth)?);
            }
            self.expect("fi")?;
            return Ok(Command::If { arms, otherwise });
        }
    }

    fn repeated(&mut self, depth: usize) -> Result<Command, Malformed> {
        let line = self.line();
        self.at += 1;
        if self.operator("(") {
            // `for ((i = 0; …))`: how often it runs is computed.
            while self.piece(0).is_some() && !self.is_word("do") {
                self.at += 1;
            }
            let body = self.body(depth)?;
            return Ok(Command::While { condition: Arc::new(Vec::new()), body, line });
        }
        let Some(name) = self.word() else { return self.fault("a loop without a name") };
        let mut words = vec!["\"$@\"".to_owned()];
        self.newlines();
        if self.is_word("in") {
            self.at += 1;
            words.clear();
            while let Some(word) = self.word() {
                words.push(word);
            }
        }
        self.operator(";");
        self.newlines();
        let body = self.body(depth)?;
        Ok(Command::For { name, words, body, line })
    }

    fn looped(&mut self, depth: usize) -> Result<Command, Malformed> {
        let line = self.line();
        self.at += 1;
        let condition = self.list(&["do"], depth)?;
        let body = self.body(depth)?;
        Ok(Command::While { condition, body, line })
    }

    fn body(&mut self, depth: usize) -> Result<List, Malformed> {
        self.expect("do")?;
        let body = self.list(&["done"], depth)?;
        self.expect("done")?;
        Ok(body)
    }

    fn case(&mut self, depth: usize) -> Result<Command, Malformed> {
        self.at += 1;
        let Some(subject) = self.word() else { return self.fault("a case without a word") };
        self.newlines();
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.is_word("esac") {
                self.at += 1;
                return Ok(Command::Case { subject, arms });
            }
            self.operator("(");
            let mut patterns = Vec::new();
            while let Some(word) = self.word() {
                patterns.push(word);
                if !self.operator("|") {
                    break;
                }
            }
            if patterns.is_empty() || !self.operator(")") {
                return self.fault("a case without a pattern");
            }
            let body = self.list(&["esac"], depth)?;
            arms.push((patterns, body));
            let is_ended = self.operator(";;") || self.operator(";&") || self.operator(";;&");
            if !is_ended && !self.is_word("esac") {
                return self.fault("a case that is not closed");
            }
        }
    }

    fn condition(&mut self) -> Result<Command, Malformed> {
        self.at += 1;
        let mut words = Vec::new();
        loop {
            match self.piece(0).cloned() {
                None => return self.fault("a condition that is not closed"),
                Some(Piece::Word(word)) if word == "]]" => {
                    self.at += 1;
                    return Ok(Command::Condition(words));
                }
                Some(Piece::Word(word)) => words.push(word),
                Some(Piece::Operator(operator)) => words.push(operator.to_owned()),
                Some(Piece::Newline) => {}
            }
            self.at += 1;
        }
    }

    fn simple(&mut self) -> Result<Command, Malformed> {
        let (line, start) = (self.line(), self.at);
        let mut words = Vec::new();
        loop {
            if let Some(word) = self.word() {
                let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
                // The 2 of `2>/dev/null`. With a space between it would be an argument that does no harm.
                if !(is_number && self.is_redirection()) {
                    words.push(word);
                }
            } else if !self.redirection() {
                break;
            }
        }
        if self.at == start {
            return self.fault("an operator out of place");
        }
        Ok(Command::Simple { words, line })
    }

    fn is_redirection(&self) -> bool {
        matches!(
            self.piece(0),
            Some(Piece::Operator(
                "&>>" | "<<-" | "<<<" | "&>" | ">>" | "<<" | ">&" | "<&" | ">|" | "<>" | "<" | ">"
            ))
        )
    }

    fn redirection(&mut self) -> bool {
        if !self.is_redirection() {
            return false;
        }
        self.at += 1;
        self.word();
        true
    }

    fn redirections(&mut self) {
        loop {
            let is_number = matches!(
                self.piece(0),
                Some(Piece::Word(word)) if word.bytes().all(|byte| byte.is_ascii_digit())
            );
            if is_number {
                self.at += 1;
            }
            if !self.redirection() {
                self.at -= usize::from(is_number);
                return;
            }
        }
    }
}
