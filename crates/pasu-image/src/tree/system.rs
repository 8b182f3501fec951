//! The merged tree as a target.

use super::build::Problem;
use super::children::each_child;
use super::file::Store;
use super::overlay::{NONE, Overlay, Place, os};
use super::removed::removed;
use super::view::{Names, Way, resolve};
use super::walk::walk;
use crate::layer::{LayerKind, Scanned};
use pasu_system::{
    Acl, Entry, EntryKind, Layered, Metadata, Removed, System, SystemFile, WalkOptions, WalkReport,
    WalkStep,
};
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An image as a target that is read, whole or as it was after one of its layers.
pub struct ImageSystem {
    pub(super) shared: Arc<Shared>,
    /// The last layer that counts.
    pub(super) layer: u16,
}

pub(super) struct Shared {
    pub overlay: Overlay,
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
        self.shared.overlay.tables.len()
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
        let overlay = &self.shared.overlay;
        let (place, _) = resolve(overlay, layer, path, false, Names::OfImage).ok()?;
        (place.entry != NONE).then(|| Origin {
            layer: usize::from(place.layer),
            source: usize::from(place.source),
            entry: place.entry,
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
        let table = self.shared.overlay.tables.get(origin.source)?;
        table.xattr(origin.entry, "security.capability").map(<[u8]>::to_vec)
    }

    fn resolve(&self, path: &Path, follow: bool) -> io::Result<(Place, Way)> {
        resolve(&self.shared.overlay, self.layer, path, follow, Names::OfImage)
    }
}

impl System for ImageSystem {
    fn is_live(&self) -> bool {
        false
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let (place, _) = self.resolve(path, false)?;
        let overlay = &self.shared.overlay;
        Ok(overlay.metadata(place, overlay.entry(place).as_ref()))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        let (place, _) = self.resolve(path, true)?;
        let entry = self.shared.overlay.entry(place);
        let Some(entry) = entry.filter(|entry| entry.kind == LayerKind::File) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        };
        let table = &self.shared.overlay.tables[usize::from(place.source)];
        self.shared.stores[usize::from(place.source)].open(table, place.entry, &entry)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        let (place, _) = self.resolve(path, true)?;
        let overlay = &self.shared.overlay;
        let folder = place.folder.ok_or(io::ErrorKind::NotADirectory)?;
        let mut found = Vec::new();
        let _ = each_child(overlay, folder, self.layer, &mut |name, place, entry| {
            found.push((os(name).into(), overlay.metadata(place, entry).kind));
            ControlFlow::Continue(())
        });
        Ok(found)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        let (place, _) = self.resolve(path, false)?;
        let overlay = &self.shared.overlay;
        match overlay.link(place, overlay.entry(place).as_ref()) {
            Some(link) => Ok(link.to_path_buf()),
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a symbolic link")),
        }
    }

    fn layered(&self) -> Option<&dyn Layered> {
        Some(self)
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        let (place, _) = self.resolve(path, false)?;
        let table = self.shared.overlay.tables.get(usize::from(place.source));
        // PAX records hold the list as text where tar wrote `SCHILY.acl`, and as the kernel's bytes here.
        table
            .and_then(|table| table.xattr(place.entry, "system.posix_acl_access"))
            .map(Acl::parse)
            .transpose()
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        walk(&self.shared.overlay, self.layer, options, visit)
    }
}

impl Layered for ImageSystem {
    fn writes(&self, path: &Path) -> Vec<usize> {
        let found = self.resolve(path, false).ok();
        let file = found.filter(|(place, _)| !place.is_directory());
        let writes = file
            .as_ref()
            .and_then(|(_, way)| way.last())
            .map(|(folder, name)| self.shared.overlay.writes(folder, name.as_bytes(), self.layer));
        writes.unwrap_or_default()
    }

    fn at<'a>(&'a self, layer: usize) -> Box<dyn System + 'a> {
        let layer = u16::try_from(layer).unwrap_or(u16::MAX).min(self.layer);
        Box::new(Self { shared: Arc::clone(&self.shared), layer })
    }

    fn removed<'a>(
        &'a self,
        wanted: &'a dyn Fn(&OsStr) -> bool,
    ) -> Box<dyn Iterator<Item = Removed> + 'a> {
        removed(&self.shared.overlay, self.layer, wanted)
    }
}
