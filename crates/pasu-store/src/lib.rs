//! Inspections of one machine, and what their findings live through, kept in one SQLite file.
//!
//! A run is kept as the document that its caller wrote, and is handed back byte by byte: how it is read is not known
//! here. What is known besides is what lists need (a row a run), the lives of the findings, and what each run changed in
//! them. Several processes may use the file at once.

mod check;
mod error;
mod file;
mod keep;
mod lives;
mod pack;
mod patches;
mod recover;
mod row;
mod runs;
mod schema;
mod selector;

pub use check::Check;
pub use error::StoreError;
pub use file::FILE;
pub use keep::Keep;
pub use lives::LifeFilter;
pub use recover::{Recovered, recover};
pub use row::{RunCounts, RunId, RunRow};

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An open store.
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the store in a folder; both are made if they are not there.
    ///
    /// # Errors
    /// When the folder cannot be written or is somebody else's, and when the file is damaged, another program's or of a
    /// newer version: it stays as it is then.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        file::make_folder(folder)?;
        let path = folder.join(FILE);
        let connection = schema::connect(&path)?;
        Ok(Self { path, connection: Mutex::new(connection) })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bounds how large the file may grow, in bytes; what does not fit is [`StoreError::Full`].
    ///
    /// # Errors
    /// When the file cannot be asked.
    pub fn limit(&self, bytes: u64) -> Result<(), StoreError> {
        let connection = self.connection();
        let page: i64 =
            connection.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(self.error())?;
        let pages = bytes / page.unsigned_abs().max(512);
        let sql = format!("PRAGMA max_page_count = {}", pages.max(1));
        connection.query_row(&sql, [], |_| Ok(())).map_err(self.error())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        |source| StoreError::of(&self.path, source)
    }
}
