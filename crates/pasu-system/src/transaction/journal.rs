//! The journal of a transaction: what was done, in order, each record on disk before what it speaks of happens.
//!
//! A record is its length (4 bytes, little-endian), its CRC-32 (4 bytes) and JSON with its number:
//! `{"n":3,"record":"step","change":1}`. What a dying machine left of the last record is no record; anything else that
//! does not fit is damage.

use super::{Action, Conflict};
use crate::Disk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::path::PathBuf;

/// The longest record.
const MAX_RECORD: usize = 64 << 10;
/// The longest journal.
pub(super) const MAX_JOURNAL: u64 = 16 << 20;
const HEAD: usize = 8;

/// Why a transaction was undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Why {
    /// The process or the machine died in the middle.
    Interrupted,
    /// Nobody confirmed it in time.
    NotConfirmed,
    /// The machine was started again before it was confirmed.
    Rebooted,
    /// A step failed.
    Failed {
        /// The error.
        error: String,
    },
    /// The caller's reason.
    Asked {
        /// The reason.
        reason: Value,
    },
}

/// One record of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// Everything that an undo needs is on disk; nothing is touched yet.
    Begun {
        /// SHA-256 of the header.
        header: String,
        /// SHA-256 of the list of changes, which holds those of the bytes kept.
        changes: String,
    },
    /// A change is about to be made.
    Step {
        /// Its number.
        change: usize,
    },
    /// The change of the record before was not made, because what was there had changed.
    Left {
        /// Its number.
        change: usize,
    },
    /// Every change is made.
    Applied,
    /// An action is about to be done.
    Act {
        /// The action.
        action: Action,
    },
    /// A note of the caller's.
    Note {
        /// The note.
        note: Value,
    },
    /// It is to be undone unless it is confirmed.
    Armed {
        /// Seconds since 1970.
        until: i64,
        /// The boot in which it must be confirmed.
        boot: String,
    },
    /// It was confirmed.
    Confirmed,
    /// It is to stay.
    Committed {
        /// The caller's account of it.
        outcome: Value,
    },
    /// It is about to be undone.
    Undoing {
        /// Why.
        why: Why,
    },
    /// It was committed, and is about to be undone.
    RollingBack,
    /// A change is about to be taken back.
    Restore {
        /// Its number.
        change: usize,
    },
    /// A path is left alone, because somebody changed it since.
    Conflict {
        /// The path, and where its old bytes are.
        #[serde(flatten)]
        conflict: Conflict,
    },
    /// An action was taken back, or could not be.
    Inverted {
        /// Its number among the actions.
        action: usize,
        /// Why it could not.
        error: Option<String>,
    },
    /// It is undone.
    Undone {
        /// Why.
        why: Why,
    },
    /// It was committed and is undone.
    RolledBack,
}

#[derive(Serialize, Deserialize)]
struct Numbered {
    n: usize,
    #[serde(flatten)]
    record: Record,
}

/// Reads a journal's bytes: its records, and where they end.
///
/// # Errors
/// What is damaged. A torn record at the end is not.
pub fn read_journal(bytes: &[u8]) -> Result<(Vec<Record>, u64), String> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((json, after)) = frame(rest) else {
            let at = bytes.len() - rest.len();
            // A record that was torn has nothing behind it: the next one is only written when it is on disk.
            if rest.len() > HEAD + MAX_RECORD
                || (1..rest.len()).any(|at| frame(&rest[at..]).is_some())
            {
                return Err(format!("journal: damaged at byte {at}"));
            }
            return Ok((records, at as u64));
        };
        let number = records.len();
        match serde_json::from_slice::<Numbered>(json) {
            Ok(Numbered { n, record }) if n == number => records.push(record),
            Ok(_) => return Err(format!("journal: record {number} is missing")),
            Err(error) => return Err(format!("journal: record {number}: {error}")),
        }
        rest = after;
    }
    Ok((records, bytes.len() as u64))
}

/// The JSON of a whole record whose checksum fits, and what is behind it.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > MAX_RECORD || rest.first() != Some(&b'{') {
        return None;
    }
    let (json, rest) = rest.split_at_checked(length)?;
    (crc32fast::hash(json) == u32::from_le_bytes(*checksum)).then_some((json, rest))
}

/// A journal that is being written.
pub(super) struct Journal {
    pub(super) path: PathBuf,
    pub(super) records: Vec<Record>,
    /// Where the last whole record ends.
    pub(super) length: u64,
}

impl Journal {
    /// Writes a record and flushes it. One that failed is cut away by the next.
    pub(super) fn append(&mut self, disk: &dyn Disk, record: Record) -> io::Result<()> {
        let numbered = Numbered { n: self.records.len(), record };
        let json = serde_json::to_vec(&numbered)?;
        let length = u32::try_from(json.len()).ok().filter(|_| json.len() <= MAX_RECORD);
        let length = length.ok_or(io::ErrorKind::FileTooLarge)?;
        if self.length + json.len() as u64 > MAX_JOURNAL - (1 << 20) && !is_needed(&numbered.record)
        {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let frame =
            [&length.to_le_bytes()[..], &crc32fast::hash(&json).to_le_bytes()[..], &json].concat();
        disk.append(&self.path, self.length, &frame)?;
        self.length += frame.len() as u64;
        self.records.push(numbered.record);
        Ok(())
    }
}

/// Whether a record must find room even in a journal that notes have filled.
fn is_needed(record: &Record) -> bool {
    !matches!(record, Record::Note { .. } | Record::Act { .. })
}
