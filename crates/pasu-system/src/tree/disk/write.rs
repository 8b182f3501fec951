//! Leaving a place as it is wanted, whole or not at all.

use super::super::metadata_of;
use super::super::root::Root;
use super::{Place, open_again, proc_name, read};
use crate::{Attributes, EntryKind, disk};
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

pub(super) fn remove(place: &Place) -> io::Result<()> {
    let flags = match place.kind()? {
        Some(EntryKind::Directory) => AtFlags::REMOVEDIR,
        Some(_) => AtFlags::empty(),
        None => return Ok(()),
    };
    rustix::fs::unlinkat(&place.folder, &place.name, flags)?;
    place.flush()
}

/// A file beside the old one gets bytes and attributes, is flushed, and takes the name.
pub(super) fn file(
    root: &Root,
    place: &Place,
    content: &[u8],
    attributes: &Attributes,
    temporary: &str,
) -> io::Result<()> {
    clear(place, temporary)?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&place.folder, temporary, flags, Mode::from(0o600))?;
    let fill = || {
        write_all(&file, 0, content)?;
        dress(root, &file, attributes)?;
        rustix::fs::futimens(&file, &times(attributes.modified))?;
        rustix::fs::fsync(&file)?;
        Ok(())
    };
    rename(place, temporary, fill())
}

pub(super) fn symlink(
    place: &Place,
    target: &Path,
    (uid, gid): (u32, u32),
    modified: (i64, u32),
    temporary: &str,
) -> io::Result<()> {
    clear(place, temporary)?;
    rustix::fs::symlinkat(target, &place.folder, temporary)?;
    let owned = || {
        let stat = rustix::fs::statat(&place.folder, temporary, AtFlags::SYMLINK_NOFOLLOW)?;
        if (stat.st_uid, stat.st_gid) != (uid, gid) {
            let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            rustix::fs::chownat(&place.folder, temporary, uid, gid, flags)?;
        }
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        rustix::fs::utimensat(&place.folder, temporary, &times(modified), flags)?;
        Ok(())
    };
    rename(place, temporary, owned())
}

/// Gives what was prepared its name; what could not be prepared or named is taken away.
fn rename(place: &Place, temporary: &str, prepared: io::Result<()>) -> io::Result<()> {
    let named = prepared.and_then(|()| {
        Ok(rustix::fs::renameat(&place.folder, temporary, &place.folder, &place.name)?)
    });
    match named {
        Ok(()) => place.flush(),
        Err(error) => {
            // The first error is the one to tell; the name is cleared again before its next use.
            let _ = clear(place, temporary);
            Err(error)
        }
    }
}

fn clear(place: &Place, temporary: &str) -> io::Result<()> {
    match rustix::fs::unlinkat(&place.folder, temporary, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn directory(root: &Root, place: &Place, attributes: &Attributes) -> io::Result<()> {
    rustix::fs::mkdirat(&place.folder, &place.name, Mode::from(0o700))?;
    let fill = || {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = rustix::fs::openat(&place.folder, &place.name, flags, Mode::empty())?;
        dress(root, &made, attributes)?;
        Ok(rustix::fs::fsync(&made)?)
    };
    match fill() {
        Ok(()) => place.flush(),
        Err(error) => {
            let _ = rustix::fs::unlinkat(&place.folder, &place.name, AtFlags::REMOVEDIR);
            Err(error)
        }
    }
}

/// Changes attributes in place and flushes them.
pub(super) fn attributes(root: &Root, handle: &OwnedFd, wanted: &Attributes) -> io::Result<()> {
    let kind = metadata_of(&rustix::fs::fstat(handle)?).kind;
    if kind == EntryKind::Symlink {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a symbolic link"));
    }
    dress(root, handle, wanted)?;
    // A FIFO or device cannot be opened only to be flushed; it lives in memory as a rule.
    if kind != EntryKind::Other {
        rustix::fs::fsync(&open_again(root, handle)?)?;
    }
    Ok(())
}

/// Owner first: changing it clears set-user-ID bits and file capabilities. Then the mode, then what may depend on both.
fn dress(root: &Root, handle: &OwnedFd, wanted: &Attributes) -> io::Result<()> {
    let name = proc_name(root, handle)?;
    let now = metadata_of(&rustix::fs::fstat(handle)?);
    if (now.uid, now.gid) != (wanted.uid, wanted.gid) {
        let (uid, gid) = (Some(Uid::from_raw(wanted.uid)), Some(Gid::from_raw(wanted.gid)));
        rustix::fs::chownat(handle, c"", uid, gid, AtFlags::EMPTY_PATH)?;
    }
    if metadata_of(&rustix::fs::fstat(handle)?).mode != wanted.mode {
        rustix::fs::chmod(&*name, Mode::from(wanted.mode))?;
    }
    let now = read::extended(&name)?;
    for (key, value) in &wanted.extended {
        if now.get(key) != Some(value) {
            rustix::fs::setxattr(&*name, &**key, value, XattrFlags::empty())?;
        }
    }
    for key in now.keys().filter(|key| !wanted.extended.contains_key(*key)) {
        if !disk::is_label(key) {
            rustix::fs::removexattr(&*name, &**key)?;
        }
    }
    Ok(())
}

pub(super) fn append(place: &Place, at: u64, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&place.folder, &place.name, flags, Mode::from(0o600))?;
    let metadata = metadata_of(&rustix::fs::fstat(&file)?);
    if metadata.kind != EntryKind::File {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if metadata.size < at {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "was cut short"));
    }
    if metadata.size > at {
        rustix::fs::ftruncate(&file, at)?;
    }
    write_all(&file, at, bytes)?;
    rustix::fs::fsync(&file)?;
    // Its name may be new.
    if at == 0 { place.flush() } else { Ok(()) }
}

fn write_all(file: &OwnedFd, mut at: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::pwrite(file, bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                at += written as u64;
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The time of the last change as given; that of the last access is now.
fn times((seconds, nanoseconds): (i64, u32)) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: i64::from(nanoseconds) },
    }
}
