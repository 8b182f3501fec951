//! Why the store cannot do something.

use rusqlite::ErrorCode;
use std::io;
use std::path::{Path, PathBuf};

/// Why the store cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
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
    /// The file is damaged, or no store at all.
    #[error(
        "{path} is damaged or no store of runs ({why}), and is left as it is; hint: `pasu runs recover` writes what can \
         still be read into a new file"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A later version made the file.
    #[error(
        "{path} was written by a newer pasu (layout {found}, this version knows {known}), and is left as it is; hint: use \
         that version, or another --state folder"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// The disk is full, or a limit on the file's size is reached.
    #[error("{0}: no space is left to write it; what was in it is unharmed")]
    Full(PathBuf),
    /// Another process is writing for too long.
    #[error("{0}: another process is writing; hint: try again")]
    Busy(PathBuf),
    /// SQLite gave up for another reason.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// Something does not fit into the file.
    #[error("cannot be kept: {0}")]
    Unfit(String),
    /// No run is meant by these words.
    #[error("no run is called `{selector}`; {there}")]
    NoSuchRun {
        /// What was asked for.
        selector: String,
        /// What there is.
        there: String,
    },
    /// Several runs are meant by these words.
    #[error("`{selector}` are several runs: {runs}; hint: use a number")]
    Ambiguous {
        /// What was asked for.
        selector: String,
        /// Which.
        runs: String,
    },
}

impl StoreError {
    /// What an error of SQLite means for the file.
    pub(crate) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, why: source.to_string() }
            }
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path),
            _ if source.to_string().contains("no such ") => {
                Self::Damaged { path, why: source.to_string() }
            }
            _ => Self::Sqlite { path, source },
        }
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_path_buf(), source }
    }

    /// Whether `recover` may help.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}
