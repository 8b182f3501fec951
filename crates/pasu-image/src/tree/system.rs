//! The merged tree as a target.

use super::build::Problem;
use super::file::Store;
use super::nodes::{Nodes, Version};
use super::removed::removed;
use super::view::resolve;
use super::walk::walk;
use crate::layer::{LayerKind, Scanned};
use pasu_system::{
    Acl, Entry, EntryKind, Layered, Metadata, Removed, System, SystemFile, WalkOptions, WalkReport,
    WalkStep,
};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An image as a target that is read, whole or as it was after one of its layers.
pub struct ImageSystem {
    pub(super) shared: Arc<Shared>,
    /// The last layer that counts.
    pub(super) layer: u16,
}

pub(super) struct Shared {
    pub nodes: Nodes,
    /// How each layer's contents are read.
    pub stores: Vec<Arc<Store>>,
    pub problems: Vec<Problem>,
    /// Bytes of each layer's uncompressed archive, or of its files where an engine keeps it unpacked.
    pub sizes: Vec<u64>,
}

/// Where in the layers a path's content comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The layer that put it at the path.
    pub layer: usize,
    /// The layer that holds the content: another one for hard links.
    pub source: usize,
    /// The entry in that layer's list.
    pub entry: u32,
}

impl ImageSystem {
    /// What of the layers could not be taken over.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.shared.problems
    }

    /// Bytes of a layer's uncompressed archive, or of its files where an engine keeps it unpacked; 0 without such a layer.
    #[must_use]
    pub fn layer_size(&self, layer: usize) -> u64 {
        self.shared.sizes.get(layer).copied().unwrap_or_default()
    }

    /// How many layers there are.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.shared.nodes.tables.len()
    }

    /// Where the content of a file comes from; links are not followed.
    #[must_use]
    pub fn origin(&self, path: &Path) -> Option<Origin> {
        self.origin_at(usize::from(self.layer), path)
    }

    /// What an analyzer found in the file that is at a path when a layer is the last, as that layer passed by.
    #[must_use]
    pub fn found(&self, layer: usize, path: &Path, analyzer: &str) -> Option<&[u8]> {
        self.found_in(self.origin_at(layer, path)?, analyzer)
    }

    /// Where the content of a file comes from when a layer is the last.
    pub(crate) fn origin_at(&self, layer: usize, path: &Path) -> Option<Origin> {
        let layer = u16::try_from(layer).unwrap_or(u16::MAX).min(self.layer);
        let (_, version) = resolve(&self.shared.nodes, layer, path, false).ok()?;
        self.shared.nodes.entry(version).map(|_| Origin {
            layer: usize::from(version.layer),
            source: usize::from(version.source),
            entry: version.entry,
        })
    }

    /// What an analyzer found as a layer passed by.
    pub(crate) fn found_in(&self, origin: Origin, analyzer: &str) -> Option<&[u8]> {
        self.shared.stores.get(origin.source)?.found(origin.entry, analyzer)
    }

    /// What was noted of a file in an unpacked layer, for this image or another one.
    pub(crate) fn recall(&self, origin: Origin, analyzer: &str) -> Option<Vec<u8>> {
        match self.shared.stores.get(origin.source)?.as_ref() {
            Store::Folder(unpacked) => unpacked.recall(origin.entry, analyzer),
            Store::Region(_) | Store::Passed(_) => None,
        }
    }

    /// Notes what was found in a file; false if it is not of an unpacked layer.
    pub(crate) fn note(&self, origin: Origin, analyzer: &str, found: &[u8]) -> bool {
        let Some(store) = self.shared.stores.get(origin.source) else { return false };
        let Store::Folder(unpacked) = store.as_ref() else { return false };
        unpacked.note(origin.entry, analyzer, found);
        true
    }

    /// A layer that passed by.
    pub(crate) fn passed(&self, layer: usize) -> Option<&Scanned> {
        match self.shared.stores.get(layer)?.as_ref() {
            Store::Passed(scanned) => Some(scanned),
            Store::Region(_) | Store::Folder(_) => None,
        }
    }

    /// The file capabilities of a path (`security.capability`), as the kernel stores them.
    #[must_use]
    pub fn capabilities(&self, path: &Path) -> Option<Vec<u8>> {
        let origin = self.origin(path)?;
        let table = self.shared.nodes.tables.get(origin.source)?;
        table.xattr(origin.entry, "security.capability").map(<[u8]>::to_vec)
    }

    fn resolve(&self, path: &Path, follow: bool) -> io::Result<(u32, Version)> {
        resolve(&self.shared.nodes, self.layer, path, follow)
    }
}

impl System for ImageSystem {
    fn is_live(&self) -> bool {
        false
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let (node, version) = self.resolve(path, false)?;
        Ok(self.shared.nodes.metadata(node, version))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        let (_, version) = self.resolve(path, true)?;
        let entry = self.shared.nodes.entry(version).filter(|entry| entry.kind == LayerKind::File);
        let Some(entry) = entry else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        };
        let table = &self.shared.nodes.tables[usize::from(version.source)];
        self.shared.stores[usize::from(version.source)].open(table, version.entry, &entry)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        let (node, version) = self.resolve(path, true)?;
        let nodes = &self.shared.nodes;
        if !nodes.is_directory(version) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let children = nodes.children(node, self.layer);
        Ok(children
            .map(|(child, version)| (nodes.name(child).into(), nodes.metadata(child, version).kind))
            .collect())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        let (_, version) = self.resolve(path, false)?;
        let nodes = &self.shared.nodes;
        match nodes.link(version) {
            Some(link) => Ok(link.to_path_buf()),
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a symbolic link")),
        }
    }

    fn layered(&self) -> Option<&dyn Layered> {
        Some(self)
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        let (_, version) = self.resolve(path, false)?;
        let nodes = &self.shared.nodes;
        let table = nodes.tables.get(usize::from(version.source));
        // PAX records hold the list as text where tar wrote `SCHILY.acl`, and as the kernel's bytes here.
        table
            .and_then(|table| table.xattr(version.entry, "system.posix_acl_access"))
            .map(Acl::parse)
            .transpose()
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        walk(&self.shared.nodes, self.layer, options, visit)
    }
}

impl Layered for ImageSystem {
    fn writes(&self, path: &Path) -> Vec<usize> {
        match self.resolve(path, false) {
            Ok((node, version)) if !self.shared.nodes.is_directory(version) => {
                self.shared.nodes.writes(node, self.layer)
            }
            _ => Vec::new(),
        }
    }

    fn at<'a>(&'a self, layer: usize) -> Box<dyn System + 'a> {
        let layer = u16::try_from(layer).unwrap_or(u16::MAX).min(self.layer);
        Box::new(Self { shared: Arc::clone(&self.shared), layer })
    }

    fn removed<'a>(
        &'a self,
        wanted: &'a dyn Fn(&OsStr) -> bool,
    ) -> Box<dyn Iterator<Item = Removed> + 'a> {
        removed(&self.shared.nodes, self.layer, wanted)
    }
}
