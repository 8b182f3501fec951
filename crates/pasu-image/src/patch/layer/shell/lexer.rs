//! Cuts a script of the POSIX shell into words and operators.

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// As written, quotes and all.
    Word(String),
    /// A line's end or `;`.
    End,
    /// `;;`
    CaseEnd,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// Output into a file, as written: `>` or `>>` and its target.
    Output(String),
}

/// The largest script that is read, in bytes.
const MAX_SCRIPT: usize = 1 << 20;
/// How deep substitutions may stand in each other.
const MAX_DEPTH: usize = 40;

/// The tokens of a script; `None` if it is not to be understood.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    if text.len() > MAX_SCRIPT {
        return None;
    }
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        depth: 0,
        tokens: Vec::new(),
        heredocs: Vec::new(),
    };
    lexer.run()?;
    Some(lexer.tokens)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
    /// How deep in quotes and substitutions it stands.
    depth: usize,
    /// Ends of here-documents that begin on the next line; with `-` their lines may be indented.
    heredocs: Vec<(String, bool)>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn run(&mut self) -> Option<()> {
        while let Some(found) = self.peek(0) {
            match found {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.peek(1) == Some('\n') => self.at += 2,
                '\n' => {
                    self.at += 1;
                    self.tokens.push(Token::End);
                    self.skip_heredocs();
                }
                '#' => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                ';' if self.peek(1) == Some(';') => self.operator(2, Token::CaseEnd),
                ';' => self.operator(1, Token::End),
                '&' if self.peek(1) == Some('&') => self.operator(2, Token::And),
                '|' if self.peek(1) == Some('|') => self.operator(2, Token::Or),
                '|' => self.operator(1, Token::Pipe),
                '&' if self.peek(1) != Some('>') => self.operator(1, Token::End),
                '(' => self.operator(1, Token::Open),
                ')' => self.operator(1, Token::Close),
                '<' | '>' | '&' => self.redirection()?,
                _ => {
                    let word = self.word()?;
                    // `2>` is a redirection of the stream of that number.
                    let number = word.chars().all(|c| c.is_ascii_digit());
                    if number && matches!(self.peek(0), Some('<' | '>')) {
                        self.redirection()?;
                    } else {
                        self.tokens.push(Token::Word(word));
                    }
                }
            }
        }
        Some(())
    }

    fn operator(&mut self, length: usize, token: Token) {
        self.at += length;
        self.tokens.push(token);
    }

    fn redirection(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(0), Some('<' | '>' | '&' | '|')) {
            self.at += 1;
        }
        let operator: String = self.chars[start..self.at].iter().collect();
        let indented = operator == "<<" && self.peek(0) == Some('-');
        if indented {
            self.at += 1;
        }
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
        let target = self.word()?;
        if operator == "<<" {
            let end = target.replace(['"', '\'', '\\'], "");
            self.heredocs.push((end, indented));
        } else if operator.contains('>') && !(operator.ends_with('&') && is_stream(&target)) {
            self.tokens.push(Token::Output(target));
        }
        Some(())
    }

    fn skip_heredocs(&mut self) {
        for (end, indented) in std::mem::take(&mut self.heredocs) {
            while self.at < self.chars.len() {
                let line: String =
                    self.chars[self.at..].iter().take_while(|c| **c != '\n').collect();
                self.at = (self.at + line.chars().count() + 1).min(self.chars.len());
                let line = if indented { line.trim_start_matches('\t') } else { &line };
                if line == end {
                    break;
                }
            }
        }
    }

    /// A word as written, with everything that its quotes and substitutions hold.
    fn word(&mut self) -> Option<String> {
        let start = self.at;
        while let Some(found) = self.peek(0) {
            match found {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\\' => self.at += 2,
                '\'' => self.quoted('\'')?,
                '"' => self.double()?,
                '`' => self.quoted('`')?,
                '$' => self.dollar()?,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.chars.len());
        Some(self.chars[start..self.at].iter().collect())
    }

    fn quoted(&mut self, end: char) -> Option<()> {
        self.at += 1;
        while self.peek(0)? != end {
            self.at += if self.peek(0)? == '\\' && end == '`' { 2 } else { 1 };
        }
        self.at += 1;
        Some(())
    }

    fn double(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek(0)? {
                '"' => break,
                '\\' => self.at += 2,
                '`' => self.quoted('`')?,
                '$' => self.dollar()?,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    /// `$x`, `${x}`, `$(…)`, `$((…))`.
    fn dollar(&mut self) -> Option<()> {
        self.depth += 1;
        let read = if self.depth > MAX_DEPTH { None } else { self.substitution() };
        self.depth -= 1;
        read
    }

    fn substitution(&mut self) -> Option<()> {
        self.at += 1;
        let (open, close) = match self.peek(0) {
            Some('(') => ('(', ')'),
            Some('{') => ('{', '}'),
            _ => return Some(()),
        };
        let mut depth = 0;
        loop {
            match self.peek(0)? {
                '\\' => self.at += 2,
                '\'' => self.quoted('\'')?,
                '"' => self.double()?,
                '`' => self.quoted('`')?,
                found => {
                    self.at += 1;
                    if found == open {
                        depth += 1;
                    } else if found == close {
                        depth -= 1;
                        if depth == 0 {
                            return Some(());
                        }
                    }
                }
            }
        }
    }
}

/// Whether a target is a stream that is open already: `2>&1`, `>&-`.
fn is_stream(target: &str) -> bool {
    !target.is_empty() && target.chars().all(|c| c.is_ascii_digit() || c == '-')
}
