//! Where the statements of one file stand, for edits by position. Includes are not followed.

use super::syntax::{Token, tokens};

/// How deep blocks may lie in blocks.
const MAX_DEPTH: usize = 32;

/// `allow-transfer { none; };`, or `options { … };` with what is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its words, without quotes and what stands in braces.
    pub words: Vec<String>,
    /// Line of its first word, from 1.
    pub line: u32,
    /// The byte where its first word begins.
    pub start: usize,
    /// The byte after its `;`.
    pub end: usize,
    /// The bytes of the `{` and the `}` of its first block.
    pub block: Option<(usize, usize)>,
    /// The statement around it in this file.
    pub parent: Option<usize>,
}

/// The statements of a text in their order; `None` where it is not whole.
#[must_use]
pub fn spans(text: &str) -> Option<Vec<Span>> {
    let mut found: Vec<Span> = Vec::new();
    // The statements that are not ended, the innermost last, and whether each is within a block of its own.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for placed in tokens("", text).ok()? {
        let top = open.last().copied().filter(|(_, in_block)| !in_block).map(|(at, _)| at);
        match placed.token {
            Token::Word(word) => {
                begun(&mut found, &mut open, top, placed.line, placed.start).words.push(word);
            }
            Token::Open => {
                let one = begun(&mut found, &mut open, top, placed.line, placed.start);
                // Where it ends is not known yet.
                one.block.get_or_insert((placed.start, placed.start));
                open.last_mut()?.1 = true;
                if open.len() > MAX_DEPTH {
                    return None;
                }
            }
            Token::Close if top.is_none() => {
                let (at, in_block) = open.last_mut()?;
                *in_block = false;
                let block = found.get_mut(*at)?.block.as_mut()?;
                if block.0 == block.1 {
                    block.1 = placed.start;
                }
            }
            Token::Close => return None,
            Token::End => {
                if let Some(at) = top {
                    found.get_mut(at)?.end = placed.end;
                    open.pop();
                }
            }
        }
    }
    open.is_empty().then_some(found)
}

/// The statement that is being read; a new one where none is.
fn begun<'a>(
    found: &'a mut Vec<Span>,
    open: &mut Vec<(usize, bool)>,
    top: Option<usize>,
    line: u32,
    start: usize,
) -> &'a mut Span {
    let at = top.unwrap_or_else(|| {
        let parent = open.last().map(|(at, _)| *at);
        found.push(Span { words: Vec::new(), line, start, end: start, block: None, parent });
        open.push((found.len() - 1, false));
        found.len() - 1
    });
    &mut found[at]
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn statements_stand_where_they_are_written() {
        let text = "// a { b;\noptions\n{ /* x; */ é \"y;z\";\n allow-transfer port 5 { any; { b; }; };\n};";
        let shown: Vec<(&str, u32, Option<usize>, Option<&str>)> = spans(text)
            .unwrap()
            .iter()
            .map(|one| {
                let block = one.block.map(|(open, close)| &text[open..=close]);
                (&text[one.start..one.end], one.line, one.parent, block)
            })
            .map(|(text, line, parent, block)| {
                (text.split_whitespace().next().unwrap(), line, parent, block)
            })
            .collect();
        assert_eq!(shown[0], ("options", 2, None, Some(&text[18..text.len() - 1])));
        assert_eq!(
            shown[1..],
            [
                ("é", 3, Some(0), None),
                ("allow-transfer", 4, Some(0), Some("{ any; { b; }; }")),
                ("any;", 4, Some(2), None),
                ("{", 4, Some(2), Some("{ b; }")),
                ("b;", 4, Some(4), None),
            ]
        );
    }

    #[test]
    fn what_is_not_whole_is_not_edited() {
        for text in ["a {", "a }", "a", "a { b }", "\"x", "}", "{ };x"] {
            assert_eq!(spans(text), None, "{text}");
        }
        assert_eq!(spans(";;").unwrap().len(), 0);
    }
}
