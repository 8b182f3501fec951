//! The syntax of `named.conf`: words, quoted strings, blocks in braces, and three kinds of comments.

use crate::cause::Cause;

/// How deep blocks may lie in blocks.
const MAX_DEPTH: usize = 32;

/// How many words, braces and semicolons one file may have.
const MAX_TOKENS: usize = 2_000_000;

/// A statement up to its semicolon: `zone "example.com" IN { … };`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Words and blocks in order.
    pub(crate) parts: Vec<Part>,
    /// The file's path.
    pub(crate) path: std::sync::Arc<str>,
    /// Its first line.
    pub(crate) line: u32,
}

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A word or what stood in quotes.
    Word(String),
    /// What stood in braces.
    Block(Vec<Statement>),
}

impl Statement {
    /// The word at a place, counted over words alone.
    pub(crate) fn word(&self, at: usize) -> Option<&str> {
        let words = self.parts.iter().filter_map(|part| match part {
            Part::Word(word) => Some(word.as_str()),
            Part::Block(_) => None,
        });
        words.into_iter().nth(at)
    }

    /// Whether its first word is this; keywords have no case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.word(0).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Its first block.
    pub(crate) fn block(&self) -> Option<&[Statement]> {
        self.parts.iter().find_map(|part| match part {
            Part::Block(block) => Some(block.as_slice()),
            Part::Word(_) => None,
        })
    }

    /// It as text again, on one line, cut after some characters.
    pub(crate) fn shown(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, text: &mut String, depth: usize) {
        for part in &self.parts {
            if text.len() > 240 || depth > MAX_DEPTH {
                return;
            }
            match part {
                Part::Word(word) => text.push_str(word),
                Part::Block(block) => {
                    text.push_str("{ ");
                    for statement in block {
                        statement.write(text, depth + 1);
                        text.push(' ');
                    }
                    text.push('}');
                }
            }
            text.push(' ');
        }
        text.truncate(text.trim_end().len());
        text.push(';');
    }
}

/// A token and where it stands.
pub(super) struct Placed {
    /// From 1.
    pub(super) line: u32,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
    pub(super) token: Token,
}

pub(super) enum Token {
    Word(String),
    Open,
    Close,
    End,
}

/// The statements of a file.
pub(crate) fn parse(path: &str, text: &str) -> Result<Vec<Statement>, Cause> {
    let path: std::sync::Arc<str> = path.into();
    let mut open: Vec<(Vec<Statement>, Statement)> = Vec::new();
    let new = |line| Statement { parts: Vec::new(), path: std::sync::Arc::clone(&path), line };
    let mut statements = Vec::new();
    let mut current = new(1);
    for Placed { line, token, .. } in tokens(&path, text)? {
        if current.parts.is_empty() {
            current.line = line;
        }
        match token {
            Token::Word(word) => current.parts.push(Part::Word(word)),
            Token::Open if open.len() >= MAX_DEPTH => {
                return Err(Cause::malformed(&path, Some(line), "blocks too deep"));
            }
            Token::Open => {
                let outer = std::mem::take(&mut statements);
                open.push((outer, std::mem::replace(&mut current, new(line))));
            }
            Token::Close => {
                if !current.parts.is_empty() {
                    return Err(Cause::malformed(&path, Some(line), "a semicolon is missing"));
                }
                let Some((outer, statement)) = open.pop() else {
                    return Err(Cause::malformed(&path, Some(line), "a brace too many"));
                };
                let block = std::mem::replace(&mut statements, outer);
                current = statement;
                current.parts.push(Part::Block(block));
            }
            Token::End if current.parts.is_empty() => {}
            Token::End => statements.push(std::mem::replace(&mut current, new(line))),
        }
    }
    if !open.is_empty() || !current.parts.is_empty() {
        return Err(Cause::malformed(&path, Some(current.line), "it ends within a statement"));
    }
    Ok(statements)
}

/// The words, braces and semicolons of a text, with where each stands.
pub(super) fn tokens(path: &str, text: &str) -> Result<Vec<Placed>, Cause> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if tokens.len() > MAX_TOKENS {
            return Err(Cause::malformed(path, Some(line), "too many words"));
        }
        let begun = line;
        let (length, token) = match first {
            '\n' => {
                line += 1;
                (1, None)
            }
            '{' => (1, Some(Token::Open)),
            '}' => (1, Some(Token::Close)),
            ';' => (1, Some(Token::End)),
            '#' => (to_end_of_line(rest), None),
            '/' if rest.starts_with("//") => (to_end_of_line(rest), None),
            '/' if rest.starts_with("/*") => {
                let Some(end) = rest.get(2..).and_then(|body| body.find("*/")) else {
                    return Err(Cause::malformed(path, Some(line), "a comment without an end"));
                };
                (end + 4, None)
            }
            '"' => {
                let Some((length, word)) = quoted(rest) else {
                    return Err(Cause::malformed(path, Some(line), "a string without an end"));
                };
                (length, Some(Token::Word(word)))
            }
            '!' => (1, Some(Token::Word("!".to_owned()))),
            space if space.is_whitespace() => (space.len_utf8(), None),
            _ => {
                let length = word_length(rest);
                (length, Some(Token::Word(rest.get(..length).unwrap_or_default().to_owned())))
            }
        };
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if first != '\n' {
            line += u32::try_from(taken.matches('\n').count()).unwrap_or(u32::MAX - line);
        }
        let start = text.len() - rest.len();
        let placed = |token| Placed { line: begun, start, end: start + taken.len(), token };
        tokens.extend(token.map(placed));
        rest = left;
    }
    Ok(tokens)
}

fn to_end_of_line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// A string in quotes with `\"` inside: its length with the quotes, and what it says.
fn quoted(text: &str) -> Option<(usize, String)> {
    let mut word = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => {
                word.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((at + 1, word)),
            _ => word.push(c),
        }
    }
    None
}

/// A word ends at white space, braces, semicolons, quotes and comments; a slash within it (`10/8`) belongs to it.
fn word_length(text: &str) -> usize {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let ends = c.is_whitespace()
            || matches!(c, '{' | '}' | ';' | '"' | '#')
            || (at > 0 && c == '!')
            || (before == '/' && matches!(c, '/' | '*'));
        if ends {
            return if before == '/' && matches!(c, '/' | '*') { at - 1 } else { at };
        }
        before = c;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn shown(text: &str) -> Vec<String> {
        parse("/etc/named.conf", text).unwrap().iter().map(super::Statement::shown).collect()
    }

    #[test]
    fn comments_strings_and_blocks_are_told_apart() {
        let text = "// a { b;\n# c\noptions { /* allow-transfer { any; };\n */ directory \"/var/\\\"x;y\"; };\nacl a{10/8;!1.2.3.4;!key x;};zone x{type master;}; // end";
        assert_eq!(
            shown(text),
            [
                "options { directory /var/\"x;y; };",
                "acl a { 10/8; ! 1.2.3.4; ! key x; };",
                "zone x { type master; };",
            ]
        );
        let lines: Vec<u32> =
            parse("/x", text).unwrap().iter().map(|statement| statement.line).collect();
        assert_eq!(lines, [3, 5, 5]);
    }

    #[test]
    fn damage_is_an_error_and_no_panic() {
        for text in ["options {", "}", "\"", "/*", "options { a }", "x", &"{".repeat(100_000)] {
            assert!(parse("/x", text).is_err(), "{text:.20}");
        }
        for text in ["", ";;", "é;", "a/;", "/;", "a//b\n;"] {
            assert!(parse("/x", text).is_ok(), "{text}");
        }
    }
}
