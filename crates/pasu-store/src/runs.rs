//! Runs: put in, listed, handed back, taken out.

use crate::lives;
use crate::pack::{pack, pack_json, sum, unpack, unpack_json};
use crate::row::{COLUMNS, RunCounts, RunId, RunRow, malformed, word};
use crate::selector::Selector;
use crate::{Store, StoreError};
use pasu_model::{Changes, Inspection};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

impl Store {
    /// Keeps an inspection with its document, and follows its findings: all of it or nothing.
    ///
    /// An inspection that began before one already kept and ended after it overlaps that one: it changes no lives.
    ///
    /// # Errors
    /// When it cannot be written; the store is as it was then.
    pub fn add(
        &self,
        inspection: &Inspection,
        document: &[u8],
    ) -> Result<(RunId, Changes), StoreError> {
        let packed = pack(document).map_err(StoreError::Unfit)?;
        let mut connection = self.connection();
        let added = (|| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changes = follow(&transaction, inspection)?;
            let id = insert(&transaction, inspection, &changes)?;
            transaction.execute(
                "INSERT INTO document (run, sum, size, packed) VALUES (?1, ?2, ?3, ?4)",
                params![id.0, sum(document), document.len(), packed],
            )?;
            let packed = pack_json(&changes).map_err(malformed)?;
            transaction.execute(
                "INSERT INTO change (run, packed) VALUES (?1, ?2)",
                params![id.0, packed],
            )?;
            transaction.commit()?;
            Ok((id, changes))
        })();
        added.map_err(self.error())
    }

    /// All runs, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        rows(&self.connection()).map_err(self.error())
    }

    /// The run that is meant by a number, `last`, `last-2` or the beginning of a date.
    ///
    /// # Errors
    /// When none or several are meant, with what there is.
    pub fn find(&self, selector: &str) -> Result<RunRow, StoreError> {
        Selector::parse(selector).choose(selector, self.runs()?)
    }

    /// A run's document, as it was put in.
    ///
    /// # Errors
    /// When there is none, or it is not what was put in.
    pub fn document(&self, id: RunId) -> Result<Vec<u8>, StoreError> {
        let connection = self.connection();
        let document = document(&connection, id).map_err(self.error())?;
        document.ok_or_else(|| no_such(id))?.map_err(|why| StoreError::Damaged {
            path: self.path.clone(),
            why: format!("run {}: {why}", id.0),
        })
    }

    /// What a run changed when it was put in.
    ///
    /// # Errors
    /// When there is no such run, or it cannot be read.
    pub fn changes(&self, id: RunId) -> Result<Changes, StoreError> {
        let connection = self.connection();
        let packed: Option<Vec<u8>> = connection
            .query_row("SELECT packed FROM change WHERE run = ?1", [id.0], |row| row.get(0))
            .optional()
            .map_err(self.error())?;
        unpack_json(&packed.ok_or_else(|| no_such(id))?).map_err(|why| StoreError::Damaged {
            path: self.path.clone(),
            why: format!("changes of run {}: {why}", id.0),
        })
    }

    /// Takes a run out. What its findings live through stays.
    ///
    /// # Errors
    /// When there is none, or it cannot be written.
    pub fn delete(&self, id: RunId) -> Result<(), StoreError> {
        let connection = self.connection();
        let count = connection.execute("DELETE FROM run WHERE id = ?1", [id.0]);
        if count.map_err(self.error())? == 0 {
            return Err(no_such(id));
        }
        vacuum(&connection).map_err(self.error())
    }
}

fn no_such(id: RunId) -> StoreError {
    StoreError::NoSuchRun { selector: id.0.to_string(), there: "it is not kept".to_owned() }
}

pub(crate) fn rows(connection: &Connection) -> Result<Vec<RunRow>, rusqlite::Error> {
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS} FROM run ORDER BY id DESC"))?;
    statement.query_map([], RunRow::read)?.collect()
}

/// A document, or why it is not what was put in; none where there is none.
pub(crate) fn document(
    connection: &Connection,
    id: RunId,
) -> Result<Option<Result<Vec<u8>, String>>, rusqlite::Error> {
    let sql = "SELECT sum, size, packed FROM document WHERE run = ?1";
    let row = connection.query_row(sql, [id.0], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, usize>(1)?, row.get::<_, Vec<u8>>(2)?))
    });
    Ok(row.optional()?.map(|(expected, size, packed)| {
        let bytes = unpack(&packed, Some(size))?;
        if sum(&bytes) == expected {
            Ok(bytes)
        } else {
            Err("its document does not have the hash it had".to_owned())
        }
    }))
}

/// Follows the findings of an inspection from the lives before it.
fn follow(
    transaction: &Transaction<'_>,
    inspection: &Inspection,
) -> Result<Changes, rusqlite::Error> {
    let kind = word(&inspection.target.kind);
    let before = transaction
        .query_row(
            "SELECT started, finished, score, guideline FROM run WHERE kind = ?1 AND target = ?2 ORDER BY id DESC LIMIT 1",
            params![kind, inspection.target.name],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, Option<f64>>(2)?,
                    row.get::<_, Option<String>>(3)?,
                ))
            },
        )
        .optional()?;
    let overlaps = before.as_ref().is_some_and(|(started, finished, ..)| {
        *started > inspection.started && *finished <= inspection.finished
    });
    let mut changes = Changes::default();
    if !overlaps {
        let known = lives::of_target(transaction, &kind, &inspection.target.name)?;
        let (found, after) = Changes::of(&known, inspection);
        lives::write(transaction, &kind, &inspection.target.name, &known, &after)?;
        changes = found;
    }
    if let Some((started, _, score, guideline)) = before {
        changes.since = started;
        let now = inspection.audit.as_ref().map(|audit| &audit.guideline.id);
        changes.score_before = score.filter(|_| guideline.as_ref() == now);
    }
    Ok(changes)
}

fn insert(
    transaction: &Transaction<'_>,
    inspection: &Inspection,
    changes: &Changes,
) -> Result<RunId, rusqlite::Error> {
    let counts = RunCounts::of(inspection, changes);
    transaction.execute(
        "INSERT INTO run (started, finished, kind, target, tool, guideline, score, complete, counts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            inspection.started,
            inspection.finished,
            word(&inspection.target.kind),
            inspection.target.name,
            inspection.tool.version,
            inspection.audit.as_ref().map(|audit| audit.guideline.id.as_str()),
            inspection.score().and_then(|score| score.percent()),
            inspection.is_complete(),
            serde_json::to_string(&counts).map_err(malformed)?,
        ],
    )?;
    Ok(RunId(transaction.last_insert_rowid()))
}

/// Gives free pages back to the file system, one a step.
pub(crate) fn vacuum(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare_cached("PRAGMA incremental_vacuum")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}
