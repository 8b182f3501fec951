//! Readers of the public vulnerability feeds, one module a feed.
//!
//! A reader turns bytes into records and calls back for each; it knows neither where the bytes come from nor what becomes of the records.
//! A record that is malformed is skipped and counted. A feed that ends too early is an error, and what came before it was given.

pub mod alpine;
pub mod debian;
pub mod detail;
pub mod epss;
pub mod kev;
pub mod nvd;
pub mod osv;
#[cfg(test)]
mod tests;

use std::io;

/// What a reader saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedCount {
    /// Records given to the caller.
    pub records: u64,
    /// Records left out because they are malformed.
    pub skipped: u64,
    /// The newest date of change among the records, or the date of the feed; RFC 3339 or `YYYY-MM-DD`.
    pub newest: Option<String>,
    /// What was wrong with the first record left out.
    pub first_problem: Option<String>,
}

impl FeedCount {
    pub(crate) fn skip(&mut self, problem: impl FnOnce() -> String) {
        self.skipped += 1;
        if self.first_problem.is_none() {
            self.first_problem = Some(problem());
        }
    }

    pub(crate) fn take(&mut self, changed: Option<&str>) {
        self.records += 1;
        if changed > self.newest.as_deref() {
            self.newest = changed.map(ToOwned::to_owned);
        }
    }
}

/// Why a feed could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The bytes could not be read or unpacked.
    #[error("cannot read the feed after {records} records, near byte {offset}")]
    Read {
        /// Records seen before.
        records: u64,
        /// Bytes seen before.
        offset: u64,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The bytes end inside the feed.
    #[error("the feed is cut off at byte {offset}, in record {record}")]
    Truncated {
        /// The record it ends in, counted from 1.
        record: u64,
        /// Where it ends.
        offset: u64,
    },
    /// The bytes are not this feed.
    #[error("not a {feed} feed: {reason}")]
    Format {
        /// The feed expected.
        feed: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl FeedError {
    /// The error of a source that failed after some records and bytes. A compressed feed that is cut off fails so too.
    pub(crate) fn from_read(records: u64, offset: u64, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { record: records + 1, offset },
            _ => Self::Read { records, offset, source },
        }
    }
}
