//! A directory that holds a root file system, or the running machine's own `/`.

mod disk;
mod file;
mod inode;
mod metadata;
mod mounts;
mod place;
mod resolve;
mod root;
#[cfg(test)]
mod tests;
mod walk;
mod worker;

use crate::{
    Acl, Entry, EntryKind, Metadata, System, SystemFile, ToolCall, ToolOutput, WalkOptions,
    WalkReport, WalkStep, acl, run,
};
pub use inode::Inode;
use metadata::{kind_of, metadata_of};
use root::{Last, Root};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A directory seen as the root of a target. It is held open: renaming it or mounting over it later changes nothing.
pub struct TreeSystem {
    root: Root,
}

impl TreeSystem {
    /// The root file system in a directory.
    pub fn new(root: impl Into<PathBuf>) -> io::Result<Self> {
        Ok(Self { root: Root::open(&root.into(), false)? })
    }

    /// As [`System::walk`], for a visitor that asks more of what it meets.
    pub fn walk_inodes(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry, &Inode<'_>) -> WalkStep + Sync),
    ) -> WalkReport {
        walk::walk(&self.root, options, visit)
    }

    /// The running machine.
    pub fn live() -> io::Result<Self> {
        Ok(Self { root: Root::open(Path::new("/"), true)? })
    }
}

impl System for TreeSystem {
    fn is_live(&self) -> bool {
        self.root.live
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let handle = self.root.locate(path, Last::Keep)?;
        Ok(metadata_of(&rustix::fs::fstat(&handle)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        Ok(Box::new(self.root.open_file(path)?))
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        let handle = self.root.locate(path, Last::Follow)?;
        let owner = rustix::fs::fstat(&handle)?.st_uid;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = self.root.quietly(owner, flags, |flags| {
            rustix::fs::openat(&handle, c".", flags, Mode::empty())
        })?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&directory)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    match rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                        Ok(stat) => kind_of(FileType::from_raw_mode(stat.st_mode)),
                        Err(_) => continue,
                    }
                }
                known => kind_of(known),
            };
            entries.push((PathBuf::from(OsStr::from_bytes(name.to_bytes())), kind));
        }
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        let handle = self.root.locate(path, Last::Keep)?;
        // The kernel says ENOENT for a handle on something that is not a link.
        if metadata_of(&rustix::fs::fstat(&handle)?).kind != EntryKind::Symlink {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let target = rustix::fs::readlinkat(&handle, c"", Vec::new())?;
        Ok(std::ffi::OsString::from_vec(target.into_bytes()).into())
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        let handle = self.root.locate(path, Last::Keep)?;
        if self.root.handles.is_none() {
            return acl_of_open(&self.root, path);
        }
        // A handle is no open file: its attributes are asked for by its own entry in /proc.
        let name = format!("/proc/self/fd/{}", handle.as_raw_fd());
        read_acl(|buffer| rustix::fs::getxattr(&*name, acl::ATTRIBUTE, buffer))
    }

    fn run(&self, call: &ToolCall<'_>) -> io::Result<ToolOutput> {
        if !self.root.live {
            let message = format!("{}: not the running machine", call.program);
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        run::run(call)
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        walk::walk(&self.root, options, &|entry, _| visit(entry))
    }
}

/// The list of a file that can be opened, where `/proc` is not mounted.
fn acl_of_open(root: &Root, path: &Path) -> io::Result<Option<Acl>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = root.open_exact(path, flags)?;
    read_acl(|buffer| rustix::fs::fgetxattr(&opened, acl::ATTRIBUTE, buffer))
}

/// Reads the attribute, whatever its length; none, or a file system without lists, is `None`.
fn read_acl(read: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> io::Result<Option<Acl>> {
    let mut buffer = vec![0; 1 << 16];
    match read(&mut buffer) {
        Ok(length) => Acl::parse(buffer.get(..length).unwrap_or_default()).map(Some),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
