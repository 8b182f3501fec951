//! Where the statements of one file stand, for edits by position. Includes are not followed.

use super::lexer::{Lexer, TokenKind};

/// How many statements of a file are looked at, and how deep blocks may nest.
const MAX_STATEMENTS: usize = 300_000;
const MAX_DEPTH: usize = 32;

/// `server_tokens off;`, or `server {` with what is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name and arguments, without quotes.
    pub words: Vec<String>,
    /// Line of its name, from 1.
    pub line: u32,
    /// The byte where its name begins.
    pub start: usize,
    /// The byte after its `;`, or after the `{` of a block.
    pub end: usize,
    /// The byte of the block's `}`.
    pub close: Option<usize>,
    /// The block around it in this file.
    pub parent: Option<usize>,
}

/// The statements of a text in their order; `None` where it is not whole.
#[must_use]
pub fn statements(text: &str) -> Option<Vec<Statement>> {
    let mut lexer = Lexer::new(text);
    let mut found: Vec<Statement> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut begun: Option<(u32, usize)> = None;
    let mut words: Vec<String> = Vec::new();
    while let Some(token) = lexer.next() {
        match token.kind {
            TokenKind::Word(word) => {
                begun.get_or_insert((token.line, token.start));
                words.push(word);
            }
            TokenKind::End | TokenKind::Open => {
                let Some((line, start)) = begun.take() else { continue };
                let words = std::mem::take(&mut words);
                let parent = open.last().copied();
                let is_foreign = words.first().is_some_and(|name| name.ends_with("_by_lua_block"));
                found.push(Statement { words, line, start, end: token.end, close: None, parent });
                match token.kind {
                    TokenKind::Open if is_foreign => lexer.skip_foreign_block(),
                    TokenKind::Open => open.push(found.len() - 1),
                    _ => {}
                }
                if found.len() > MAX_STATEMENTS || open.len() > MAX_DEPTH {
                    return None;
                }
            }
            TokenKind::Close if words.is_empty() => {
                found.get_mut(open.pop()?)?.close = Some(token.start)
            }
            TokenKind::Close | TokenKind::Unclosed => return None,
        }
    }
    (open.is_empty() && words.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn statements_stand_where_they_are_written() {
        let text = "# a on;\nhttp { a \"x;y\"; # c\n b\n  é {\n} }\nx_by_lua_block { { } } c;";
        let found = statements(text).unwrap();
        let shown: Vec<(&str, u32, Option<usize>, Option<&str>)> = found
            .iter()
            .map(|at| {
                (
                    &text[at.start..at.end],
                    at.line,
                    at.parent,
                    at.close.map(|close| &text[close..=close]),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("http {", 2, None, Some("}")),
                ("a \"x;y\";", 2, Some(0), None),
                ("b\n  é {", 3, Some(0), Some("}")),
                ("x_by_lua_block {", 6, None, None),
                ("c;", 6, None, None),
            ]
        );
    }

    #[test]
    fn what_is_not_whole_is_not_edited() {
        for text in ["a {", "a }", "a", "a \"x;", "}"] {
            assert_eq!(statements(text), None, "{text}");
        }
    }
}
