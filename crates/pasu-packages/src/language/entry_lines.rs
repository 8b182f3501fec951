//! The lines of an entry in a JSON lock file, from where its key stands.

use crate::language::lines::Lines;
use pasu_model::LineRange;

/// Finds the lines of entries in one JSON text.
pub(crate) struct EntryLines<'a> {
    lines: Lines<'a>,
    /// Bytes that may still be looked at. Entries nested in entries are scanned once a level, so that a file made to
    /// nest deeply would take quadratic time; beyond this its entries simply get no lines.
    budget: usize,
}

impl<'a> EntryLines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { lines: Lines::new(text), budget: text.len().saturating_mul(8) }
    }

    /// The lines from a key, borrowed from the text, to the end of its value.
    pub(crate) fn of(&mut self, key: &str) -> Option<LineRange> {
        let start = self.lines.offset_of(key)?;
        let value = start + key.len() + 1;
        let length = value_length(self.lines.text().as_bytes().get(value..)?, self.budget)?;
        self.budget = self.budget.saturating_sub(length);
        Some(self.lines.range(start, value + length))
    }
}

/// How far it is to the closing bracket of the first object or list, if that is within `limit` bytes.
fn value_length(bytes: &[u8], limit: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().take(limit) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::EntryLines;
    use pasu_model::LineRange;

    #[test]
    fn an_entry_ends_at_its_own_bracket() {
        let text = "{\n \"a\": {\n  \"v\": \"}\\\"}\",\n  \"w\": [{}]\n },\n \"b\": {}\n}";
        let mut lines = EntryLines::new(text);
        let a = text.find("a\"").unwrap();
        let b = text.find("b\"").unwrap();
        assert_eq!(lines.of(&text[a..=a]), Some(LineRange { start: 2, end: 5 }));
        assert_eq!(lines.of(&text[b..=b]), Some(LineRange { start: 6, end: 6 }));
        assert_eq!(lines.of("elsewhere"), None);
    }
}
