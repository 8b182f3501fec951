//! Stanzas of fields as dpkg, apt and Debian's archives write them (deb822): `Package: bash`, a continued line beginning
//! with a blank, an empty line between two stanzas.

use std::borrow::Cow;

/// One stanza: its fields in their order. Values of several lines keep their line breaks and leading blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stanza {
    fields: Vec<(String, String)>,
}

impl Stanza {
    /// Reads the first stanza of a text. A line that is no field is left out: dpkg itself wrote these files, and a later
    /// step misses what it needs.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines().skip_while(|line| line.trim().is_empty()) {
            if line.trim().is_empty() {
                break;
            }
            if line.starts_with('#') {
                continue;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim_end());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Self { fields }
    }

    /// A field by its name, whatever its case; the first of several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A field that may be missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The fields in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets a field where it stands, or adds it.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name.to_owned(), value)),
        }
    }

    /// Takes a field away.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    /// Sorts the fields: those named come first, in that order; the rest keeps its own.
    pub fn sort(&mut self, order: &[&str]) {
        let rank = |name: &str| {
            order.iter().position(|known| known.eq_ignore_ascii_case(name)).unwrap_or(order.len())
        };
        self.fields.sort_by_key(|(name, _)| rank(name));
    }

    /// The stanza as text, its last line ended, without the empty line behind it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.fields {
            text.push_str(name);
            text.push(':');
            if !value.is_empty() && !value.starts_with('\n') {
                text.push(' ');
            }
            text.push_str(value);
            text.push('\n');
        }
        text
    }
}

/// The texts of the stanzas in a file, without the empty lines between them; bytes that are not UTF-8 become marks when
/// one is read, but stay as they are where it is copied.
pub fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            while let Some(after) = rest.strip_prefix(b"\n") {
                rest = after;
            }
            if rest.is_empty() {
                return None;
            }
            let end = rest.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 1);
            let (stanza, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            if !stanza.iter().all(u8::is_ascii_whitespace) {
                return Some(stanza);
            }
        }
    })
}

/// A stanza's bytes, read.
pub fn parse(bytes: &[u8]) -> Stanza {
    let text: Cow<'_, str> = String::from_utf8_lossy(bytes);
    Stanza::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::{Stanza, parse, split};

    #[test]
    fn stanzas_are_read_and_written_as_they_were() {
        let text = "Package: a\nConffiles:\n /etc/a 00\nDescription: x\n .\n y\n\n\nPackage: b\n";
        let stanzas: Vec<Stanza> = split(text.as_bytes()).map(parse).collect();
        assert_eq!(stanzas.len(), 2);
        assert_eq!(stanzas[0].get("conffiles"), Some("\n /etc/a 00"));
        assert_eq!(stanzas[0].write(), text.split("\n\n").next().unwrap().to_owned() + "\n");
        assert_eq!(stanzas[1].text("Package"), "b");
    }

    #[test]
    fn known_fields_come_first() {
        let mut stanza = Stanza::parse("Homepage: h\nVersion: 1\nPackage: p\nTag: t");
        stanza.set("Version", "2");
        stanza.remove("tag");
        stanza.sort(&["Package", "Version"]);
        assert_eq!(stanza.write(), "Package: p\nVersion: 2\nHomepage: h\n");
    }
}
