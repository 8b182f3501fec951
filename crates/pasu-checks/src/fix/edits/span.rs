//! Changes of a part of a text, found by a parser that knows where things stand.

use crate::fix::draft::Trouble;
use crate::fix::lines::Lines;
use crate::judgement::reason;
use std::ops::Range;

/// The lines as one text.
pub(super) fn whole(lines: &Lines) -> String {
    let texts: Vec<_> = lines.iter().map(|line| line.text()).collect();
    texts.join("\n")
}

/// The number of the line, from 0, in which a byte stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The line in which a byte stands.
pub(super) fn line_around(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let after = text.get(at..).unwrap_or_default();
    start..after.find('\n').map_or(text.len(), |length| at + length)
}

/// The white space at the beginning of the line in which a byte stands.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = text.get(line_around(text, at)).unwrap_or_default();
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// Puts another text in the place of a part; everything else of its lines stays.
///
/// # Errors
/// The lines are not UTF-8, so that they could not be written back as they were.
pub(super) fn splice(
    path: &str,
    lines: &mut Lines,
    part: Range<usize>,
    with: &str,
    item: &str,
) -> Result<(), Trouble> {
    let text = whole(lines);
    let first = line_of(&text, part.start);
    let last = line_of(&text, part.end);
    let start = line_around(&text, part.start).start;
    let end = line_around(&text, part.end).end;
    let before = text.get(start..part.start).unwrap_or_default();
    let after = text.get(part.end..end).unwrap_or_default();
    if [before, after].iter().any(|part| part.contains('\u{fffd}')) {
        return Err(Trouble::Unfit(reason("fix-not-utf8").file(path)));
    }
    let new: Vec<String> =
        format!("{before}{with}{after}").split('\n').map(str::to_owned).collect();
    lines.rewrite(first..last + 1, &new, item);
    Ok(())
}
