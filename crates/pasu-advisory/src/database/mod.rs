//! The advisory database: one read-only file, or the same bytes inside the program.
//!
//! Layout (all integers little-endian):
//! ```text
//! magic "PASUADB1"
//! for each table: dictionary, blocks, index        see `table`
//! footer: postcard of `Footer`
//! u32 length of the footer, u32 CRC-32 of the footer, magic again
//! ```
//! A table is sorted by key and cut into zstd blocks that share a dictionary. Opening reads the footer alone; a
//! table's index is read when it is first asked. Every block carries a CRC-32, so a damaged file is an error and never
//! a wrong answer. Files are read with `pread`, not mapped: a file cut short under our feet is an error, not SIGBUS.

mod reader;
mod storage;
mod table;
mod writer;

pub use reader::Database;
pub use writer::{DatabaseWriter, Tuning};

use pasu_model::SourceInfo;
use serde::{Deserialize, Serialize};
use std::io;

/// The format this program writes and reads. Raised whenever [`crate::record`] or the layout changes.
pub const FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"PASUADB1";
/// Length of what follows the footer.
const TRAILER: u64 = 16;
/// The largest footer that is believed, in bytes.
const MAX_FOOTER: u32 = 1 << 20;

/// What a database says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// When it was built, RFC 3339.
    pub built: String,
    /// Date of the newest record of any source, `YYYY-MM-DD`.
    pub newest: String,
    /// Its sources.
    pub sources: Vec<SourceInfo>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Footer {
    format: u32,
    meta: Meta,
    tables: Vec<TableInfo>,
}

/// Where a table lies in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct TableInfo {
    name: TableName,
    dictionary: Section,
    blocks: Section,
    index: Section,
    entries: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Section {
    offset: u64,
    length: u64,
    crc: u32,
}

/// The tables of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TableName {
    /// `bucket \0 package` -> rows.
    Advisories,
    /// Vulnerability name -> detail.
    Details,
    /// `vendor:product` -> CVE names.
    Products,
    /// CVE name -> NVD configurations.
    Configurations,
}

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Reading failed.
    #[error("cannot read the advisory database")]
    Io(#[from] io::Error),
    /// Not a database, or only the beginning of one.
    #[error("not an advisory database, or cut short: {0}")]
    NotADatabase(&'static str),
    /// Made by a newer program.
    #[error("the advisory database has format {found}, this program reads format {FORMAT}")]
    Format {
        /// What the file says.
        found: u32,
    },
    /// The file is damaged.
    #[error("the advisory database is damaged: {0}")]
    Damaged(String),
}

/// The key of a package's rows.
#[must_use]
pub fn advisory_key(bucket: &str, package: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(bucket.len() + package.len() + 1);
    key.extend_from_slice(bucket.as_bytes());
    key.push(0);
    key.extend_from_slice(package.as_bytes());
    key
}
