//! Taking over what can still be read of a damaged file into a new one.

use crate::file::{FILE, beside};
use crate::pack::{pack_json, unpack_json};
use crate::row::COLUMNS;
use crate::runs::document;
use crate::schema;
use crate::{RunId, RunRow, Store, StoreError};
use jiff::Timestamp;
use pasu_model::{Changes, ImagePatch, Tracked};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params, params_from_iter};
use serde::Serialize;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What was taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// Where the damaged file is now.
    pub aside: PathBuf,
    /// Runs in the new file.
    pub runs: usize,
    /// Lives in the new file.
    pub lives: usize,
    /// Patched images in the new file.
    pub patches: usize,
    /// What could not be taken over, one line each.
    pub lost: Vec<String>,
}

/// How a file of SQLite begins (<https://www.sqlite.org/fileformat.html>).
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The tables in the order of what they refer to, and their columns.
const TABLES: [(&str, &str); 5] = [
    ("run", "id, started, finished, kind, target, tool, guideline, score, complete, counts"),
    ("document", "run, sum, size, packed"),
    ("change", "run, packed"),
    ("life", "kind, owner, part, fingerprint, state, target, first_seen, last_seen, tracked"),
    ("patch", "id, started, packed"),
];

/// Writes what can still be read of the store in a folder into a new file, and moves the damaged one aside, which is
/// kept. Nothing is moved before the new file is whole.
///
/// # Errors
/// When there is no file, or the new one cannot be written.
pub fn recover(folder: &Path, now: Timestamp) -> Result<Recovered, StoreError> {
    let path = folder.join(FILE);
    fs::metadata(&path).map_err(StoreError::file(&path))?;
    // A file of a later version is whole: it is not for us to take apart.
    if let Err(error @ StoreError::Newer { .. }) = Store::open(folder) {
        return Err(error);
    }
    let new = beside(&path, ".new");
    remove(&new)?;
    let mut recovered = Recovered { aside: aside(&path, now), ..Recovered::default() };
    let target = schema::connect(&new)?;
    // Reading may write: what is damaged is to stay as it is.
    let reading = beside(&path, ".reading");
    duplicate(&path, &reading)?;
    let copied = copy(&reading, &target, &mut recovered.lost);
    remove(&reading)?;
    copied.map_err(|source| StoreError::of(&new, source))?;
    drop(target);
    keep_whole(&new, &mut recovered)?;
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (beside(&path, suffix), beside(&recovered.aside, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(StoreError::file(&from))?;
        }
    }
    fs::rename(&new, &path).map_err(StoreError::file(&new))?;
    Ok(recovered)
}

