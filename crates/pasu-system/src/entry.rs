//! What a walk says about one thing on the target.

use std::path::Path;

/// What kind of thing an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// FIFO, socket, block or character device: never opened.
    Other,
}

/// The attributes of one thing, as `lstat` gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Kind.
    pub kind: EntryKind,
    /// Size in bytes.
    pub size: u64,
    /// Permission bits, with set-user-ID, set-group-ID and sticky (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device number of the file system.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Number of hard links.
    pub links: u64,
    /// Last change of the content, seconds since 1970.
    pub modified: i64,
}

/// One thing met on a walk.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Absolute path inside the target; may not be UTF-8.
    pub path: &'a Path,
    /// Attributes.
    pub metadata: Metadata,
    /// The first four bytes of a regular file, where the target knows them without opening it.
    pub head: Option<[u8; 4]>,
}
