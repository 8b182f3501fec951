//! Why a transaction did not happen.

use super::{Action, Undone};
use std::io;
use std::path::PathBuf;

/// Why a transaction did not happen, or not as it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the lock.
    #[error("another pasu fix is at work: {} is locked", .0.display())]
    Busy(PathBuf),
    /// The folder of transactions is not one that only its owner writes to.
    #[error("{}: not a directory that only its owner can write to", .0.display())]
    Folder(PathBuf),
    /// Something of a transaction's own could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something could not be looked at.
    #[error("{}: cannot be read: {source}", path.display())]
    Look {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A name that cannot be a transaction's.
    #[error("{0:?}: not a transaction's name")]
    Id(String),
    /// A name that is taken.
    #[error("transaction {0} is there already")]
    Taken(String),
    /// A name that nothing has.
    #[error("no transaction {0}")]
    Unknown(String),
    /// An earlier transaction has no end.
    #[error("transaction {0} is unfinished: recover or confirm it first")]
    Unfinished(String),
    /// What is there is not what was judged.
    #[error("{}: changed since it was judged", .0.display())]
    Moved(PathBuf),
    /// It is marked so that nobody can change it.
    #[error("{}: marked immutable or append-only", .0.display())]
    Immutable(PathBuf),
    /// It has more than one name, and replacing it would part them.
    #[error("{}: has {links} names (hard links), which a new content would part", path.display())]
    HardLinks {
        /// The path.
        path: PathBuf,
        /// How many.
        links: u64,
    },
    /// More bytes than are kept.
    #[error("{}: more than {} bytes", .0.display(), super::MAX_CONTENT)]
    TooLarge(PathBuf),
    /// More changes than one transaction takes.
    #[error("{0} changes, limit {limit}", limit = super::MAX_CHANGES)]
    TooMany(usize),
    /// One path is to be changed twice.
    #[error("{}: to be changed twice", .0.display())]
    Twice(PathBuf),
    /// Its folder is not there.
    #[error("{}: its folder is not there", .0.display())]
    NoFolder(PathBuf),
    /// Not a path that can be changed.
    #[error("{}: not a path that can be changed", .0.display())]
    Path(PathBuf),
    /// What is wanted cannot come of what is there.
    #[error("{}: {why}", path.display())]
    Impossible {
        /// The path.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A step failed.
    #[error("{}: cannot be changed: {source}", path.display())]
    Step {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An action failed.
    #[error("{action}: {source}")]
    Act {
        /// The action.
        action: Box<Action>,
        /// Why.
        source: io::Error,
    },
    /// A step failed, and everything was undone.
    #[error("{cause}; everything was undone")]
    Undone {
        /// What failed.
        cause: Box<Error>,
        /// What came of undoing.
        undone: Undone,
    },
    /// A step failed, and undoing failed too. It is to be recovered.
    #[error("{cause}; undoing it failed too: {undo}")]
    Half {
        /// What failed.
        cause: Box<Error>,
        /// Why it could not be undone.
        undo: Box<Error>,
    },
    /// Paths could not be put back. It is to be recovered.
    #[error("cannot be put back: {}", list(.0))]
    NotRestored(Vec<(PathBuf, io::Error)>),
    /// What is kept is not what was written: damaged or tampered with. Nothing was touched.
    #[error("transaction {id}: {what}")]
    Damaged {
        /// The transaction.
        id: String,
        /// What does not fit.
        what: String,
    },
    /// Later transactions changed the same paths.
    #[error("transaction {id} cannot be rolled back before {}", .later.join(", "))]
    Later {
        /// The transaction.
        id: String,
        /// Those to be rolled back first.
        later: Vec<String>,
    },
    /// The transaction is not at a point where this can be done.
    #[error("transaction {id}: {what}")]
    Order {
        /// The transaction.
        id: String,
        /// What is missing or too late.
        what: &'static str,
    },
}

fn list(paths: &[(PathBuf, io::Error)]) -> String {
    let paths = paths.iter().map(|(path, error)| format!("{} ({error})", path.display()));
    paths.collect::<Vec<_>>().join(", ")
}
