//! XML as far as Tomcat's files need it: elements, their attributes and text, with lines.
//!
//! Comments, processing instructions and the document type are passed over, and no entity but the five of XML is
//! replaced. An element holds attributes as they are, passwords too, so it can be neither stored nor printed.

use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{XmlVersion, escape};
use std::fmt;

/// How deep elements may nest; Tomcat's own files have eight levels.
const MAX_DEPTH: usize = 64;
/// How many elements a file may have.
const MAX_ELEMENTS: usize = 100_000;

/// One element: `<user username="admin" password="…" roles="manager-gui"/>`.
#[derive(Clone, Default)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Attributes in their order.
    attributes: Vec<(String, String)>,
    /// The text directly inside it, trimmed.
    pub text: String,
    /// The elements directly inside it.
    pub children: Vec<Element>,
    /// Line of its start, from 1.
    pub line: u32,
}

/// Without attributes and text, which may be secret.
impl fmt::Debug for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}> at line {}", self.name, self.line)
    }
}

impl Element {
    /// The value of an attribute; names differ by case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first child of a name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name; empty where there is none.
    #[must_use]
    pub fn child_text(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }

    /// Itself and everything inside it, in the order of the file.
    #[must_use]
    pub fn all(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(element) = waiting.pop() {
            found.push(element);
            waiting.extend(element.children.iter().rev());
        }
        found
    }

    /// Elements of a name anywhere inside it, itself included.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.all().into_iter().filter(move |element| element.name == name)
    }
}

/// Reads a document and returns its root element.
///
/// # Errors
/// It is no XML, is nested too deep or too long, or includes another file through an entity.
pub fn parse(path: &str, text: &str) -> Result<Element, Cause> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut tree = Tree { path, open: Vec::new(), root: None, count: 0 };
    let mut lines = Lines { text, offset: 0, line: 1 };
    loop {
        let start = lines.at(reader.buffer_position());
        let event = reader.read_event();
        let event = event.map_err(|error| {
            let detail = format!("its XML is damaged: {error}");
            Cause::malformed(path, Some(lines.at(reader.error_position())), detail)
        })?;
        match event {
            Event::Start(element) => tree.start(&element, start)?,
            Event::Empty(element) => {
                tree.start(&element, start)?;
                tree.end();
            }
            Event::End(_) => tree.end(),
            Event::Text(text) => tree.text(&text.xml10_content()),
            Event::CData(text) => tree.text(&text.xml10_content()),
            Event::GeneralRef(name) => {
                let content = name.xml10_content();
                match name.resolve_char_ref().ok().flatten() {
                    Some(character) => tree.text(character.encode_utf8(&mut [0; 4])),
                    None => match escape::resolve_predefined_entity(&content) {
                        Some(text) => tree.text(text),
                        // `&users;` of `<!ENTITY users SYSTEM "users.xml">` stands for what was not read.
                        None => return Err(tree.unknown_entity(&content, start)),
                    },
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    tree.finish()
}

struct Tree<'t> {
    path: &'t str,
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree<'_> {
    fn start(&mut self, start: &BytesStart<'_>, line: u32) -> Result<(), Cause> {
        self.count += 1;
        if self.open.len() >= MAX_DEPTH {
            return Err(self.limit(line, format!("nested more than {MAX_DEPTH} deep")));
        }
        if self.count > MAX_ELEMENTS {
            return Err(self.limit(line, format!("more than {MAX_ELEMENTS} elements")));
        }
        let mut element =
            Element { name: start.local_name().as_ref().to_owned(), line, ..Element::default() };
        // Checking for attributes that stand twice would take quadratic time.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| {
                Cause::malformed(self.path, Some(line), format!("its XML is damaged: {error}"))
            })?;
            let name = attribute.key.local_name().as_ref().to_owned();
            // The error would quote the value.
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| {
                Cause::malformed(self.path, Some(line), format!("the value of {name}"))
            })?;
            element.attributes.push((name, value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) {
        let Some(mut element) = self.open.pop() else { return };
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

    fn unknown_entity(&self, name: &str, line: u32) -> Cause {
        let name: String = name.chars().take(40).collect();
        Cause::malformed(self.path, Some(line), format!("the entity {name} is not read"))
    }

    fn limit(&self, line: u32, detail: String) -> Cause {
        let place = Some(Place::File { path: self.path.to_owned(), line: Some(line) });
        Cause { kind: CauseKind::Limit, place, detail }
    }

    fn finish(self) -> Result<Element, Cause> {
        if let Some(open) = self.open.last() {
            let detail = format!("<{}> is not closed", open.name);
            return Err(Cause::malformed(self.path, Some(open.line), detail));
        }
        self.root.ok_or_else(|| Cause::malformed(self.path, None, "no XML element"))
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
    use crate::CauseKind;

    #[test]
    fn elements_have_attributes_text_and_the_line_where_they_begin() {
        let text = "<?xml version='1.0'?>\n<!-- <a x='0'/> -->\n<p>\n <a x='1 &amp; 2'\n   y=\"3\">t &lt;</a>\n <b/></p>";
        let root = parse("/x", text).unwrap();
        let a = root.child("a").unwrap();
        assert_eq!((a.attribute("x"), a.attribute("y")), (Some("1 & 2"), Some("3")));
        assert_eq!((a.text.as_str(), a.line, root.child("b").unwrap().line), ("t <", 4, 6));
        assert_eq!(root.named("a").count(), 1);
    }

    #[test]
    fn what_is_not_read_is_not_passed_over() {
        for (text, kind) in [
            ("<!DOCTYPE p [<!ENTITY u SYSTEM 'u.xml'>]><p>&u;</p>", CauseKind::Malformed),
            ("<p><a x='&u;'/></p>", CauseKind::Malformed),
            ("<p><a></b></p>", CauseKind::Malformed),
            ("<p><a>", CauseKind::Malformed),
            ("<p><a x></a></p>", CauseKind::Malformed),
            ("plain", CauseKind::Malformed),
            ("", CauseKind::Malformed),
        ] {
            assert_eq!(parse("/x", text).unwrap_err().kind, kind, "{text}");
        }
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert_eq!(parse("/x", &deep).unwrap_err().kind, CauseKind::Limit);
    }

    #[test]
    fn secrets_are_not_printed() {
        let root = parse("/x", "<user password='hidden'>hidden</user>").unwrap();
        assert!(!format!("{root:?}").contains("hidden"));
    }
}
