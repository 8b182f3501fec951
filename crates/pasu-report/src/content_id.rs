//! Identifiers that follow from what they name, so that the same run gives the same bytes.

use crate::targets::Targets;
use sha2::{Digest, Sha256};

/// Hexadecimal digits of the SHA-256 over parts that are kept apart.
fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The digest of a text, `sha256:…`.
pub(crate) fn sha256(text: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(text)))
}

/// Sixteen digits, enough to keep the packages of one report apart.
pub(crate) fn short(parts: &[&str]) -> String {
    hex(digest(parts).get(..8).unwrap_or_default())
}

/// A UUID of version 8 (RFC 9562: content decided by the maker), a function of the parts.
pub(crate) fn uuid(parts: &[&str]) -> String {
    let mut bytes = digest(parts);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(bytes.get(..16).unwrap_or_default());
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Names a document by the content of all runs in it, and by the time of the report.
pub(crate) fn of_document(targets: &Targets<'_>, format: &str, created: &str) -> String {
    let images = targets.images.iter().map(|image| image.run);
    let runs = std::iter::once(targets.root).chain(images);
    let contents: Vec<String> =
        runs.map(|run| serde_json::to_string(run).unwrap_or_default()).collect();
    let parts: Vec<&str> =
        [format, created].into_iter().chain(contents.iter().map(String::as_str)).collect();
    uuid(&parts)
}

#[cfg(test)]
mod tests {
    use super::{short, uuid};

    #[test]
    fn identifiers_have_the_form_of_a_uuid_and_follow_the_content() {
        let id = uuid(&["a", "b"]);
        assert_eq!(id.len(), 36);
        assert_eq!(id.get(14..15), Some("8"));
        assert!(matches!(id.get(19..20), Some("8" | "9" | "a" | "b")));
        assert_eq!(id, uuid(&["a", "b"]));
        assert_ne!(id, uuid(&["ab", ""]));
        assert_eq!(short(&["a"]).len(), 16);
    }
}
