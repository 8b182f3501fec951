//! Words and operators of a shell script, with their lines. Quotes stay in the words: expansion needs them.

use super::parser::Malformed;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A word as written: `"$HOME"/bin`.
    Word(String),
    /// `;`, `&&`, `(`, `>` and their like.
    Operator(&'static str),
    /// The end of a line.
    Newline,
}

/// A piece with the line where it begins.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) piece: Piece,
    pub(super) line: u32,
}

/// The longest first, so that `&&` is not twice `&`.
const OPERATORS: [&str; 20] = [
    "&>>", "<<-", "<<<", ";;&", "&&", "||", ";;", ";&", "&>", ">>", "<<", ">&", "<&", ">|", "<>",
    ";", "&", "|", "<", ">",
];

struct Lexer<'a> {
    text: &'a [char],
    at: usize,
    line: u32,
    tokens: Vec<Token>,
    /// Ends of here-documents that begin after this line.
    documents: Vec<(String, bool)>,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Malformed> {
    let text: Vec<char> = text.chars().collect();
    let mut lexer =
        Lexer { text: &text, at: 0, line: 1, tokens: Vec::new(), documents: Vec::new() };
    while lexer.at < lexer.text.len() {
        lexer.step()?;
    }
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn push(&mut self, piece: Piece, line: u32) {
        self.tokens.push(Token { piece, line });
    }

    fn step(&mut self) -> Result<(), Malformed> {
        let line = self.line;
        match self.peek(0) {
            Some('\n') => {
                self.at += 1;
                self.line += 1;
                self.push(Piece::Newline, line);
                self.skip_documents();
            }
            Some(' ' | '\t' | '\r') => self.at += 1,
            Some('\\') if self.peek(1) == Some('\n') => {
                self.at += 2;
                self.line += 1;
            }
            Some('#') => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            }
            Some('(') => self.single("(", line),
            Some(')') => self.single(")", line),
            Some('<' | '>') if self.peek(1) == Some('(') => self.word(line)?,
            _ => match OPERATORS.iter().find(|operator| self.starts_with(operator)) {
                Some(operator) => {
                    self.at += operator.chars().count();
                    self.push(Piece::Operator(operator), line);
                    if matches!(*operator, "<<" | "<<-") {
                        self.here_document(*operator == "<<-")?;
                    }
                }
                None => self.word(line)?,
            },
        }
        Ok(())
    }

    fn single(&mut self, operator: &'static str, line: u32) {
        self.at += 1;
        self.push(Piece::Operator(operator), line);
    }

    /// Keeps the word that ends a here-document.
    fn here_document(&mut self, strips_tabs: bool) -> Result<(), Malformed> {
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
        let line = self.line;
        self.word(line)?;
        if let Some(Token { piece: Piece::Word(word), .. }) = self.tokens.last() {
            let end = word.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
            self.documents.push((end, strips_tabs));
        }
        Ok(())
    }

    fn skip_documents(&mut self) {
        for (end, strips_tabs) in std::mem::take(&mut self.documents) {
            while self.at < self.text.len() {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
                let line: String = rest.iter().take(length).collect();
                self.at += length + 1;
                self.line += 1;
                let line = if strips_tabs { line.trim_start_matches('\t') } else { &line };
                if line == end {
                    break;
                }
            }
        }
    }

    fn word(&mut self, line: u32) -> Result<(), Malformed> {
        let mut word = String::new();
        while let Some(c) = self.peek(0) {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | ')' => break,
                // `>(…)` and `<(…)` are words; elsewhere a redirection ends one.
                '<' | '>' if !(word.is_empty() && self.peek(1) == Some('(')) => break,
                // `name=(…)` is an array, `@(…)` a pattern; elsewhere a parenthesis ends a word.
                '(' if !word.ends_with(['=', '<', '>', '@', '?', '*', '+', '!']) => break,
                '(' => self.bracketed('(', ')', &mut word, 0)?,
                _ => self.character(&mut word, 0)?,
            }
        }
        if word.is_empty() {
            return Err(Malformed { line, what: "a character out of place" });
        }
        self.push(Piece::Word(word), line);
        Ok(())
    }

    fn take(&mut self, word: &mut String) {
        if let Some(c) = self.peek(0) {
            if c == '\n' {
                self.line += 1;
            }
            word.push(c);
            self.at += 1;
        }
    }

    /// One character with all that belongs to it: a quoted text, a substitution.
    fn character(&mut self, word: &mut String, depth: usize) -> Result<(), Malformed> {
        if depth > 40 {
            return Err(Malformed { line: self.line, what: "nested too deep" });
        }
        match self.peek(0) {
            Some('\\') if self.peek(1) == Some('\n') => {
                self.at += 2;
                self.line += 1;
            }
            Some('\\') => {
                self.take(word);
                self.take(word);
            }
            Some('\'') => {
                self.take(word);
                self.until('\'', word, false, depth)?;
            }
            Some(quote @ ('"' | '`')) => {
                self.take(word);
                self.until(quote, word, true, depth)?;
            }
            Some('$') if self.peek(1) == Some('(') => {
                self.take(word);
                self.bracketed('(', ')', word, depth)?;
            }
            Some('$') if self.peek(1) == Some('{') => {
                self.take(word);
                self.bracketed('{', '}', word, depth)?;
            }
            _ => self.take(word),
        }
        Ok(())
    }

    /// Up to a closing quote.
    fn until(
        &mut self,
        end: char,
        word: &mut String,
        expands: bool,
        depth: usize,
    ) -> Result<(), Malformed> {
        let line = self.line;
        loop {
            match self.peek(0) {
                None => return Err(Malformed { line, what: "a quote that is not closed" }),
                Some(c) if c == end => {
                    self.take(word);
                    return Ok(());
                }
                // A single quote within double quotes is itself.
                Some('\\' | '$' | '`') if expands => self.character(word, depth + 1)?,
                Some(_) => self.take(word),
            }
        }
    }

    fn bracketed(
        &mut self,
        open: char,
        close: char,
        word: &mut String,
        depth: usize,
    ) -> Result<(), Malformed> {
        let line = self.line;
        let mut level = 0_usize;
        loop {
            match self.peek(0) {
                None => return Err(Malformed { line, what: "a bracket that is not closed" }),
                Some(c) if c == open => {
                    level += 1;
                    self.take(word);
                }
                Some(c) if c == close => {
                    self.take(word);
                    level = level.saturating_sub(1);
                    if level == 0 {
                        return Ok(());
                    }
                }
                Some(_) => self.character(word, depth + 1)?,
            }
        }
    }
}
