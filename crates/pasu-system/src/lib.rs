//! The only door to an inspected target.
//!
//! A live host, a directory with a root file system and an in-memory tree look the same from here on: nothing behind
//! this crate may use `std::fs` on a target. Paths are absolute inside the target (`/etc/os-release`); symbolic links
//! are resolved inside it and never lead out of it.

mod acl;
mod disk;
mod entry;
mod host;
mod layered;
mod memory;
mod output;
mod overlay;
mod queue;
mod ride;
mod run;
#[cfg(test)]
mod suite;
pub mod transaction;
mod tree;
mod walk;

pub use acl::{Acl, AclEntry, AclTag};
pub use disk::{Attributes, Disk, Lock, State, Status, Wanted, Wish};
pub use entry::{Entry, EntryKind, Metadata};
pub use host::{host_name, is_root, sees_trusted_attributes};
pub use layered::{Layered, Removed};
pub use memory::{Fault, MemoryDisk, MemorySystem, Snapshot};
pub use output::OutputFile;
pub use overlay::{Layer, Overlay};
pub use queue::{Queue, Worker};
pub use ride::{Rider, SharedWalk};
pub use run::{ToolCall, ToolJob, ToolOutput};
pub use tree::{Inode, TreeSystem};
pub use walk::{WalkOptions, WalkReport, WalkStep};

use std::io;
use std::path::{Path, PathBuf};

/// A target that can be read, and only read.
pub trait System: Send + Sync {
    /// Whether this is the running machine itself, whose processes and kernel may be asked.
    fn is_live(&self) -> bool;

    /// What is at a path, without following a symbolic link in its last part.
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// Opens a regular file, following symbolic links inside the target. Anything that is not a regular file (FIFO,
    /// device, socket, directory) is refused with [`io::ErrorKind::InvalidInput`] and is never opened for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>>;

    /// The names and kinds in a directory, in no order.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>>;

    /// Where a symbolic link points, as written.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;

    /// The layers that the target was made of; `None` if it was not.
    fn layered(&self) -> Option<&dyn Layered> {
        None
    }

    /// The access control list of what is at a path, links not followed; `None` where the mode says it all.
    fn acl(&self, path: &Path) -> io::Result<Option<Acl>>;

    /// Asks a tool of the running machine. Any other target answers [`io::ErrorKind::Unsupported`]: nothing of it is
    /// ever executed.
    fn run(&self, call: &ToolCall<'_>) -> io::Result<ToolOutput> {
        let message = format!("{}: not the running machine", call.program);
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    /// Visits every entry below the options' start once, in parallel and in no order. `visit` is called from several
    /// threads. What could not be seen is in the report.
    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport;

    /// Reads a whole regular file of at most `limit` bytes; a larger one is [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.open(path)?.read_all(limit)
    }

    /// Whether something is at a path, links not followed.
    fn exists(&self, path: &Path) -> bool {
        self.symlink_metadata(path).is_ok()
    }
}

/// An open regular file of a target.
pub trait SystemFile: Send + Sync {
    /// Size in bytes when it was opened.
    fn size(&self) -> u64;

    /// Reads at an offset; returns how many bytes were read, 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Reads everything, up to `limit` bytes; a larger file is [`io::ErrorKind::FileTooLarge`].
    fn read_all(&self, limit: u64) -> io::Result<Vec<u8>> {
        let size = self.size();
        if size > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("{size} bytes, limit {limit}"),
            ));
        }
        // A file may grow, or say 0 as those of /proc do: read to its end, but never past the limit.
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1)];
        let mut filled = 0;
        loop {
            if filled == bytes.len() {
                bytes.resize(filled + (filled / 2).max(4096), 0);
            }
            match self.read_at(&mut bytes[filled..], filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if filled as u64 > limit {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("more than {limit} bytes"),
                ));
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

/// A cursor over an open file, for libraries that want [`io::Read`] and [`io::Seek`].
pub struct Cursor<'a> {
    file: &'a dyn SystemFile,
    position: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at the file's start.
    #[must_use]
    pub fn new(file: &'a dyn SystemFile) -> Self {
        Self { file, position: 0 }
    }
}

impl io::Read for Cursor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl io::Seek for Cursor<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let target = match to {
            io::SeekFrom::Start(offset) => Some(offset),
            io::SeekFrom::End(offset) => self.file.size().checked_add_signed(offset),
            io::SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        Ok(self.position)
    }
}
