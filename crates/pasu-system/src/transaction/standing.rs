//! How a transaction stands, told by its journal.

use super::Conflict;
use super::journal::{Record, Why};
use serde::Serialize;

/// How a transaction stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    /// It has no end: it is at work, or was interrupted.
    Open,
    /// Its changes are made and will be undone unless it is confirmed.
    AwaitingConfirmation {
        /// Seconds since 1970.
        until: i64,
        /// The boot in which it must be confirmed.
        boot: String,
    },
    /// It was confirmed, and is about to be committed.
    Confirmed,
    /// It is to stay.
    Committed,
    /// It was undone.
    Undone {
        /// Why.
        why: Why,
    },
    /// It was committed, and its undoing has no end.
    RollingBack,
    /// It was committed and is undone.
    RolledBack,
    /// It was undone or rolled back, but for what somebody had changed since.
    Conflict {
        /// What was left alone.
        conflicts: Vec<Conflict>,
    },
    /// What is kept of it does not fit together.
    Damaged {
        /// What does not fit.
        what: String,
    },
}

impl Standing {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut standing = Self::Open;
        let mut applied = false;
        let mut armed = None;
        for record in records {
            match record {
                Record::Applied => applied = true,
                Record::Armed { until, boot } => armed = Some((*until, boot.clone())),
                Record::Confirmed => standing = Self::Confirmed,
                Record::Committed { .. } => standing = Self::Committed,
                Record::Undoing { .. } => {
                    armed = None;
                    standing = Self::Open;
                }
                Record::RollingBack => standing = Self::RollingBack,
                Record::Undone { why } => standing = Self::Undone { why: why.clone() },
                Record::RolledBack => standing = Self::RolledBack,
                _ => {}
            }
        }
        match (standing, armed) {
            // Half applied, it is undone at once and not when the time is over.
            (Self::Open, Some((until, boot))) if applied => {
                Self::AwaitingConfirmation { until, boot }
            }
            (Self::Undone { .. } | Self::RolledBack, _) if !conflicts(records).is_empty() => {
                Self::Conflict { conflicts: conflicts(records) }
            }
            (standing, _) => standing,
        }
    }

    /// Whether nothing more is to come of it by itself.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Committed | Self::Undone { .. } | Self::RolledBack | Self::Conflict { .. }
        )
    }
}

/// What was left alone, each once.
pub(super) fn conflicts(records: &[Record]) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = Vec::new();
    for record in records {
        if let Record::Conflict { conflict } = record
            && !found.contains(conflict)
        {
            found.push(conflict.clone());
        }
    }
    found
}
