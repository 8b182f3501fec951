//! What the kernel says about an inode, in this crate's words.

use crate::{EntryKind, Metadata};
use rustix::fs::{FileType, Stat};

pub(super) fn kind_of(file_type: FileType) -> EntryKind {
    match file_type {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Directory,
        FileType::Symlink => EntryKind::Symlink,
        _ => EntryKind::Other,
    }
}

// The fields' types differ between architectures (`st_nlink` is 32 bits on some).
#[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
pub(super) fn metadata_of(stat: &Stat) -> Metadata {
    Metadata {
        kind: kind_of(FileType::from_raw_mode(stat.st_mode)),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        links: stat.st_nlink as u64,
        modified: stat.st_mtime as i64,
    }
}
