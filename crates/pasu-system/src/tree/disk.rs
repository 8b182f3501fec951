//! Changing a target on disk.
//!
//! Everything is done from an open directory: a path is resolved once, inside the root, and what is then made, renamed
//! or taken away is a name in that directory. Attributes go through a handle (`O_PATH`) and its entry in `/proc`, so
//! that FIFOs and devices are never opened.

mod read;
mod write;

use super::TreeSystem;
use super::root::{Last, Root};
use crate::{Attributes, Disk, EntryKind, Lock, State, Status};
use rustix::fs::{AtFlags, FileType, FlockOperation, IFlags, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

/// A directory that is open, and a name in it.
struct Place {
    folder: OwnedFd,
    name: OsString,
}

impl Place {
    fn find(root: &Root, path: &Path) -> io::Result<Self> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no name"));
        };
        let handle = root.locate(parent, Last::Follow)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(&handle, c".", flags, Mode::empty())?;
        Ok(Self { folder, name: name.to_owned() })
    }

    /// What kind of thing has the name; `None` where nothing has.
    fn kind(&self) -> io::Result<Option<EntryKind>> {
        match rustix::fs::statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(super::kind_of(FileType::from_raw_mode(stat.st_mode)))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn flush(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.folder) {
            // Some file systems (9p, vboxsf) cannot flush a directory by itself.
            Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The name in `/proc` of what an open handle is on.
fn proc_name(root: &Root, handle: &OwnedFd) -> io::Result<String> {
    if root.handles.is_none() {
        let why = "/proc is not mounted: attributes can be neither read nor set";
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    Ok(format!("/proc/self/fd/{}", handle.as_raw_fd()))
}

/// Opens for reading what a handle is on. Only for files and directories: a device might act.
fn open_again(root: &Root, handle: &OwnedFd) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let name = proc_name(root, handle)?;
    let owner = rustix::fs::fstat(handle)?.st_uid;
    Ok(root.quietly(owner, flags, |flags| rustix::fs::open(&*name, flags, Mode::empty()))?)
}

impl Disk for TreeSystem {
    fn status(&self, path: &Path) -> io::Result<Status> {
        let handle = self.root.locate(path, Last::Keep)?;
        read::status(&self.root, &handle)
    }

    fn state(&self, path: &Path, limit: u64) -> io::Result<State> {
        match self.root.locate(path, Last::Keep) {
            Ok(handle) => read::state(&self.root, &handle, limit),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::Absent),
            Err(error) => Err(error),
        }
    }

    fn is_immutable(&self, path: &Path) -> io::Result<bool> {
        let handle = self.root.locate(path, Last::Keep)?;
        let kind = super::metadata_of(&rustix::fs::fstat(&handle)?).kind;
        if !matches!(kind, EntryKind::File | EntryKind::Directory) {
            return Ok(false);
        }
        match rustix::fs::ioctl_getflags(&open_again(&self.root, &handle)?) {
            Ok(flags) => Ok(flags.intersects(IFlags::IMMUTABLE | IFlags::APPEND)),
            // File systems without such marks.
            Err(Errno::NOTTY | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, path: &Path, state: &State, temporary: &str) -> io::Result<()> {
        let place = Place::find(&self.root, path)?;
        match state {
            State::Absent => write::remove(&place),
            State::File { content, attributes, .. } => {
                write::file(&self.root, &place, content, attributes, temporary)
            }
            State::Symlink { target, uid, gid, modified } => {
                write::symlink(&place, target, (*uid, *gid), *modified, temporary)
            }
            State::Directory(attributes) if place.kind()?.is_none() => {
                write::directory(&self.root, &place, attributes)
            }
            State::Directory(attributes) => {
                self.set_attributes_of(path, EntryKind::Directory, attributes)
            }
            State::Other(attributes) => self.set_attributes_of(path, EntryKind::Other, attributes),
        }
    }

    fn set_attributes(&self, path: &Path, attributes: &Attributes) -> io::Result<()> {
        let handle = self.root.locate(path, Last::Keep)?;
        write::attributes(&self.root, &handle, attributes)
    }

    fn append(&self, path: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
        write::append(&Place::find(&self.root, path)?, at, bytes)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let place = Place::find(&self.root, path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&place.folder, &place.name, flags, Mode::from(0o600))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Box::new(TreeLock { _file: file }))
    }
}

impl TreeSystem {
    fn set_attributes_of(
        &self,
        path: &Path,
        kind: EntryKind,
        attributes: &Attributes,
    ) -> io::Result<()> {
        let handle = self.root.locate(path, Last::Keep)?;
        if super::metadata_of(&rustix::fs::fstat(&handle)?).kind != kind {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        write::attributes(&self.root, &handle, attributes)
    }
}

/// The lock is the open file's.
struct TreeLock {
    _file: OwnedFd,
}

impl Lock for TreeLock {}
