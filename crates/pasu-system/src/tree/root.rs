//! The root of a target, and how paths inside it become open handles.
//!
//! Where the kernel has `openat2` (Linux 5.6) it confines a path to the root in one step. Where it has not, or a
//! sandbox forbids it, [`resolve`](super::resolve) goes part by part. For the running machine both are the same as an
//! ordinary `open`, which is then used, so that `/proc/PID/root` can be passed.

use super::file::TreeFile;
use super::metadata::kind_of;
use super::{mounts, resolve};
use crate::EntryKind;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use rustix::path::DecInt;
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

/// What is done with a symbolic link in a path's last part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// It is followed.
    Follow,
    /// It is what is meant.
    Keep,
}

/// A path's bytes that are given to the kernel at once; it takes up to 4095 (`PATH_MAX`).
const CHUNK: usize = 4000;

/// How often a path is tried again that the kernel could not confine because something was renamed meanwhile.
const RETRIES: usize = 4;

/// The root directory, held open.
pub(super) struct Root {
    pub(super) fd: OwnedFd,
    pub(super) live: bool,
    /// Whether `openat2` may be used.
    pub(super) openat2: bool,
    /// This process' own `/proc/self/fd`, through which a handle is opened again for reading; `None` without `/proc`.
    pub(super) handles: Option<OwnedFd>,
    user: u32,
}

impl Root {
    pub(super) fn open(path: &Path, live: bool) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        let openat2 =
            rustix::fs::openat2(&fd, c".", flags, Mode::empty(), ResolveFlags::IN_ROOT).is_ok();
        let handles = rustix::fs::openat(CWD, c"/proc/self/fd", flags, Mode::empty())
            .ok()
            .filter(|handles| mounts::mounted_at(handles) == mounts::Mounted::Kernel);
        let user = rustix::process::geteuid().as_raw();
        Ok(Self { fd, live, openat2, handles, user })
    }

    /// A handle (`O_PATH`) on what is at a path, links resolved inside the root.
    pub(super) fn locate(&self, path: &Path, last: Last) -> io::Result<OwnedFd> {
        match self.locate_at_once(path, last) {
            Ok(handle) => Ok(handle),
            Err(Errno::NAMETOOLONG | Errno::AGAIN | Errno::NOSYS) => {
                Ok(resolve::resolve(self, path, last)?.handle)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn locate_at_once(&self, path: &Path, last: Last) -> rustix::io::Result<OwnedFd> {
        let path = inside(path);
        let mut flags = OFlags::PATH | OFlags::CLOEXEC;
        if last == Last::Keep {
            flags |= OFlags::NOFOLLOW;
        }
        if self.live {
            return rustix::fs::openat(&self.fd, path, flags, Mode::empty());
        }
        if !self.openat2 {
            return Err(Errno::NOSYS);
        }
        let confined = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let mut outcome = Err(Errno::AGAIN);
        for _ in 0..RETRIES {
            outcome = rustix::fs::openat2(&self.fd, path, flags, Mode::empty(), confined);
            if !matches!(outcome, Err(Errno::AGAIN)) {
                break;
            }
        }
        outcome
    }

    /// Opens a path in which no part is a symbolic link or `..`, however long it is. A link met on the way, put there
    /// by somebody since, is an error and is not followed.
    pub(super) fn open_exact(&self, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let pass = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let limit = if self.openat2 { CHUNK } else { 0 };
        let mut at: Option<OwnedFd> = None;
        let mut chunk = PathBuf::new();
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            if !chunk.as_os_str().is_empty() && chunk.as_os_str().len() + name.len() >= limit {
                at = Some(self.open_chunk(at.as_ref(), &chunk, pass)?);
                chunk.clear();
            }
            chunk.push(name);
        }
        if chunk.as_os_str().is_empty() {
            chunk.push(".");
        }
        self.open_chunk(at.as_ref(), &chunk, flags | OFlags::NOFOLLOW)
    }

    fn open_chunk(
        &self,
        at: Option<&OwnedFd>,
        chunk: &Path,
        flags: OFlags,
    ) -> rustix::io::Result<OwnedFd> {
        let at = at.unwrap_or(&self.fd);
        if self.openat2 {
            let exact = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            return rustix::fs::openat2(at, chunk, flags, Mode::empty(), exact);
        }
        rustix::fs::openat(at, chunk, flags, Mode::empty())
    }

    /// Opens a regular file for reading. What it is is known before it is opened: opening a FIFO wakes its writer,
    /// opening a tape rewinds it, opening a watchdog arms it.
    pub(super) fn open_file(&self, path: &Path) -> io::Result<TreeFile> {
        let handle = self.locate(path, Last::Follow)?;
        let stat = rustix::fs::fstat(&handle)?;
        if kind_of(FileType::from_raw_mode(stat.st_mode)) != EntryKind::File {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = match &self.handles {
            Some(handles) => self.quietly(stat.st_uid, flags, |flags| {
                rustix::fs::openat(handles, DecInt::from_fd(&handle), flags, Mode::empty())
            })?,
            None => self.open_again(path, &stat, flags)?,
        };
        Ok(TreeFile { fd, size: u64::try_from(stat.st_size).unwrap_or(0) })
    }

    /// Opens by name what was found there a moment ago, for where `/proc` is not mounted. Something else may have
    /// taken the name in between; that is noticed before a byte is read.
    fn open_again(&self, path: &Path, found: &Stat, flags: OFlags) -> io::Result<OwnedFd> {
        let path = resolve::resolve(self, path, Last::Follow)?.path;
        let name = path.file_name().unwrap_or(OsStr::new("."));
        let parent = self.open_exact(
            path.parent().unwrap_or(Path::new("/")),
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        )?;
        let now = rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if !same(&now, found) {
            return Err(io::Error::other("replaced while it was being opened"));
        }
        let fd = self.quietly(found.st_uid, flags | OFlags::NOFOLLOW, |flags| {
            rustix::fs::openat(&parent, name, flags, Mode::empty())
        })?;
        if !same(&rustix::fs::fstat(&fd)?, found) {
            return Err(io::Error::other("replaced while it was being opened"));
        }
        Ok(fd)
    }

    /// Opens without changing the access time where the kernel allows it: to the owner and to root. Inspecting a
    /// machine must not look like use of its files.
    pub(super) fn quietly(
        &self,
        owner: u32,
        flags: OFlags,
        open: impl Fn(OFlags) -> rustix::io::Result<OwnedFd>,
    ) -> rustix::io::Result<OwnedFd> {
        if self.user == 0 || self.user == owner {
            match open(flags | OFlags::NOATIME) {
                // Root of a container is not root of what is mounted into it.
                Err(Errno::PERM) => {}
                outcome => return outcome,
            }
        }
        open(flags)
    }
}

fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// A path relative to the root's handle.
fn inside(path: &Path) -> &Path {
    let relative = path.strip_prefix("/").unwrap_or(path);
    if relative.as_os_str().is_empty() { Path::new(".") } else { relative }
}
