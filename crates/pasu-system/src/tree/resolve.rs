//! Resolution of a path part by part, in user space: for kernels and sandboxes without `openat2`, for paths longer
//! than the kernel takes, and where the resolved path itself is wanted.
//!
//! No part is ever opened through a symbolic link, and `..` never asks the kernel but shortens the path gone so far,
//! so that a directory moved meanwhile leads nowhere else.

use super::metadata::kind_of;
use super::root::{Last, Root};
use crate::EntryKind;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// How many symbolic links one path may go through, as Linux's `MAXSYMLINKS`.
const MAX_LINKS: usize = 40;

/// How often `..` may lead back to a directory that has to be opened anew. Links can hold thousands.
const MAX_RETURNS: usize = 4096;

const HANDLE: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What a path leads to.
pub(super) struct Found {
    /// A handle on it.
    pub(super) handle: OwnedFd,
    /// Its path inside the root, without links.
    pub(super) path: PathBuf,
}

/// Follows a path inside the root.
pub(super) fn resolve(root: &Root, path: &Path, last: Last) -> rustix::io::Result<Found> {
    let mut place = Place { root, path: PathBuf::from("/"), handle: None, returns: 0 };
    let mut rest = Vec::new();
    push_parts(&mut rest, path);
    let mut links = 0;
    while let Some(part) = rest.pop() {
        if part == ".." {
            place.leave();
            continue;
        }
        let handle = rustix::fs::openat(place.directory()?, &part, HANDLE, Mode::empty())?;
        let kind = kind_of(FileType::from_raw_mode(rustix::fs::fstat(&handle)?.st_mode));
        if kind == EntryKind::Symlink && !(last == Last::Keep && rest.is_empty()) {
            links += 1;
            if links > MAX_LINKS {
                return Err(Errno::LOOP);
            }
            let target = rustix::fs::readlinkat(&handle, c"", Vec::new())?;
            let target = Path::new(OsStr::from_bytes(target.as_bytes()));
            if target.is_absolute() {
                place.leave_all();
            }
            push_parts(&mut rest, target);
            continue;
        }
        if kind != EntryKind::Directory && !rest.is_empty() {
            return Err(Errno::NOTDIR);
        }
        place.enter(&part, handle);
    }
    place.found()
}

/// Where resolution has come to.
struct Place<'a> {
    root: &'a Root,
    path: PathBuf,
    /// `None` at the root, and after `..` until it is needed again.
    handle: Option<OwnedFd>,
    returns: usize,
}

impl Place<'_> {
    fn enter(&mut self, name: &OsStr, handle: OwnedFd) {
        self.path.push(name);
        self.handle = Some(handle);
    }

    fn leave(&mut self) {
        self.path.pop();
        self.handle = None;
    }

    fn leave_all(&mut self) {
        self.path = PathBuf::from("/");
        self.handle = None;
    }

    fn directory(&mut self) -> rustix::io::Result<&OwnedFd> {
        if self.handle.is_none() && self.path != Path::new("/") {
            self.returns += 1;
            if self.returns > MAX_RETURNS {
                return Err(Errno::LOOP);
            }
            self.handle = Some(self.root.open_exact(&self.path, HANDLE | OFlags::DIRECTORY)?);
        }
        Ok(self.handle.as_ref().unwrap_or(&self.root.fd))
    }

    fn found(mut self) -> rustix::io::Result<Found> {
        self.directory()?;
        let handle = match self.handle.take() {
            Some(handle) => handle,
            None => self.root.open_exact(&self.path, HANDLE)?,
        };
        Ok(Found { handle, path: self.path })
    }
}

/// Puts a path's parts onto a stack, the first on top.
fn push_parts(rest: &mut Vec<OsString>, path: &Path) {
    let parts = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_os_string()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    });
    rest.extend(parts);
}
