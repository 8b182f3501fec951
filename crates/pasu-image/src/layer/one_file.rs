//! A target that is one file in memory: what a detector sees of a layer that passes by.

use pasu_system::{
    Acl, Entry, EntryKind, Metadata, System, SystemFile, WalkOptions, WalkReport, WalkStep,
};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A target with one file.
pub(crate) struct OneFile<'a> {
    pub path: &'a Path,
    pub metadata: Metadata,
    pub bytes: Arc<Vec<u8>>,
}

/// Bytes in memory as an open file.
pub(crate) struct Bytes(pub Arc<Vec<u8>>);

impl SystemFile for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest =
            usize::try_from(offset).ok().and_then(|start| self.0.get(start..)).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl System for OneFile<'_> {
    fn is_live(&self) -> bool {
        false
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        if path == self.path { Ok(self.metadata) } else { Err(missing()) }
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        if path == self.path {
            Ok(Box::new(Bytes(Arc::clone(&self.bytes))))
        } else {
            Err(missing())
        }
    }

    fn read_dir(&self, _path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        Err(missing())
    }

    fn read_link(&self, _path: &Path) -> io::Result<PathBuf> {
        Err(missing())
    }

    fn acl(&self, _path: &Path) -> io::Result<Option<Acl>> {
        Ok(None)
    }

    fn walk(
        &self,
        _options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        visit(&Entry { path: self.path, metadata: self.metadata, head: None });
        WalkReport { entries: 1, ..WalkReport::default() }
    }
}
