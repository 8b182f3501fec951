//! What lists know of a run.

use pasu_model::{Changes, Inspection, LifeState, Severity, TargetKind, Verdict};
use rusqlite::Row;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of a run; numbers are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// What lists know of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// Its number.
    pub id: RunId,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339.
    pub finished: String,
    /// What kind of target.
    pub kind: TargetKind,
    /// The target's name.
    pub target: String,
    /// The version of the program.
    pub tool: String,
    /// The guideline of its audit.
    pub guideline: Option<String>,
    /// The score, in per cent.
    pub score: Option<f64>,
    /// Whether everything that was asked for was seen.
    pub complete: bool,
    /// What it counted.
    pub counts: RunCounts,
}

/// What a run counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunCounts {
    /// Findings that nobody accepted, by severity, of all parts together.
    pub severities: BTreeMap<Severity, usize>,
    /// Results of the guideline's part by verdict.
    pub verdicts: BTreeMap<Verdict, u32>,
    /// Lives by state, as of [`Changes::count`].
    pub states: BTreeMap<LifeState, usize>,
    /// Findings of before that were not looked for.
    pub not_looked_for: usize,
}

impl RunCounts {
    pub(crate) fn of(inspection: &Inspection, changes: &Changes) -> Self {
        let mut severities = BTreeMap::new();
        for tracked in inspection.tracked().iter().filter(|tracked| tracked.accepted.is_none()) {
            *severities.entry(tracked.severity).or_default() += 1;
        }
        Self {
            severities,
            verdicts: inspection.score().map(|score| score.counts).unwrap_or_default(),
            states: LifeState::ALL.map(|state| (state, changes.count(state))).into(),
            not_looked_for: changes.not_looked_for,
        }
    }

    /// How many findings are in a state after the run.
    #[must_use]
    pub fn state(&self, state: LifeState) -> usize {
        self.states.get(&state).copied().unwrap_or(0)
    }
}

/// The columns of [`RunRow::read`].
pub(crate) const COLUMNS: &str =
    "id, started, finished, kind, target, tool, guideline, score, complete, counts";

impl RunRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let counts: String = row.get(9)?;
        Ok(Self {
            id: RunId(row.get(0)?),
            started: row.get(1)?,
            finished: row.get(2)?,
            kind: parse_word(row.get(3)?)?,
            target: row.get(4)?,
            tool: row.get(5)?,
            guideline: row.get(6)?,
            score: row.get(7)?,
            complete: row.get(8)?,
            counts: serde_json::from_str(&counts).map_err(malformed)?,
        })
    }
}

/// The serialised name of a value whose serialised form is one word.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The value of a serialised name.
pub(crate) fn parse_word<T: DeserializeOwned>(word: String) -> Result<T, rusqlite::Error> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(malformed)
}

/// What a row holds is not what was put there.
pub(crate) fn malformed(error: impl std::fmt::Display) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(error.to_string()))
}
