//! How much of a foreign file is taken in.

use super::SuppressError;

/// The largest ignore file, in bytes. People write these by hand.
pub const MAX_IGNORE_BYTES: u64 = 4 << 20;
/// The largest VEX document, in bytes. Distributions publish some of several megabytes; read, one takes up to fourteen
/// times its size.
pub const MAX_VEX_BYTES: u64 = 32 << 20;
/// Path patterns of one ignore file: each becomes an automaton.
pub(super) const MAX_PATTERNS: usize = 5_000;
/// Bytes of one path pattern.
pub(super) const MAX_PATTERN_BYTES: usize = 1_000;
/// Nodes of an ignore file in YAML.
pub(super) const MAX_YAML_NODES: usize = 1_000_000;
/// Nesting of an ignore file in YAML; its own keys need four levels.
pub(super) const MAX_YAML_DEPTH: usize = 32;
/// Things said about one set of files.
pub(super) const MAX_NOTES: usize = 1_000;

/// The text of a file of at most `limit` bytes, without a byte order mark.
pub(super) fn text<'a>(file: &str, bytes: &'a [u8], limit: u64) -> Result<&'a str, SuppressError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        return Err(SuppressError::file(file, format!("more than {limit} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        SuppressError::line(file, line, "not UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
