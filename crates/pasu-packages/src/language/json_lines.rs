//! On which lines of a JSON file a value stands.

use pasu_model::LineRange;
use serde_json::value::RawValue;

/// The lines of one text.
pub(super) struct JsonLines<'a> {
    text: &'a str,
    line_ends: Vec<usize>,
}

impl<'a> JsonLines<'a> {
    /// Of the text that the values were read from.
    pub(super) fn new(text: &'a str) -> Self {
        let line_ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { text, line_ends }
    }

    /// First and last line of a value borrowed from the text; nothing if it is not from there.
    pub(super) fn of(&self, value: &RawValue) -> Vec<LineRange> {
        let value = value.get();
        let start = (value.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        let Some(start) = start.filter(|start| start + value.len() <= self.text.len()) else {
            return Vec::new();
        };
        vec![LineRange { start: self.line(start), end: self.line(start + value.len()) }]
    }

    fn line(&self, at: usize) -> u32 {
        let before = self.line_ends.partition_point(|end| *end < at);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::JsonLines;
    use serde_json::value::RawValue;

    #[test]
    fn lines_are_counted_from_one() {
        let text = "[1,\n {\n  \"a\": 2\n },\n\"b\"]";
        let values: Vec<&RawValue> = serde_json::from_str(text).unwrap();
        let lines = JsonLines::new(text);
        let found: Vec<_> = values
            .iter()
            .flat_map(|value| lines.of(value))
            .map(|range| (range.start, range.end))
            .collect();
        assert_eq!(found, [(1, 1), (2, 4), (5, 5)]);
        assert!(JsonLines::new("other").of(values[0]).is_empty());
    }
}
