//! The tables, and how a file of an earlier layout becomes one of this. Layouts only go forward.

use crate::{StoreError, file};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// `paru`: whose file it is (`PRAGMA application_id`). The store of images has another.
const APPLICATION: i32 = 0x7061_7275;
/// How long another process is waited for that is writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// One step from a layout to the next; the n-th makes layout n + 1.
type Migration = fn(&Transaction<'_>) -> Result<(), rusqlite::Error>;

/// Every step so far. A step that was released is never changed.
const MIGRATIONS: [Migration; 1] = [layout_1];

fn layout_1(transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    transaction.execute_batch(
        "CREATE TABLE run (
           id INTEGER PRIMARY KEY AUTOINCREMENT,
           started TEXT NOT NULL,
           finished TEXT NOT NULL,
           kind TEXT NOT NULL,
           target TEXT NOT NULL,
           tool TEXT NOT NULL,
           guideline TEXT,
           score REAL,
           complete INTEGER NOT NULL,
           counts TEXT NOT NULL
         ) STRICT;
         CREATE INDEX run_by_target ON run (kind, target, id);
         CREATE TABLE document (
           run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
           sum BLOB NOT NULL,
           size INTEGER NOT NULL,
           packed BLOB NOT NULL
         ) STRICT;
         CREATE TABLE change (
           run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
           packed BLOB NOT NULL
         ) STRICT;
         CREATE TABLE life (
           kind TEXT NOT NULL,
           owner TEXT NOT NULL,
           part TEXT NOT NULL,
           fingerprint TEXT NOT NULL,
           state TEXT NOT NULL,
           target TEXT NOT NULL,
           first_seen TEXT NOT NULL,
           last_seen TEXT NOT NULL,
           tracked TEXT NOT NULL,
           PRIMARY KEY (kind, owner, part, fingerprint)
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE patch (
           id INTEGER PRIMARY KEY AUTOINCREMENT,
           started TEXT NOT NULL,
           packed BLOB NOT NULL
         ) STRICT;",
    )
}

/// Opens a file and brings it to the newest layout.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    file::make_file(path)?;
    let mut connection = open(path).map_err(|source| StoreError::of(path, source))?;
    migrate(path, &mut connection)?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    let error = |source| StoreError::of(path, source);
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    match found(path, connection)? {
        Some(layout) if layout == known => return Ok(()),
        Some(_) => {}
        // Both only take hold before the first table.
        None => {
            connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;").map_err(error)?;
            connection.pragma_update(None, "journal_mode", "wal").map_err(error)?;
        }
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(error)?;
    // Another process may have been first.
    let layout = found(path, &transaction)?.unwrap_or(0);
    let done = usize::try_from(layout).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(done) {
        migration(&transaction).map_err(error)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(error)?;
    transaction.pragma_update(None, "user_version", known).map_err(error)?;
    transaction.commit().map_err(error)
}

/// The layout of a file; none where it is empty.
fn found(path: &Path, connection: &Connection) -> Result<Option<i64>, StoreError> {
    let number = |pragma: &str| -> Result<i64, StoreError> {
        connection
            .query_row(pragma, [], |row| row.get(0))
            .map_err(|source| StoreError::of(path, source))
    };
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let layout = number("PRAGMA user_version")?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    match number("PRAGMA application_id")? {
        0 if tables == 0 && layout == 0 => Ok(None),
        id if id != i64::from(APPLICATION) => {
            let why = "it is a database of another program".to_owned();
            Err(StoreError::Damaged { path: path.to_path_buf(), why })
        }
        _ if layout > known => {
            Err(StoreError::Newer { path: path.to_path_buf(), found: layout, known })
        }
        _ => Ok(Some(layout)),
    }
}
