//! XML as far as project files need it: elements and their text, without attributes and without entities of one's own.

use crate::DetectError;
use quick_xml::Reader;
use quick_xml::events::Event;

/// How deep elements may nest; Maven's own model has 12 levels, plugin configurations a few more.
const MAX_DEPTH: usize = 64;
/// How many elements a file may have.
const MAX_ELEMENTS: usize = 500_000;

/// One element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// The text directly inside it, trimmed.
    pub text: String,
    /// The elements directly inside it.
    pub children: Vec<Element>,
    /// Line of its start, from 1.
    pub start: u32,
    /// Line of its end.
    pub end: u32,
}

impl Element {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name, if it is not empty.
    pub fn value(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.clone()).filter(|text| !text.is_empty())
    }

    /// The children of a name inside the first child of another: `dependencies` and `dependency`.
    pub fn list<'e>(&'e self, list: &str, item: &'e str) -> impl Iterator<Item = &'e Element> {
        let items = self.child(list).map(|list| list.children.as_slice()).unwrap_or_default();
        items.iter().filter(move |child| child.name == item)
    }
}

/// Reads a document and returns its root element.
pub fn parse(text: &str) -> Result<Element, DetectError> {
    let mut reader = Reader::from_str(text);
    let mut tree =
        Tree { lines: Lines { text, offset: 0, line: 1 }, open: Vec::new(), root: None, count: 0 };
    loop {
        let event = reader.read_event();
        let line = tree.lines.at(reader.buffer_position());
        let event =
            event.map_err(|error| DetectError::Malformed(format!("line {line}: {error}")))?;
        match event {
            Event::Start(start) => tree.start(start.local_name().as_ref(), line)?,
            Event::Empty(start) => {
                tree.start(start.local_name().as_ref(), line)?;
                tree.end(line);
            }
            Event::End(_) => tree.end(line),
            Event::Text(text) => tree.text(&text.xml10_content()),
            Event::CData(text) => tree.text(&text.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref().ok().flatten() {
                Some(character) => tree.text(character.encode_utf8(&mut [0; 4])),
                None => tree.entity(&name.xml10_content()),
            },
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    tree.finish()
}

struct Tree<'t> {
    lines: Lines<'t>,
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree<'_> {
    fn start(&mut self, name: &str, line: u32) -> Result<(), DetectError> {
        self.count += 1;
        if self.open.len() >= MAX_DEPTH {
            return Err(DetectError::Limit(format!(
                "line {line}: nested more than {MAX_DEPTH} deep"
            )));
        }
        if self.count > MAX_ELEMENTS {
            return Err(DetectError::Limit(format!(
                "line {line}: more than {MAX_ELEMENTS} elements"
            )));
        }
        self.open.push(Element { name: name.to_owned(), start: line, ..Element::default() });
        Ok(())
    }

    fn end(&mut self, line: u32) {
        let Some(mut element) = self.open.pop() else { return };
        element.end = line;
        element.text = element.text.trim().to_owned();
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = self.root.take().or(Some(element)),
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    /// The five entities of XML. Any other stays as written: a coordinate that holds one counts as not resolved.
    fn entity(&mut self, name: &str) {
        match name {
            "lt" => self.text("<"),
            "gt" => self.text(">"),
            "amp" => self.text("&"),
            "quot" => self.text("\""),
            "apos" => self.text("'"),
            other => self.text(&format!("&{other};")),
        }
    }

    fn finish(self) -> Result<Element, DetectError> {
        if let Some(open) = self.open.last() {
            let line = open.start;
            return Err(DetectError::Malformed(format!(
                "line {line}: <{}> is not closed",
                open.name
            )));
        }
        self.root.ok_or_else(|| DetectError::malformed("no XML element"))
    }
}

/// Line numbers of rising byte offsets.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> u32 {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.offset..position).unwrap_or_default();
        let newlines = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.offset = self.offset.max(position);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, parse};
    use crate::DetectError;

    #[test]
    fn elements_have_text_and_lines() {
        let root =
            parse("<?xml version=\"1.0\"?>\n<p>\n <a>x &amp; &#121;</a>\n <b/>\n</p>").unwrap();
        assert_eq!(root.value("a").as_deref(), Some("x & y"));
        assert_eq!((root.children[0].start, root.start, root.end), (3, 2, 5));
        assert_eq!(root.value("b"), None);
    }

    #[test]
    fn entities_of_the_document_are_not_expanded() {
        let text = "<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><p><a>&x;</a></p>";
        assert_eq!(parse(text).unwrap().value("a").as_deref(), Some("&x;"));
    }

    #[test]
    fn bad_documents_are_refused_with_a_line() {
        for (text, expected) in [
            ("<p>\n<a></b></p>", "line 2"),
            ("<p>\n<a>", "line 2"),
            ("", "no XML"),
            ("plain text", "no XML"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(matches!(parse(&deep), Err(DetectError::Limit(_))));
    }
}
