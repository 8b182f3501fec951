//! From a place in a text to its line.

use pasu_model::LineRange;

/// Counts the lines of one text, with a note of the count at every block: a hostile file is all line breaks, and
/// noting each would take more memory than the file.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Line breaks before each block.
    blocks: Vec<u32>,
}

const BLOCK: usize = 512;

impl<'a> Lines<'a> {
    /// Counts the lines of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut before = 0_u32;
        let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
            let here = before;
            before = before.saturating_add(breaks(block));
            here
        });
        Self { text, blocks: blocks.collect() }
    }

    /// The line, counted from 1, of a byte offset.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        let offset = offset.min(self.text.len());
        let block = offset / BLOCK;
        let before = self.blocks.get(block).or(self.blocks.last()).copied().unwrap_or(0);
        let start = block.min(self.blocks.len().saturating_sub(1)) * BLOCK;
        let rest = self.text.as_bytes().get(start..offset).unwrap_or_default();
        before.saturating_add(breaks(rest)).saturating_add(1)
    }

    /// The lines from one byte offset to another.
    pub(crate) fn range(&self, start: usize, end: usize) -> LineRange {
        LineRange { start: self.line(start), end: self.line(end.max(start)) }
    }

    /// Where a borrowed part of the text begins; `None` if it is a copy from elsewhere.
    pub(crate) fn offset_of(&self, part: &str) -> Option<usize> {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (offset.checked_add(part.len())? <= self.text.len()).then_some(offset)
    }

    /// The text itself.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }
}

fn breaks(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Lines};

    #[test]
    fn offsets_become_lines() {
        let text = String::from("a\nbc\n\nd");
        let lines = Lines::new(&text);
        let found: Vec<u32> = (0..=text.len() + 1).map(|offset| lines.line(offset)).collect();
        assert_eq!(found, [1, 1, 2, 2, 2, 3, 4, 4, 4]);
        assert_eq!(lines.offset_of(&text[2..4]), Some(2));
        assert_eq!(lines.offset_of(&String::from("bc")), None);
        assert_eq!(Lines::new("").line(5), 1);
    }

    #[test]
    fn lines_are_counted_across_blocks() {
        let text = "0123456\n".repeat(8 * BLOCK);
        let lines = Lines::new(&text);
        for line in [1, 512, 513, 514, 4000] {
            let offset = (line - 1) * 8;
            assert_eq!(lines.line(offset) as usize, line);
            assert_eq!(lines.line(offset + 7) as usize, line);
        }
        assert_eq!(lines.line(text.len()) as usize, 8 * BLOCK + 1);
    }
}
