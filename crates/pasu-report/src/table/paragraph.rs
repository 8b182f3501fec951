//! A text of several lines for the terminal.

use super::paint::{Ink, Paint};
use crate::safe_text::{width, wrap};
use std::io::{self, Write};

/// A text that is wrapped to the width of the terminal.
pub(crate) struct Paragraph<'a> {
    /// What stands before the first line; all others are indented as far. It may be coloured.
    pub(crate) first: &'a str,
    /// Cleaned already.
    pub(crate) text: &'a str,
    /// The columns that the lines may take.
    pub(crate) width: usize,
}

impl Paragraph<'_> {
    /// Writes its lines.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_in(Paint { color: false }, Ink::Plain, out)
    }

    /// The same in colour, which is put on after the lines are broken.
    pub(crate) fn write_in(&self, paint: Paint, ink: Ink, out: &mut dyn Write) -> io::Result<()> {
        let indent = visible_width(self.first);
        let lines = wrap(self.text, self.width.saturating_sub(indent));
        for (index, line) in lines.iter().enumerate() {
            let line = paint.text(ink, line);
            match index {
                0 => writeln!(out, "{}{line}", self.first)?,
                _ => writeln!(out, "{:indent$}{line}", "")?,
            }
        }
        Ok(())
    }
}

/// The columns of a text without its colours.
fn visible_width(text: &str) -> usize {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        rest = rest[start..].split_once('m').map_or("", |(_, after)| after);
    }
    width(&(plain + rest))
}

#[cfg(test)]
mod tests {
    use super::Paragraph;
    use crate::table::paint::{Ink, Paint};

    fn written(first: &str, width: usize, paint: Paint) -> String {
        let mut out = Vec::new();
        let paragraph = Paragraph { first, text: "one two 셋 four", width };
        paragraph.write_in(paint, Ink::Bold, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_stand_under_each_other_whatever_stands_before_the_first() {
        let paint = Paint { color: false };
        assert_eq!(written("- ", 9, paint), "- one two\n  셋 four\n");
        assert_eq!(written("가 ", 9, paint), "가 one\n   two 셋\n   four\n");
        let coloured = Paint { color: true };
        let first = coloured.text(Ink::Alarm, "!") + " ";
        let bold = |text: &str| coloured.text(Ink::Bold, text);
        let expected = format!("{first}{}\n  {}\n", bold("one two"), bold("셋 four"));
        assert_eq!(written(&first, 9, coloured), expected);
    }
}
