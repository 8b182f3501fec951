//! The file: SQLite with a write-ahead log, which several processes may use at once.
//!
//! Nothing is locked while an image is looked at: reads are single statements, and all of a run's writes are one
//! transaction at its end.

use super::entry::Key;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The name of the file; the number is that of its layout.
pub const FILE: &str = "images-1.db";
/// How large the store may grow, in bytes.
pub const DEFAULT_LIMIT: u64 = 1 << 30;
/// `pasu`: whose file it is (`PRAGMA application_id`).
const APPLICATION: i32 = 0x7061_7375;
/// How long another process is waited for that is writing.
const PATIENCE: Duration = Duration::from_secs(5);
/// A use is noted again after this time, in seconds: not every run has to write.
const USE_GRAIN: i64 = 3600;
/// How full the store is after it was too full, in hundredths.
const EVICT_TO: u64 = 90;

/// Why the store is not used, or not any more.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file or folder could not be made or read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could have written what lies there.
    #[error("{0}: belongs to another user, or others may write there")]
    Foreign(PathBuf),
    /// SQLite gave up.
    #[error("{path}: {source}")]
    Store {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
}

/// An open store.
pub struct Cache {
    path: PathBuf,
    limit: u64,
    connection: Mutex<Option<Connection>>,
    /// Entries that were used and whose use has to be noted.
    used: Mutex<BTreeSet<Key>>,
    problems: Mutex<Vec<String>>,
}

/// What is in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Status {
    /// The file.
    pub path: PathBuf,
    /// Bytes on disk, with the write-ahead log.
    pub bytes: u64,
    /// How large it may grow, in bytes.
    pub limit: u64,
    /// Entries.
    pub entries: u64,
    /// Layers and images that they are about.
    pub subjects: u64,
    /// When the entry that was not used for longest was used, seconds since 1970.
    pub oldest_use: Option<i64>,
}

impl Cache {
    /// Opens the store in a folder, which is made if it is not there. A damaged file, or one of another program, is set
    /// aside.
    ///
    /// # Errors
    ///
    /// When there can be none: the folder is not writable, or is somebody else's.
    pub fn open(folder: &Path, limit: u64) -> Result<Self, CacheError> {
        make_folder(folder)?;
        let path = folder.join(FILE);
        let mut problems = Vec::new();
        let connection = match connect(&path) {
            Err(CacheError::Store { source, .. }) if is_damage(&source) => {
                // One process at a time, and only if none other did it meanwhile.
                let lock = File::open(folder).map_err(file_error(folder))?;
                lock.lock().map_err(file_error(folder))?;
                match connect(&path) {
                    Err(CacheError::Store { source, .. }) if is_damage(&source) => {
                        problems.push(set_aside(&path, &source)?);
                        connect(&path)?
                    }
                    other => other?,
                }
            }
            other => other?,
        };
        Ok(Self {
            path,
            limit,
            connection: Mutex::new(Some(connection)),
            used: Mutex::default(),
            problems: Mutex::new(problems),
        })
    }

    /// An entry's value as it was put; `None` where there is none that is whole.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let found = self.attempt(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT value, sum, used FROM entry WHERE digest = ?1 AND analyzer = ?2 AND version = ?3",
            )?;
            statement
                .query_row(params![key.digest, key.analyzer, key.version], |row| {
                    Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?))
                })
                .optional()
        });
        let (value, sum, used) = found??;
        if key.checksum(&value) != *sum {
            self.problem(format!("{}: an entry is damaged and is not used", self.path.display()));
            self.attempt(|connection| remove(connection, key));
            return None;
        }
        if (now() - used).abs() >= USE_GRAIN {
            guard(&self.used).insert(key.clone());
        }
        Some(value)
    }

    /// Puts entries, and notes which were used; what was not used for longest makes room.
    pub fn put(&self, entries: &[(Key, Vec<u8>)]) {
        let used = std::mem::take(&mut *guard(&self.used));
        if entries.is_empty() && used.is_empty() {
            return;
        }
        let limit = self.limit;
        self.attempt(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut put = transaction.prepare_cached(
                    "INSERT OR REPLACE INTO entry (digest, analyzer, version, used, sum, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?;
                for (key, value) in entries.iter().filter(|(_, value)| value.len() as u64 <= limit / 4) {
                    let sum = key.checksum(value);
                    put.execute(params![key.digest, key.analyzer, key.version, now(), sum.as_slice(), value])?;
                }
                let mut note = transaction.prepare_cached(
                    "UPDATE entry SET used = ?4 WHERE digest = ?1 AND analyzer = ?2 AND version = ?3",
                )?;
                for key in &used {
                    note.execute(params![key.digest, key.analyzer, key.version, now()])?;
                }
            }
            evict(&transaction, limit)?;
            transaction.commit()?;
            vacuum(connection)
        });
    }

    /// What is in it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn status(&self) -> Result<Status, CacheError> {
        let mut guard = guard(&self.connection);
        let Some(connection) = guard.as_mut() else { return Ok(Status::default()) };
        let row = connection
            .query_row("SELECT count(*), count(DISTINCT digest), min(used) FROM entry", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?))
            })
            .map_err(|source| CacheError::Store { path: self.path.clone(), source })?;
        let (entries, subjects, oldest_use) = row;
        let size = |path: PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
        Ok(Status {
            path: self.path.clone(),
            bytes: size(self.path.clone()) + size(beside(&self.path, "-wal")),
            limit: self.limit,
            entries: entries.unsigned_abs(),
            subjects: subjects.unsigned_abs(),
            oldest_use,
        })
    }

    /// Takes out what was not used for some time, or everything; how many entries that were.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn clear(&self, unused_for: Option<Duration>) -> Result<u64, CacheError> {
        let before = unused_for.map_or(i64::MAX, |time| {
            now().saturating_sub(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
        });
        let mut guard = guard(&self.connection);
        let Some(connection) = guard.as_mut() else { return Ok(0) };
        let clear = |connection: &Connection| {
            let count = connection.execute("DELETE FROM entry WHERE used < ?1", [before])?;
            vacuum(connection)?;
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?;
            Ok(count as u64)
        };
        clear(connection).map_err(|source| CacheError::Store { path: self.path.clone(), source })
    }

    /// What went wrong and was not said yet: each thing once.
    #[must_use]
    pub fn take_problems(&self) -> Vec<String> {
        std::mem::take(&mut *guard(&self.problems))
    }

    fn problem(&self, text: String) {
        let mut problems = guard(&self.problems);
        if !problems.contains(&text) {
            problems.push(text);
        }
    }

    /// Does something with the store. After the first error it is not asked any more.
    fn attempt<T>(
        &self,
        action: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error>,
    ) -> Option<T> {
        let mut guard = guard(&self.connection);
        match action(guard.as_mut()?) {
            Ok(value) => Some(value),
            Err(error) => {
                *guard = None;
                let damaged = is_damage(&error);
                let aside = damaged.then(|| set_aside(&self.path, &error).ok()).flatten();
                self.problem(aside.unwrap_or_else(|| format!("{}: {error}", self.path.display())));
                None
            }
        }
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> CacheError + '_ {
    move |source| CacheError::File { path: path.to_path_buf(), source }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A folder that only its owner may look into: what is installed in images is nobody else's business.
fn make_folder(folder: &Path) -> Result<(), CacheError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(file_error(folder))?;
    ours(folder)
}

