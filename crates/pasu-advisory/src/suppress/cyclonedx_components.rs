//! The components of a CycloneDX document, to which VEX refers by `bom-ref` or, from outside, by BOM-Link.

use super::package_pattern::{self, PackagePattern};
use jiff::Timestamp;
use pasu_model::{Purl, PurlParts};
use serde::Deserialize;
use std::collections::HashMap;

/// What a CycloneDX document says about itself and its components.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bom {
    serial_number: Option<String>,
    metadata: Option<Metadata>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    timestamp: Option<Timestamp>,
    component: Option<Component>,
}

#[derive(Debug, Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    reference: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

/// The components of a document by their `bom-ref`.
#[derive(Debug, Default)]
pub(super) struct Components {
    serial: Option<String>,
    /// When the document was made.
    pub issued: Option<Timestamp>,
    /// The package URL of what the document describes.
    pub described: Option<PurlParts>,
    purls: HashMap<String, String>,
}

impl Components {
    pub(super) fn new(bom: Bom) -> Self {
        let serial = bom.serial_number.and_then(|serial| bare_serial(&serial));
        let (issued, root) =
            bom.metadata.map_or((None, None), |metadata| (metadata.timestamp, metadata.component));
        let described = root
            .as_ref()
            .and_then(|root| Purl::parse(root.purl.as_deref()?))
            .map(|purl| package_pattern::parts(&purl));
        let mut purls = HashMap::new();
        let mut waiting: Vec<Component> = bom.components.into_iter().chain(root).collect();
        while let Some(component) = waiting.pop() {
            if let (Some(reference), Some(purl)) = (component.reference, component.purl) {
                purls.insert(reference, purl);
            }
            waiting.extend(component.components);
        }
        Self { serial, issued, described, purls }
    }

    /// The package a reference from a VEX document leads to: a `bom-ref` of the VEX document itself or of the bill of
    /// materials that is scanned, a package URL, or a BOM-Link (`urn:cdx:<serial number>/<version>#<bom-ref>`).
    ///
    /// A BOM-Link into a document that is not at hand counts by its package URL, except where a bill of materials with
    /// another serial number is scanned.
    pub(super) fn resolve(&self, scanned: &Self, reference: &str) -> Option<PackagePattern> {
        let Some(link) = reference.strip_prefix("urn:cdx:") else {
            return self
                .component(reference)
                .or_else(|| scanned.component(reference))
                .or_else(|| PackagePattern::parse(reference));
        };
        let (document, reference) = link.split_once('#')?;
        let serial = bare_serial(document.split('/').next()?)?;
        let spellings = [reference.to_owned(), decode(reference)];
        let known: Vec<&Self> = [self, scanned]
            .into_iter()
            .filter(|known| known.serial.as_ref() == Some(&serial))
            .collect();
        if known.is_empty() && scanned.serial.is_some() {
            // It is about another product than the one whose bill of materials is scanned.
            return None;
        }
        known
            .iter()
            .flat_map(|known| spellings.iter().map(|spelling| known.component(spelling)))
            .chain(spellings.iter().map(|spelling| PackagePattern::parse(spelling)))
            .find_map(|pattern| pattern)
    }

    fn component(&self, reference: &str) -> Option<PackagePattern> {
        PackagePattern::parse(self.purls.get(reference)?)
    }
}

/// A serial number without `urn:uuid:`, in lower case.
fn bare_serial(serial: &str) -> Option<String> {
    let bare = serial.strip_prefix("urn:uuid:").unwrap_or(serial).to_ascii_lowercase();
    Some(bare).filter(|bare| !bare.is_empty())
}

/// Text with `%2F` and the like decoded; what is no escape stays.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| first == b'%').and_then(hexadecimal);
        out.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn only_escapes_are_decoded() {
        for (text, expected) in [
            ("a%2Fb", "a/b"),
            ("%", "%"),
            ("%2", "%2"),
            ("%zz", "%zz"),
            ("%+1", "%+1"),
            ("%2525", "%25"),
        ] {
            assert_eq!(decode(text), expected);
        }
    }
}
