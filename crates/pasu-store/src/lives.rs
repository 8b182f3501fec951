//! What findings live through, by the target of the inspections that follow them.

use crate::row::{malformed, parse_word, word};
use crate::{Store, StoreError};
use pasu_model::{Life, LifeState};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;

/// Which lives are asked for.
#[derive(Debug, Clone, Default)]
pub struct LifeFilter {
    /// In one of these states; in any where none is named.
    pub states: Vec<LifeState>,
    /// On this machine or image, or of this inspection's target.
    pub target: Option<String>,
}

impl Store {
    /// Lives, what matters most first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn lives(&self, filter: &LifeFilter) -> Result<Vec<Life>, StoreError> {
        let connection = self.connection();
        let sql = "SELECT state, first_seen, last_seen, tracked, target, owner FROM life";
        let mut found: Vec<Life> = (|| {
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                let life = read(row)?;
                let owner: String = row.get(5)?;
                Ok((life, owner))
            })?;
            let wanted = |(life, owner): (Life, String)| {
                let is_state = filter.states.is_empty() || filter.states.contains(&life.state);
                let is_target = filter
                    .target
                    .as_ref()
                    .is_none_or(|target| *target == owner || *target == life.tracked.target);
                (is_state && is_target).then_some(life)
            };
            rows.filter_map(|row| row.map(wanted).transpose())
                .collect::<Result<Vec<Life>, rusqlite::Error>>()
        })()
        .map_err(self.error())?;
        found.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(found)
    }
}

fn read(row: &Row<'_>) -> Result<Life, rusqlite::Error> {
    let tracked: String = row.get(3)?;
    Ok(Life {
        tracked: serde_json::from_str(&tracked).map_err(malformed)?,
        state: parse_word(row.get(0)?)?,
        first_seen: row.get(1)?,
        last_seen: row.get(2)?,
    })
}

/// The lives that inspections of a target follow.
pub(crate) fn of_target(
    connection: &Connection,
    kind: &str,
    owner: &str,
) -> Result<Vec<Life>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT state, first_seen, last_seen, tracked FROM life WHERE kind = ?1 AND owner = ?2",
    )?;
    statement.query_map(params![kind, owner], read)?.collect()
}

/// Writes what is not as it was.
pub(crate) fn write(
    connection: &Connection,
    kind: &str,
    owner: &str,
    before: &[Life],
    after: &[Life],
) -> Result<(), rusqlite::Error> {
    let known: BTreeMap<_, _> = before.iter().map(|life| (life.tracked.key(), life)).collect();
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO life
           (kind, owner, part, fingerprint, state, target, first_seen, last_seen, tracked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for life in after {
        if known.get(&life.tracked.key()) == Some(&life) {
            continue;
        }
        statement.execute(params![
            kind,
            owner,
            life.tracked.part.key(),
            life.tracked.fingerprint.as_str(),
            word(&life.state),
            life.tracked.target,
            life.first_seen,
            life.last_seen,
            serde_json::to_string(&life.tracked).map_err(malformed)?,
        ])?;
    }
    Ok(())
}
