//! Where the elements of one file stand, for edits by position.

use quick_xml::Reader;
use quick_xml::events::Event;

/// How many elements a file may have.
const MAX_ELEMENTS: usize = 100_000;

/// `<Host name="localhost">…</Host>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementSpan {
    /// Its name without a prefix.
    pub name: String,
    /// Line of its start, from 1.
    pub line: u32,
    /// The byte of its `<`.
    pub start: usize,
    /// The byte after the `>` of its start.
    pub head_end: usize,
    /// The byte of the `<` of its end; the same as `end` where it has none of its own.
    pub close: usize,
    /// The byte after it.
    pub end: usize,
    /// The element around it.
    pub parent: Option<usize>,
}

/// The elements of a text in their order; `None` where it is no XML.
#[must_use]
pub fn elements(text: &str) -> Option<Vec<ElementSpan>> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let bare = text.get(mark..)?;
    let mut reader = Reader::from_str(bare);
    let mut found: Vec<ElementSpan> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let start = mark + usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let end = mark + usize::try_from(reader.buffer_position()).ok()?;
        match event {
            Event::Start(ref element) | Event::Empty(ref element) => {
                let before = text.get(..start)?.bytes().filter(|byte| *byte == b'\n').count();
                found.push(ElementSpan {
                    name: element.local_name().as_ref().to_owned(),
                    line: u32::try_from(before + 1).ok()?,
                    start,
                    head_end: end,
                    close: end,
                    end,
                    parent: open.last().copied(),
                });
                if matches!(event, Event::Start(_)) {
                    open.push(found.len() - 1);
                }
            }
            Event::End(_) => {
                let element = found.get_mut(open.pop()?)?;
                element.close = start;
                element.end = end;
            }
            Event::Eof => break,
            _ => {}
        }
        if found.len() > MAX_ELEMENTS {
            return None;
        }
    }
    open.is_empty().then_some(found)
}

/// The value of an attribute in the start of an element, by the bytes between its quotes.
#[must_use]
pub fn attribute(text: &str, element: &ElementSpan, name: &str) -> Option<std::ops::Range<usize>> {
    let head = text.get(element.start..element.head_end)?;
    let mut at = head.find(|c: char| c.is_whitespace())?;
    loop {
        let equals = at + head.get(at..)?.find('=')?;
        let key = head.get(at..equals)?.trim();
        let quoted = equals + 1 + head.get(equals + 1..)?.find(['"', '\''])?;
        let quote = head.get(quoted..=quoted)?;
        let end = quoted + 1 + head.get(quoted + 1..)?.find(quote)?;
        if key.rsplit(':').next() == Some(name) {
            return Some(element.start + quoted + 1..element.start + end);
        }
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{attribute, elements};

    #[test]
    fn elements_and_attributes_stand_where_they_are_written() {
        let text = "\u{feff}<?xml version='1.0'?>\n<!-- <x/> --><a k = 'a > \"b\"'\n  p:m=\"1\"><b/>t\n<c>é</c ></a>";
        let found = elements(text).unwrap();
        let shown: Vec<(&str, u32, &str, &str)> = found
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.line,
                    &text[one.start..one.head_end],
                    &text[one.close..one.end],
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("a", 2, "<a k = 'a > \"b\"'\n  p:m=\"1\">", "</a>"),
                ("b", 3, "<b/>", ""),
                ("c", 4, "<c>", "</c >"),
            ]
        );
        let value = |name| attribute(text, &found[0], name).map(|range| &text[range]);
        assert_eq!((value("k"), value("m"), value("x")), (Some("a > \"b\""), Some("1"), None));
        assert_eq!(attribute(text, &found[1], "k"), None);
    }

    #[test]
    fn what_is_no_xml_is_not_edited() {
        for text in ["<a>", "<a></b>", "</a>", "<a"] {
            assert_eq!(elements(text), None, "{text}");
        }
    }
}
