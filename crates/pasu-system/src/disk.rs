//! The door by which a target is changed. Only a transaction goes through it: scans know [`System`] alone.

use crate::{EntryKind, System};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything about one path that a change can touch and an undo must bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing is there.
    Absent,
    /// A regular file.
    File {
        /// Its bytes.
        content: Arc<[u8]>,
        /// Its attributes.
        attributes: Attributes,
        /// How many names it has: more than one means that replacing it would part them.
        links: u64,
    },
    /// A directory, without what is in it.
    Directory(Attributes),
    /// A symbolic link.
    Symlink {
        /// Where it points, as written.
        target: PathBuf,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// When it was made: seconds since 1970 and nanoseconds.
        modified: (i64, u32),
    },
    /// FIFO, socket or device: its attributes may be changed, it is never replaced.
    Other(Attributes),
}

/// The attributes of a file or directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Permission bits, with set-user-ID, set-group-ID and sticky (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Extended attributes by name: access lists, file capabilities, the SELinux label, the user's own.
    pub extended: BTreeMap<String, Vec<u8>>,
    /// Last change of the content: seconds since 1970 and nanoseconds.
    pub modified: (i64, u32),
}

/// What is at a path, without the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What it is.
    pub kind: EntryKind,
    /// Its attributes; those of a symbolic link are its owner and group alone.
    pub attributes: Attributes,
    /// How many names it has.
    pub links: u64,
}

impl State {
    /// The attributes, of what has some.
    #[must_use]
    pub fn attributes(&self) -> Option<&Attributes> {
        match self {
            Self::File { attributes, .. }
            | Self::Directory(attributes)
            | Self::Other(attributes) => Some(attributes),
            Self::Absent | Self::Symlink { .. } => None,
        }
    }
}

/// How a path is to be left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// With nothing there. A directory must be empty.
    Absent,
    /// A regular file with these bytes; a new one gets all attributes from here, an old one keeps what is `None`.
    File {
        /// New bytes; `None` where only attributes change, which is done in place.
        content: Option<Arc<[u8]>>,
        /// What changes of the attributes.
        attributes: Wish,
    },
    /// A directory, made where there is none, with these attributes.
    Directory(Wish),
    /// A symbolic link to a target.
    Symlink(PathBuf),
    /// Attributes of whatever is there: file, directory, FIFO, socket, device.
    Attributes(Wish),
}

/// Attributes to be changed; `None` keeps what is there. What is new takes root, root, and 0644 or 0755 for `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Permission bits (`0o7777`).
    pub mode: Option<u32>,
    /// Owner and group by number.
    pub owner: Option<(u32, u32)>,
    /// Whether the access list (`system.posix_acl_access`) goes.
    pub drop_acl: bool,
}

/// Reads and changes a target. Paths are absolute inside it; symbolic links of their folders are followed inside it and
/// never lead out; a link in the last part is never followed.
///
/// Each method but [`set_attributes`](Self::set_attributes) and [`append`](Self::append) has happened whole or not at
/// all, also after a power cut: data first, then the rename, then the directory is flushed. What returned is durable.
pub trait Disk: System {
    /// What is at a path now, without a file's bytes.
    ///
    /// # Errors
    /// Nothing is there ([`io::ErrorKind::NotFound`]), or it cannot be read.
    fn status(&self, path: &Path) -> io::Result<Status>;

    /// What is at a path now.
    ///
    /// # Errors
    /// It cannot be read, or is a file of more than `limit` bytes ([`io::ErrorKind::FileTooLarge`]).
    fn state(&self, path: &Path, limit: u64) -> io::Result<State>;

    /// Whether not even root may change what is at a path: it is marked immutable or append-only.
    ///
    /// # Errors
    /// Nothing is there, or it cannot be asked.
    fn is_immutable(&self, path: &Path) -> io::Result<bool>;

    /// Leaves a path as a state says. A file or link is written with all its attributes under the name `temporary` in
    /// the same folder and renamed; what lies under that name is overwritten. A directory is made, or gets its
    /// attributes where there is one; its time is left alone, for it follows what is done in it. [`State::Absent`]
    /// takes away anything but a directory that is not empty; nothing there is fine.
    ///
    /// # Errors
    /// It could not be done: a directory is in the way of a file or the reverse, or the system refused. The path is then
    /// as it was, unless only the last flush failed.
    fn put(&self, path: &Path, state: &State, temporary: &str) -> io::Result<()>;

    /// Changes the attributes of what is there, in place; the time of the last change stays.
    ///
    /// # Errors
    /// It could not be done, perhaps in part: the caller puts the old ones back.
    fn set_attributes(&self, path: &Path, attributes: &Attributes) -> io::Result<()>;

    /// Cuts a file of mode 0600, made where there is none, to `at` bytes, adds more, and flushes it.
    ///
    /// # Errors
    /// It could not be done, perhaps in part: some of the bytes may be there. The file is shorter than `at`
    /// ([`io::ErrorKind::InvalidData`]).
    fn append(&self, path: &Path, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Takes the exclusive lock of a file, made where there is none with mode 0600. It is given back when the answer is
    /// dropped or the process ends.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where somebody else holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;
}

/// A lock that is held.
pub trait Lock: Send + Sync {}

/// Whether an extended attribute is one that the system gives each file by its own rules. One that was kept is put
/// back; one that a new file got stays.
pub(crate) fn is_label(name: &str) -> bool {
    matches!(name, "security.selinux" | "security.SMACK64" | "security.ima" | "security.evm")
}