/// Whoever can write here says what is found in images: that must be nobody but us.
fn ours(path: &Path) -> Result<(), CacheError> {
    let metadata = fs::metadata(path).map_err(file_error(path))?;
    let me = fs::metadata("/proc/self").map(|metadata| metadata.uid());
    let is_ours = me.is_ok_and(|me| me == metadata.uid());
    if is_ours && metadata.mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(CacheError::Foreign(path.to_path_buf()))
    }
}

fn connect(path: &Path) -> Result<Connection, CacheError> {
    // SQLite gives its other files the mode of this one.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => ours(path)?,
        Err(error) => return Err(file_error(path)(error)),
    }
    prepare(path).map_err(|source| CacheError::Store { path: path.to_path_buf(), source })
}

fn prepare(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection
        .execute_batch("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304;")?;
    let is = |connection: &Connection| {
        connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0))
    };
    if is(&connection)? == APPLICATION {
        return Ok(connection);
    }
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    if is(&transaction)? != APPLICATION {
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB),
                Some("the store of another program".to_owned()),
            ));
        }
        transaction.execute_batch(
            "CREATE TABLE entry (digest TEXT NOT NULL, analyzer TEXT NOT NULL, version INTEGER NOT NULL,
               used INTEGER NOT NULL, sum BLOB NOT NULL, value BLOB NOT NULL,
               PRIMARY KEY (digest, analyzer, version));
             CREATE INDEX by_use ON entry (used);",
        )?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    transaction.commit()?;
    Ok(connection)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        // A file of ours without our table.
        || error.to_string().contains("no such ")
}

/// Gives a damaged store another name, for whoever wants to look at it; what to say about it.
fn set_aside(path: &Path, why: &rusqlite::Error) -> Result<String, CacheError> {
    let aside = beside(path, ".damaged");
    fs::rename(path, &aside).map_err(file_error(path))?;
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(path, suffix));
    }
    Ok(format!("{}: {why}; it was set aside as {}", path.display(), aside.display()))
}

fn remove(connection: &Connection, key: &Key) -> Result<usize, rusqlite::Error> {
    connection.execute(
        "DELETE FROM entry WHERE digest = ?1 AND analyzer = ?2 AND version = ?3",
        params![key.digest, key.analyzer, key.version],
    )
}

/// Gives free pages back to the file system, one a step.
fn vacuum(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare_cached("PRAGMA incremental_vacuum")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Takes out what was not used for longest, while the store is too large.
fn evict(connection: &Connection, limit: u64) -> Result<(), rusqlite::Error> {
    let number = |pragma: &str| {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0))
    };
    let page = number("page_size")?.unsigned_abs();
    let used = || -> Result<u64, rusqlite::Error> {
        Ok((number("page_count")? - number("freelist_count")?).unsigned_abs() * page)
    };
    if used()? <= limit {
        return Ok(());
    }
    let mut delete = connection.prepare_cached(
        "DELETE FROM entry WHERE rowid IN (SELECT rowid FROM entry ORDER BY used, rowid LIMIT 8)",
    )?;
    while used()? > limit / 100 * EVICT_TO {
        if delete.execute([])? == 0 {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
