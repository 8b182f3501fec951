//! The words of nginx's configuration: `location ~ "\.php$" { fastcgi_pass unix:/run/php.sock; }`.

/// A word or a mark, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) line: u32,
    /// The byte where it begins.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
}

/// What stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word, without its quotes.
    Word(String),
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// `;`.
    End,
    /// A quote that is never closed.
    Unclosed,
}

/// Reads one token after another.
pub(super) struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
    offset: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), line: 1, offset: 0 }
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.offset += next.map_or(0, char::len_utf8);
        if next == Some('\n') {
            self.line += 1;
        }
        next
    }

    /// White space and comments; a `#` inside a word begins none.
    fn skip_blank(&mut self) {
        while let Some(next) = self.rest.peek() {
            match next {
                '#' => {
                    while self.rest.peek().is_some_and(|next| *next != '\n') {
                        self.take();
                    }
                }
                next if next.is_whitespace() => {
                    self.take();
                }
                _ => return,
            }
        }
    }

    /// Skips a block of another language, whose `{` was just read: the Lua of OpenResty.
    pub(super) fn skip_foreign_block(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.take() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                Some('-') if self.rest.peek() == Some(&'-') => {
                    while self.rest.peek().is_some_and(|next| *next != '\n') {
                        self.take();
                    }
                }
                Some(quote @ ('"' | '\'')) => {
                    self.quoted(quote);
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    /// The rest of a quoted word; `None` where it does not end.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut word = String::new();
        loop {
            match self.take()? {
                '\\' => self.escape(&mut word),
                next if next == quote => return Some(word),
                next => word.push(next),
            }
        }
    }

    /// nginx takes the backslash away before quotes and itself, knows `\t`, `\r`, `\n`, and leaves others: `\.php$`.
    fn escape(&mut self, word: &mut String) {
        match self.take() {
            Some(next @ ('"' | '\'' | '\\')) => word.push(next),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(next) => word.extend(['\\', next]),
            None => word.push('\\'),
        }
    }

    fn bare(&mut self) -> String {
        let mut word = String::new();
        while let Some(next) = self.rest.peek().copied() {
            match next {
                ';' => break,
                // `${name}` is a variable, not a block.
                '{' if !word.ends_with('$') => break,
                next if next.is_whitespace() => break,
                '\\' => {
                    self.take();
                    self.escape(&mut word);
                }
                _ => {
                    word.push(next);
                    self.take();
                }
            }
        }
        word
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blank();
        let (line, start) = (self.line, self.offset);
        let kind = match self.rest.peek()? {
            '{' => {
                self.take();
                TokenKind::Open
            }
            '}' => {
                self.take();
                TokenKind::Close
            }
            ';' => {
                self.take();
                TokenKind::End
            }
            quote @ ('"' | '\'') => {
                let quote = *quote;
                self.take();
                self.quoted(quote).map_or(TokenKind::Unclosed, TokenKind::Word)
            }
            _ => TokenKind::Word(self.bare()),
        };
        Some(Token { kind, line, start, end: self.offset })
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, TokenKind};

    fn shown(text: &str) -> String {
        let show = |kind| match kind {
            TokenKind::Word(word) => format!("<{word}>"),
            TokenKind::Open => "{".to_owned(),
            TokenKind::Close => "}".to_owned(),
            TokenKind::End => ";".to_owned(),
            TokenKind::Unclosed => "!".to_owned(),
        };
        Lexer::new(text).map(|token| show(token.kind)).collect()
    }

    #[test]
    fn words_quotes_comments_and_escapes() {
        for (text, tokens) in [
            ("a b;", "<a><b>;"),
            ("# a on;\nb off; # c", "<b><off>;"),
            ("a x#y;", "<a><x#y>;"),
            ("a \"x; # {\";", "<a><x; # {>;"),
            ("l ~ \\.php$ {}", "<l><~><\\.php$>{}"),
            ("a 'it\\'s';", "<a><it's>;"),
            ("set $a ${b}c;", "<set><$a><${b}c>;"),
            ("server{listen 80;}", "<server>{<listen><80>;}"),
            ("a \"never", "<a>!"),
            ("", ""),
        ] {
            assert_eq!(shown(text), tokens, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_also_in_quotes() {
        let lines: Vec<u32> = Lexer::new("a \"x\ny\";\nb").map(|token| token.line).collect();
        assert_eq!(lines, [1, 1, 2, 3]);
    }
}