/// `runs.db.damaged-20261130T030000Z`, or with a number where that is taken.
fn aside(path: &Path, now: Timestamp) -> PathBuf {
    let name = format!(".damaged-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let mut aside = beside(path, &name);
    let mut number = 1;
    while aside.exists() {
        number += 1;
        aside = beside(path, &format!("{name}-{number}"));
    }
    aside
}

fn remove(new: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(beside(new, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::file(new)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Copies the file and its log, and puts the name of the format right, without which nothing is read.
fn duplicate(path: &Path, copy: &Path) -> Result<(), StoreError> {
    remove(copy)?;
    for suffix in ["", "-wal"] {
        let (from, to) = (beside(path, suffix), beside(copy, suffix));
        if from.exists() {
            fs::copy(&from, &to).map_err(StoreError::file(&to))?;
        }
    }
    let file = fs::OpenOptions::new().write(true).open(copy).map_err(StoreError::file(copy))?;
    file.write_all_at(MAGIC, 0).map_err(StoreError::file(copy))
}

/// Copies row by row, from both ends, so that a page that cannot be read costs no more than what is on it and between.
fn copy(path: &Path, target: &Connection, lost: &mut Vec<String>) -> Result<(), rusqlite::Error> {
    let source = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    target.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?;
    for (table, columns) in TABLES {
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY 1 {order}");
            match copy_rows(&source, target, (table, columns), &sql) {
                Ok(()) => break,
                Err(Broken::Source(error)) if order == "DESC" => {
                    lost.push(format!("{table}: {error}"));
                }
                Err(Broken::Source(_)) => {}
                Err(Broken::Target(error)) => return Err(error),
            }
        }
    }
    target.execute_batch("COMMIT")
}

/// Which of the two files gave up.
enum Broken {
    Source(rusqlite::Error),
    Target(rusqlite::Error),
}

fn copy_rows(
    source: &Connection,
    target: &Connection,
    (table, columns): (&str, &str),
    sql: &str,
) -> Result<(), Broken> {
    let width = columns.split(", ").count();
    let marks = vec!["?"; width].join(", ");
    let insert = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})");
    let mut insert = target.prepare(&insert).map_err(Broken::Target)?;
    let mut select = source.prepare(sql).map_err(Broken::Source)?;
    let mut rows = select.query([]).map_err(Broken::Source)?;
    while let Some(row) = rows.next().map_err(Broken::Source)? {
        let values: Result<Vec<Value>, _> = (0..width).map(|column| row.get(column)).collect();
        let values = values.map_err(Broken::Source)?;
        match insert.execute(params_from_iter(values)) {
            // A row whose columns are not what they must be.
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
            Err(error) => return Err(Broken::Target(error)),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Takes out of the new file what is not whole.
fn keep_whole(new: &Path, recovered: &mut Recovered) -> Result<(), StoreError> {
    let connection = schema::connect(new)?;
    let store = Store { path: new.to_path_buf(), connection: std::sync::Mutex::new(connection) };
    store.drop_unreadable(&mut recovered.lost)?;
    recovered.runs = store.runs()?.len();
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        store.connection().query_row(&sql, [], |row| row.get::<_, usize>(0)).map_err(store.error())
    };
    recovered.lives = count("life")?;
    recovered.patches = count("patch")?;
    let connection = store.connection();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(store.error())
}

impl Store {
    fn drop_unreadable(&self, lost: &mut Vec<String>) -> Result<(), StoreError> {
        let connection = self.connection();
        let dropped = (|| {
            let mut statement = connection.prepare("SELECT id FROM run ORDER BY id")?;
            let ids = statement.query_map([], |row| row.get(0).map(RunId))?;
            for id in ids.collect::<Result<Vec<RunId>, rusqlite::Error>>()? {
                if let Err(why) = readable(&connection, id) {
                    lost.push(format!("run {}: {why}", id.0));
                    connection.execute("DELETE FROM run WHERE id = ?1", [id.0])?;
                }
            }
            for table in ["document", "change"] {
                let sql = format!("DELETE FROM {table} WHERE run NOT IN (SELECT id FROM run)");
                connection.execute(&sql, [])?;
            }
            for (table, column, is_whole) in [
                ("life", "tracked", is_life as fn(&Value) -> bool),
                ("patch", "packed", is_patch as fn(&Value) -> bool),
            ] {
                drop_rows(&connection, (table, column), is_whole, lost)?;
            }
            Ok(())
        })();
        dropped.map_err(self.error())
    }
}

/// Whether a run can be listed and handed back. Without its changes it can, and has none then.
fn readable(connection: &Connection, id: RunId) -> Result<(), String> {
    let sql = format!("SELECT {COLUMNS} FROM run WHERE id = ?1");
    let row = connection.query_row(&sql, [id.0], RunRow::read);
    row.map_err(|error| error.to_string())?;
    let found = document(connection, id).map_err(|error| error.to_string())?;
    found.ok_or("it has no document")??;
    let packed = connection
        .query_row("SELECT packed FROM change WHERE run = ?1", [id.0], |row| row.get(0))
        .unwrap_or_else(|_| Vec::new());
    if unpack_json::<Changes>(&packed).is_err() {
        let packed = pack_json(&Changes::default())?;
        let sql = "INSERT OR REPLACE INTO change (run, packed) VALUES (?1, ?2)";
        connection.execute(sql, params![id.0, packed]).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn is_life(value: &Value) -> bool {
    matches!(value, Value::Text(text) if serde_json::from_str::<Tracked>(text).is_ok())
}

fn is_patch(value: &Value) -> bool {
    matches!(value, Value::Blob(packed) if unpack_json::<ImagePatch>(packed).is_ok())
}

/// Drops the rows of which a column is not what it must be.
fn drop_rows(
    connection: &Connection,
    (table, column): (&str, &str),
    is_whole: fn(&Value) -> bool,
    lost: &mut Vec<String>,
) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare(&format!("SELECT DISTINCT {column} FROM {table}"))?;
    let values = statement.query_map([], |row| row.get::<_, Value>(0))?;
    let values: Vec<Value> = values.collect::<Result<_, _>>()?;
    let mut count = 0;
    for value in values.iter().filter(|value| !is_whole(value)) {
        let sql = format!("DELETE FROM {table} WHERE {column} IS ?1");
        count += connection.execute(&sql, [value])?;
    }
    if count > 0 {
        lost.push(format!("{table}: {count} unreadable"));
    }
    Ok(())
}
