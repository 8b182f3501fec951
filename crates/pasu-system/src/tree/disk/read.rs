//! What is at a place, with everything that must come back when it is put there again.

use super::super::file::TreeFile;
use super::super::metadata_of;
use super::super::root::Root;
use super::{open_again, proc_name};
use crate::{Attributes, EntryKind, State, Status, SystemFile};
use rustix::fs::Stat;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;

/// The longest value, and the longest list of names, that Linux has (`XATTR_SIZE_MAX`, `XATTR_LIST_MAX`).
const MAX_EXTENDED: usize = 1 << 16;

pub(super) fn status(root: &Root, handle: &OwnedFd) -> io::Result<Status> {
    let stat = rustix::fs::fstat(handle)?;
    let metadata = metadata_of(&stat);
    let attributes = match metadata.kind {
        // A link has no mode and no access list of its own.
        EntryKind::Symlink => Attributes {
            uid: metadata.uid,
            gid: metadata.gid,
            modified: modified(&stat),
            ..Attributes::default()
        },
        _ => Attributes {
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            extended: extended(&proc_name(root, handle)?)?,
            modified: modified(&stat),
        },
    };
    Ok(Status { kind: metadata.kind, attributes, links: metadata.links })
}

pub(super) fn state(root: &Root, handle: &OwnedFd, limit: u64) -> io::Result<State> {
    let Status { kind, attributes, links } = status(root, handle)?;
    Ok(match kind {
        EntryKind::File => {
            let file = open_again(root, handle)?;
            let size = u64::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or(0);
            let content = TreeFile { fd: file, size }.read_all(limit)?.into();
            State::File { content, attributes, links }
        }
        EntryKind::Directory => State::Directory(attributes),
        EntryKind::Symlink => {
            let target = rustix::fs::readlinkat(handle, c"", Vec::new())?.into_bytes();
            let target = std::ffi::OsString::from_vec(target).into();
            let Attributes { uid, gid, modified, .. } = attributes;
            State::Symlink { target, uid, gid, modified }
        }
        EntryKind::Other => State::Other(attributes),
    })
}

// The fields' types differ between architectures.
#[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
fn modified(stat: &Stat) -> (i64, u32) {
    (stat.st_mtime as i64, u32::try_from(stat.st_mtime_nsec).unwrap_or(0))
}

/// Every extended attribute that this process may see.
pub(super) fn extended(name: &str) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut buffer = vec![0; MAX_EXTENDED];
    let length = match rustix::fs::listxattr(name, &mut buffer[..]) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => 0,
        Err(error) => return Err(error.into()),
    };
    let names = buffer.get(..length).unwrap_or_default().to_vec();
    let mut found = BTreeMap::new();
    for key in names.split(|byte| *byte == 0).filter(|key| !key.is_empty()) {
        match rustix::fs::getxattr(name, key, &mut buffer[..]) {
            Ok(length) => {
                let key = String::from_utf8(key.to_vec()).map_err(|_| {
                    io::Error::new(io::ErrorKind::InvalidData, "an attribute's name is not UTF-8")
                })?;
                found.insert(key, buffer.get(..length).unwrap_or_default().to_vec());
            }
            // Gone meanwhile, or listed by a file system that does not give it.
            Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
