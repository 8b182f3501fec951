//! The layers of an image in memory: its tree, and what layers below had that is not in it any more.

use pasu_system::{
    Acl, Entry, EntryKind, Layered, MemorySystem, Metadata, Removed, System, SystemFile,
    WalkOptions, WalkReport, WalkStep,
};
use serde::Deserialize;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// A file that is gone: `[[case.image.removed]]`.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovedTable {
    path: PathBuf,
    content: String,
    /// The layer that brought it, from 1.
    layer: usize,
    /// The layer that took it away.
    by: usize,
    /// There is another file then.
    #[serde(default)]
    replaced: bool,
    #[serde(default)]
    unreadable: bool,
}

pub(super) struct Layers {
    pub top: MemorySystem,
    pub removed: Vec<RemovedTable>,
}

impl Layered for Layers {
    fn writes(&self, _path: &Path) -> Vec<usize> {
        Vec::new()
    }

    fn at<'a>(&'a self, layer: usize) -> Box<dyn System + 'a> {
        let there = self.removed.iter().filter(|it| (it.layer..it.by).contains(&(layer + 1)));
        Box::new(there.fold(self.top.clone(), |top, it| {
            let path = it.path.to_str().unwrap();
            if it.unreadable {
                top.with_unreadable(path)
            } else {
                top.with_file(path, it.content.as_bytes())
            }
        }))
    }

    fn removed<'a>(
        &'a self,
        wanted: &'a dyn Fn(&OsStr) -> bool,
    ) -> Box<dyn Iterator<Item = Removed> + 'a> {
        let wanted = self.removed.iter().filter(move |it| it.path.file_name().is_some_and(wanted));
        Box::new(wanted.map(|it| Removed {
            path: it.path.clone(),
            layer: it.layer - 1,
            by: it.by - 1,
            is_replaced: it.replaced,
        }))
    }
}

impl System for Layers {
    fn is_live(&self) -> bool {
        false
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.top.symlink_metadata(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        self.top.open(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        self.top.read_dir(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.top.read_link(path)
    }

    fn layered(&self) -> Option<&dyn Layered> {
        Some(self)
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        self.top.acl(path)
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        self.top.walk(options, visit)
    }
}
