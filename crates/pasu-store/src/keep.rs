//! How many runs are kept, and for how long.

use crate::row::RunRow;
use crate::runs::{rows, vacuum};
use crate::{RunId, Store, StoreError};
use jiff::Timestamp;
use rusqlite::TransactionBehavior;
use std::collections::BTreeSet;

/// How many runs are kept, and for how long. The newest complete run of each target is never dropped, nor the newest at
/// all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// So many of each target; any number without it.
    pub runs: Option<usize>,
    /// Not older than so many days; of any age without it.
    pub days: Option<u32>,
}

impl Default for Keep {
    fn default() -> Self {
        Self { runs: Some(100), days: Some(730) }
    }
}

impl Store {
    /// Drops what is too old or too many; how many runs that were.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, keep: Keep, now: Timestamp) -> Result<usize, StoreError> {
        let mut connection = self.connection();
        let dropped = (|| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let dropped = surplus(&rows(&transaction)?, keep, now);
            for id in &dropped {
                transaction.execute("DELETE FROM run WHERE id = ?1", [id.0])?;
            }
            transaction.commit()?;
            if !dropped.is_empty() {
                vacuum(&connection)?;
            }
            Ok(dropped.len())
        })();
        dropped.map_err(self.error())
    }
}

/// The runs to drop, of all, the newest first.
fn surplus(runs: &[RunRow], keep: Keep, now: Timestamp) -> Vec<RunId> {
    let oldest = keep.days.and_then(|days| {
        let seconds = i64::from(days) * 86_400;
        Timestamp::from_second(now.as_second() - seconds).ok()
    });
    let oldest = oldest.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut seen = BTreeSet::new();
    let mut complete = BTreeSet::new();
    let mut dropped = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    for run in runs {
        let target = (run.kind as u8, run.target.as_str());
        let count: &mut usize = counts.entry(target).or_default();
        *count += 1;
        let is_first = seen.insert(target);
        let is_first_complete = run.complete && complete.insert(target);
        let is_old = oldest.as_ref().is_some_and(|oldest| run.started < *oldest);
        let is_many = keep.runs.is_some_and(|runs| *count > runs);
        if (is_old || is_many) && !is_first && !is_first_complete {
            dropped.push(run.id);
        }
    }
    dropped
}
