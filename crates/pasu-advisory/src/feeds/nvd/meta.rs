//! The `.meta` file beside each feed file, for conditional downloads; lines end in CR LF:
//!
//! ```text
//! lastModifiedDate:2026-08-21T17:16:26-00:00
//! size:43063563
//! zipSize:0
//! gzSize:3526300
//! sha256:B9F2F4DF8C94E2…
//! ```

use crate::feeds::FeedError;

/// What a `.meta` file says of its feed file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedMeta {
    /// As written: `2026-08-21T17:16:26-00:00`.
    pub last_modified: String,
    /// Bytes of the unpacked feed file.
    pub size: u64,
    /// Bytes of the gzip file, if given.
    pub gz_size: Option<u64>,
    /// SHA-256 of the unpacked feed file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl FeedMeta {
    /// Reads the text of a `.meta` file. Keys that are not known are passed over.
    ///
    /// # Errors
    /// If the date, the size or the hash is missing or no such thing.
    pub fn parse(text: &str) -> Result<Self, FeedError> {
        let value = |key: &str| {
            text.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                (found.trim() == key).then_some(value.trim())
            })
        };
        let bad = |key: &str| FeedError::Format {
            feed: "NVD meta",
            reason: format!("{key} is missing or malformed"),
        };
        let sha256 = value("sha256")
            .filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .ok_or_else(|| bad("sha256"))?;
        Ok(Self {
            last_modified: value("lastModifiedDate")
                .filter(|date| date.parse::<jiff::Timestamp>().is_ok())
                .ok_or_else(|| bad("lastModifiedDate"))?
                .to_owned(),
            size: value("size").and_then(|size| size.parse().ok()).ok_or_else(|| bad("size"))?,
            gz_size: value("gzSize").and_then(|size| size.parse().ok()),
            sha256: sha256.to_ascii_lowercase(),
        })
    }
}
