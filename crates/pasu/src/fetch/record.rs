//! What is remembered of a downloaded file, in a small JSON file beside it:
//!
//! ```json
//! {"url":"https://mirror.example/kev/known_exploited_vulnerabilities.json","etag":"\"5f3-6a\"","size":1523,"checked":"2026-11-22T04:00:00Z"}
//! ```

use crate::durable;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use ureq::http::HeaderMap;

/// The largest record that is believed, in bytes.
const MAX_RECORD: u64 = 64 << 10;

/// A downloaded file, or the part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Where it came from, without name and password.
    pub url: String,
    /// The server's `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The server's `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// Bytes of the whole file.
    pub size: u64,
    /// When the server last said that this is its newest.
    pub checked: Timestamp,
    /// The server had no such file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// What the publisher calls this state of the file, where it says so apart from the file (NVD's `.meta`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Record {
    /// What a response's headers say.
    pub fn of_response(url: String, headers: &HeaderMap, size: u64) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(ToOwned::to_owned);
        Self {
            url,
            etag: text("etag"),
            last_modified: text("last-modified"),
            size,
            checked: Timestamp::now(),
            absent: false,
            version: None,
        }
    }

    /// The record beside a file, if it is one of this URL. An unreadable one is as good as none.
    pub fn beside(path: &Path, url: &str) -> Option<Self> {
        let mut text = Vec::new();
        let file = fs::File::open(durable::beside(path, ".state")).ok()?;
        file.take(MAX_RECORD).read_to_end(&mut text).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        (record.url == url).then_some(record)
    }

    /// The record of a file that is there whole.
    pub fn of_kept(path: &Path, url: &str) -> Option<Self> {
        let record = Self::beside(path, url)?;
        let metadata = fs::metadata(path).ok()?;
        (metadata.is_file() && metadata.len() == record.size).then_some(record)
    }

    /// That a server has no such file, so that nobody misses it while the server is away.
    pub fn of_absent(url: String) -> Self {
        Self { url, absent: true, checked: Timestamp::now(), ..Self::default() }
    }

    /// Writes it beside a file.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        durable::write(&durable::beside(path, ".state"), &text, 0o644)
    }

    /// Days since the server last said that this is its newest.
    pub fn age_days(&self) -> i64 {
        Timestamp::now().duration_since(self.checked).as_hours().max(0) / 24
    }

    /// What proves to a server that a part is of its present file; a weak tag does not.
    pub fn strong_validator(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        strong.or(self.last_modified.as_deref())
    }
}

/// Removes the record beside a file.
pub fn forget(path: &Path) {
    // A record that stays behind names a size and an ETag, so it can do no harm.
    let _ = fs::remove_file(durable::beside(path, ".state"));
}
