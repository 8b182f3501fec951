//! The form that Debian's, RPM's and Arch's versions share: `[epoch:]version[-release]`.

use super::digits;

/// A version cut into its parts, which stay text.
pub(super) struct Evr<'a> {
    /// The digits before the colon, if there is one.
    pub(super) epoch: Option<&'a [u8]>,
    pub(super) version: &'a [u8],
    pub(super) release: Option<&'a [u8]>,
}

impl<'a> Evr<'a> {
    /// Only digits before the first colon are an epoch, and the last hyphen begins the release; `None` for a text with
    /// a blank in it or without a version.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (epoch, rest) = match digits::split(text) {
            (epoch, [b':', rest @ ..]) => (Some(epoch), rest),
            _ => (None, text),
        };
        let (version, release) = match last_hyphen(rest)? {
            Some(hyphen) => (rest.get(..hyphen)?, rest.get(hyphen + 1..)),
            None => (rest, None),
        };
        (!version.is_empty()).then_some(Self { epoch, version, release })
    }
}

/// Where the last hyphen is, found in the same pass that refuses blanks.
fn last_hyphen(text: &[u8]) -> Option<Option<usize>> {
    let mut found = None;
    for (index, byte) in text.iter().enumerate() {
        if *byte == b'-' {
            found = Some(index);
        } else if *byte <= b' ' && byte.is_ascii_whitespace() {
            return None;
        }
    }
    Some(found)
}
