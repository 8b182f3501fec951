//! A text file being edited: every line remembers which line of the judged file it was, and who changed it.

use super::draft::Conflict;
use std::ops::Range;

/// The lines of a file. Bytes are kept as they are, whatever their encoding and line ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    lines: Vec<Line>,
    /// Lines of the judged file that are gone, with who took them.
    gone: Vec<(u32, String)>,
    /// How new lines end: as the first of the judged file.
    end: End,
}

/// How a line ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    Newline,
    CarriageReturn,
    /// The last line of a file may have no end.
    Open,
}

impl End {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Newline => b"\n",
            Self::CarriageReturn => b"\r\n",
            Self::Open => b"",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Number in the judged file, from 1.
    pub(crate) origin: Option<u32>,
    bytes: Vec<u8>,
    end: End,
    /// Who wrote it, for what is not as judged.
    pub(crate) by: Option<String>,
}

impl Line {
    /// As text; what is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl Lines {
    pub(crate) fn of(content: &[u8]) -> Self {
        let line = |(number, piece): (u32, &[u8])| {
            let (bytes, end) = match piece {
                [bytes @ .., b'\r', b'\n'] => (bytes, End::CarriageReturn),
                [bytes @ .., b'\n'] => (bytes, End::Newline),
                bytes => (bytes, End::Open),
            };
            Line { origin: Some(number), bytes: bytes.to_vec(), end, by: None }
        };
        let pieces = content.split_inclusive(|byte| *byte == b'\n');
        let lines: Vec<Line> = (1..).zip(pieces).map(line).collect();
        let end = lines.first().map(|line| line.end).filter(|end| *end != End::Open);
        Self { lines, gone: Vec::new(), end: end.unwrap_or_default() }
    }

    /// The file's bytes. Only its last line may have no end, and only where it had none before.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let last = self.lines.len().saturating_sub(1);
        let of = |(at, line): (usize, &Line)| {
            let end = if line.end == End::Open && at < last { self.end } else { line.end };
            [&line.bytes, end.bytes()].concat()
        };
        self.lines.iter().enumerate().flat_map(of).collect()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// Where the line stands now that had a number in the judged file.
    pub(crate) fn position(&self, path: &str, origin: u32, item: &str) -> Result<usize, Conflict> {
        if let Some(at) = self.lines.iter().position(|line| line.origin == Some(origin)) {
            return Ok(at);
        }
        let other = self.gone.iter().find(|(line, _)| *line == origin);
        Err(Conflict::line(path, origin, item, other.map(|(_, item)| item.as_str())))
    }

    /// Puts lines in the place of one. Two items may ask for the same lines, not for others.
    pub(crate) fn replace(
        &mut self,
        path: &str,
        at: usize,
        with: &[String],
        item: &str,
    ) -> Result<(), Conflict> {
        let old = &self.lines[at];
        if let [only] = with
            && old.bytes == only.as_bytes()
        {
            return Ok(());
        }
        if let Some(other) = old.by.as_deref().filter(|other| *other != item) {
            let line = old.origin.unwrap_or_default();
            return Err(Conflict::line(path, line, item, Some(other)));
        }
        let (origin, end) = (old.origin, old.end);
        if with.is_empty() {
            self.gone.extend(origin.map(|origin| (origin, item.to_owned())));
        }
        let new = with.iter().enumerate().map(|(index, text)| Line {
            origin: origin.filter(|_| index == 0),
            bytes: text.as_bytes().to_vec(),
            end,
            by: Some(item.to_owned()),
        });
        self.lines.splice(at..=at, new);
        Ok(())
    }

    /// Changes a part of a line, whoever changed another part before.
    pub(crate) fn amend(&mut self, at: usize, text: &str, item: &str) {
        let line = &mut self.lines[at];
        if line.bytes != text.as_bytes() {
            line.bytes = text.as_bytes().to_vec();
            line.by = Some(item.to_owned());
        }
    }

    /// Puts new lines in the place of a range, whoever wrote them: for edits that change a part of a line and leave the
    /// rest as it is. Lines keep their numbers in order.
    pub(crate) fn rewrite(&mut self, range: Range<usize>, with: &[String], item: &str) {
        let old: Vec<(Option<u32>, End)> =
            self.lines[range.clone()].iter().map(|line| (line.origin, line.end)).collect();
        let lost = old.iter().skip(with.len()).filter_map(|(origin, _)| *origin);
        self.gone.extend(lost.map(|origin| (origin, item.to_owned())));
        let last = old.last().map_or(self.end, |(_, end)| *end);
        let new: Vec<Line> = with
            .iter()
            .enumerate()
            .map(|(index, text)| Line {
                origin: old.get(index).and_then(|(origin, _)| *origin),
                bytes: text.as_bytes().to_vec(),
                end: if index + 1 == with.len() { last } else { self.end },
                by: Some(item.to_owned()),
            })
            .collect();
        self.lines.splice(range, new);
    }

    /// Adds lines before a position.
    pub(crate) fn insert(&mut self, at: usize, lines: &[String], item: &str) {
        let new = lines.iter().map(|text| Line {
            origin: None,
            bytes: text.as_bytes().to_vec(),
            end: self.end,
            by: Some(item.to_owned()),
        });
        self.lines.splice(at..at, new);
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn bytes_stay_as_they_are() {
        for text in [
            &b"a\nb\n"[..],
            b"",
            b"\xb0\xa1\n",
            b"a\r\nb\r\n",
            b"\n\n",
            b"a\nb",
            b"a\r\nb\nc\r",
            b"\n\r\n",
        ] {
            assert_eq!(Lines::of(text).bytes(), text);
        }
    }

    #[test]
    fn new_lines_end_as_the_file_does() {
        let to = |text: &str| vec![text.to_owned()];
        let mut lines = Lines::of(b"a\r\nb\nc");
        lines.replace("/x", 0, &to("A"), "one").unwrap();
        lines.replace("/x", 2, &to("C"), "one").unwrap();
        assert_eq!(lines.bytes(), b"A\r\nb\nC");
        lines.insert(3, &to("d"), "one");
        assert_eq!(lines.bytes(), b"A\r\nb\nC\r\nd\r\n");
        let mut single = Lines::of(b"a");
        single.insert(0, &to("first"), "one");
        assert_eq!(single.bytes(), b"first\na");
    }

    #[test]
    fn two_items_may_agree_and_not_contradict() {
        let mut lines = Lines::of(b"a\nb\n");
        let to = |text: &str| vec![text.to_owned()];
        lines.insert(0, &to("first"), "one");
        let at = lines.position("/x", 2, "one").unwrap();
        lines.replace("/x", at, &to("c"), "one").unwrap();
        lines.replace("/x", at, &to("c"), "two").unwrap();
        let conflict = lines.replace("/x", at, &to("d"), "two").unwrap_err();
        assert_eq!((conflict.item.as_str(), conflict.other.as_deref()), ("two", Some("one")));
        let at = lines.position("/x", 1, "one").unwrap();
        lines.replace("/x", at, &[], "one").unwrap();
        assert_eq!(lines.position("/x", 1, "two").unwrap_err().other.as_deref(), Some("one"));
        assert_eq!(lines.bytes(), b"first\nc\n");
    }
}
