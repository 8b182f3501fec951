//! A directory that holds a root file system, or the running machine's own `/`.

use crate::{Entry, EntryKind, Metadata, System, SystemFile, WalkOptions, WalkReport, WalkStep};
use std::io;
use std::path::{Path, PathBuf};

/// A directory seen as the root of a target.
pub struct TreeSystem {
    root: PathBuf,
    live: bool,
}

impl TreeSystem {
    /// The root file system in a directory.
    pub fn new(root: impl Into<PathBuf>) -> io::Result<Self> {
        Ok(Self { root: root.into(), live: false })
    }

    /// The running machine.
    pub fn live() -> io::Result<Self> {
        Ok(Self { root: PathBuf::from("/"), live: true })
    }
}

impl System for TreeSystem {
    fn is_live(&self) -> bool {
        self.live
    }
    fn symlink_metadata(&self, _path: &Path) -> io::Result<Metadata> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn open(&self, _path: &Path) -> io::Result<Box<dyn SystemFile>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, self.root.display().to_string()))
    }
    fn read_dir(&self, _path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn read_link(&self, _path: &Path) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn walk(
        &self,
        _options: &WalkOptions,
        _visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        WalkReport::default()
    }
}
