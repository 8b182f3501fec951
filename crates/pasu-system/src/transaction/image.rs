//! What is at a path, in the form in which it is judged, kept and compared: bytes as their checksum.

use crate::{Attributes, Disk, EntryKind, State, disk};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest file whose content is changed.
pub const MAX_CONTENT: u64 = 32 << 20;

/// What is at a path before or after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Image {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// SHA-256 of its bytes, which are kept under this name; `None` where only its attributes are changed.
        content: Option<String>,
        /// Its attributes.
        attributes: Attributes,
    },
    /// A directory.
    Directory {
        /// Its attributes.
        attributes: Attributes,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points.
        #[serde(with = "super::paths")]
        target: PathBuf,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// When it was made.
        modified: (i64, u32),
    },
    /// FIFO, socket or device.
    Other {
        /// Its attributes.
        attributes: Attributes,
    },
}

impl Image {
    pub(super) fn of(state: &State) -> Self {
        match state.clone() {
            State::Absent => Self::Absent,
            State::File { content, attributes, .. } => {
                Self::File { content: Some(sha256(&content)), attributes }
            }
            State::Directory(attributes) => Self::Directory { attributes },
            State::Symlink { target, uid, gid, modified } => {
                Self::Symlink { target, uid, gid, modified }
            }
            State::Other(attributes) => Self::Other { attributes },
        }
    }

    /// The attributes, of what has some.
    #[must_use]
    pub fn attributes(&self) -> Option<&Attributes> {
        match self {
            Self::File { attributes, .. }
            | Self::Directory { attributes }
            | Self::Other { attributes } => Some(attributes),
            Self::Absent | Self::Symlink { .. } => None,
        }
    }

    /// The checksum of a file's bytes, where they matter.
    #[must_use]
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::File { content, .. } => content.as_deref(),
            _ => None,
        }
    }

    /// Whether what is found is this. Times do not count: reading or touching a file does not change it.
    pub(super) fn matches(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Absent, Self::Absent) => true,
            (
                Self::Symlink { target, uid, gid, .. },
                Self::Symlink { target: now, uid: user, gid: group, .. },
            ) => (target, uid, gid) == (now, user, group),
            (
                Self::File { content, attributes },
                Self::File { content: now, attributes: found },
            ) => (content.is_none() || content == now) && same(attributes, found),
            (Self::Directory { attributes }, Self::Directory { attributes: found })
            | (Self::Other { attributes }, Self::Other { attributes: found }) => {
                same(attributes, found)
            }
            _ => false,
        }
    }

    /// Whether both are of one kind and only attributes can differ, so that nothing is replaced.
    pub(super) fn in_place(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::File { content: None, .. }, Self::File { content: None, .. })
                | (Self::Directory { .. }, Self::Directory { .. })
                | (Self::Other { .. }, Self::Other { .. })
        )
    }
}

/// Labels that a new file gets from the system count only where they were known.
fn same(expected: &Attributes, found: &Attributes) -> bool {
    let known = |name: &String| expected.extended.contains_key(name) || !disk::is_label(name);
    (expected.mode, expected.uid, expected.gid) == (found.mode, found.uid, found.gid)
        && expected.extended.iter().eq(found.extended.iter().filter(|(name, _)| known(name)))
}

/// What is found at a path.
pub(super) struct Found {
    pub(super) image: Image,
    /// A file's bytes, if they were asked for.
    pub(super) content: Option<Arc<[u8]>>,
    pub(super) links: u64,
}

/// Looks at a path; at a file's bytes only if they matter, so that the largest log can have its mode changed.
pub(super) fn look(disk: &dyn Disk, path: &Path, content: bool) -> io::Result<Found> {
    let status = match disk.status(path) {
        Ok(status) => status,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Found { image: Image::Absent, content: None, links: 0 });
        }
        Err(error) => return Err(error),
    };
    if status.kind == EntryKind::File && !content {
        let image = Image::File { content: None, attributes: status.attributes };
        return Ok(Found { image, content: None, links: status.links });
    }
    let state = disk.state(path, MAX_CONTENT)?;
    let image = Image::of(&state);
    let content = match state {
        State::File { content, .. } => Some(content),
        _ => None,
    };
    Ok(Found { image, content, links: status.links })
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
