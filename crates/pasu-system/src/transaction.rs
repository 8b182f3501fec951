//! Changing a target so that it can always be brought back.
//!
//! A transaction is begun, applied and committed, or undone. Whatever happens in between, the next
//! [`Transactions::recover`] leaves the target as it was before, or as it was committed. The order that makes it so:
//!
//! 1. The old bytes and the new ones, all attributes, and the caller's header are written and flushed, each file and its
//!    folder. Whatever is lost after that can be put back.
//! 2. The journal's first record (`begun`) holds the checksums of these files and is flushed. Without it nothing was
//!    begun, and the folder may be thrown away.
//! 3. The marker `open` is written and flushed, so that any start of the program sees at once that something has no end,
//!    and a journal that is gone is known to be lost and not never written.
//! 4. For each change `step` is flushed before the path is touched: a path without a record is never ours to restore.
//!    The change itself is flushed before the next record, so only the change of the last record can be half made, and
//!    only its attributes: content comes by a rename.
//! 5. `act` is flushed before an action is done, for the same reason. Doing the inverse of what was not done is harmless.
//! 6. `armed` is flushed before anything relies on the undo by time; `confirmed` takes it back.
//! 7. `committed` decides: before it is on disk a recovery undoes, after it nothing does but a rollback. The marker goes
//!    after it. A recovery takes away one that was left.
//!
//! Undoing goes the same way: `undoing` or `rolling-back`, `restore` before each path, `inverted` after each action,
//! `undone` or `rolled-back` at the end. It is repeated from its beginning when it is interrupted, and leaves alone what
//! is as before. A path that is neither as before nor as the transaction left it is somebody else's work: it is left
//! alone, named as a conflict, and its old bytes stay where they are kept.
//!
//! A torn record at the journal's end is what a power cut leaves and is no record. Anything else that does not fit its
//! checksum is damage or tampering: it is named and nothing is touched.

mod action;
mod begin;
mod change;
mod error;
mod history;
mod image;
mod journal;
mod paths;
mod recover;
mod run;
mod standing;
mod store;
#[cfg(test)]
mod tests;
mod undo;

pub use action::{Action, Actor, NoActions};
pub use change::{Change, Kept, Seen};
pub use error::Error;
pub use history::{Account, History, Summary};
pub use image::{Image, MAX_CONTENT};
pub use journal::{Record, Why, read_journal};
pub use recover::Recovered;
pub use run::Transaction;
pub use standing::Standing;
pub use undo::{Conflict, Undone};

use crate::{Disk, EntryKind, Lock, System};
use std::io;
use std::path::{Path, PathBuf};

/// Where transactions are kept, inside the target.
pub const FOLDER: &str = "/var/lib/pasu/fix";
/// The most changes that one transaction makes.
pub const MAX_CHANGES: usize = 10_000;

const MARKER: &str = "open";

/// The transactions of a target, and the lock that lets one process at a time change it.
pub struct Transactions<'d> {
    disk: &'d dyn Disk,
    folder: PathBuf,
    _lock: Box<dyn Lock>,
}

impl<'d> Transactions<'d> {
    /// Opens the transactions of a target in [`FOLDER`], which is made where it is missing, and takes the lock.
    ///
    /// # Errors
    /// Another process has the lock; others than its owner can write to the folder, or it cannot be made.
    pub fn open(disk: &'d dyn Disk) -> Result<Self, Error> {
        let folder = PathBuf::from(FOLDER);
        let above: Vec<&Path> = folder.ancestors().skip(1).collect();
        for (depth, path) in above.iter().enumerate().rev() {
            store::make_folder(disk, path, if depth == 0 { 0o700 } else { 0o755 })?;
        }
        store::make_folder(disk, &folder, 0o700)?;
        match disk.symlink_metadata(&folder) {
            Ok(found) if found.kind == EntryKind::Directory && found.mode & 0o022 == 0 => {}
            Ok(_) => return Err(Error::Folder(folder)),
            Err(source) => return Err(Error::Look { path: folder, source }),
        }
        let path = folder.join("lock");
        let lock = disk.lock(&path).map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => Error::Busy(path.clone()),
            _ => store::store_error(&path, source),
        })?;
        Ok(Self { disk, folder, _lock: lock })
    }
}

/// The transaction that has no end yet, if there is one; asked with one look, and by anybody who may read it.
#[must_use]
pub fn unfinished(system: &dyn System) -> Option<String> {
    unfinished_in(system, Path::new(FOLDER))
}

fn unfinished_in(system: &dyn System, folder: &Path) -> Option<String> {
    match system.read(&folder.join(MARKER), 4096) {
        Ok(name) => Some(String::from_utf8_lossy(&name).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        // Who may not look into the folder may not know either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
        Err(error) => Some(error.to_string()),
    }
}
