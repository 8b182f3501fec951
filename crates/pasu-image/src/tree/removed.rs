//! What layers brought and later ones took away: out of the layers' own lists, each held against the merged tree.

use super::overlay::{Overlay, os};
use super::view::{Names, resolve};
use crate::layer::{LayerKind, LayerTable, TOP, absolute};
use pasu_system::Removed;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// As [`pasu_system::Layered::removed`], with `last` being the last layer that counts.
pub(super) fn removed<'a>(
    overlay: &'a Overlay,
    last: u16,
    wanted: &'a dyn Fn(&OsStr) -> bool,
) -> Box<dyn Iterator<Item = Removed> + 'a> {
    // Nothing comes after the last one.
    let layers = (0..last).zip(&overlay.tables);
    Box::new(layers.flat_map(move |(layer, table)| {
        let paths = (TOP..table.names.count()).flat_map(|folder| files(table, folder, wanted));
        paths.filter_map(move |path| gone(overlay, layer, last, &path))
    }))
}

/// The paths of the files that a layer lists in a folder.
fn files(table: &LayerTable, folder: u32, wanted: &dyn Fn(&OsStr) -> bool) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut cursor = table.cursor(folder);
    while let Some(entry) = cursor.next() {
        let is_file = matches!(entry.kind, LayerKind::File | LayerKind::HardLink);
        if is_file && wanted(os(cursor.name())) {
            paths.push(absolute(&table.names.path(folder, cursor.name())));
        }
    }
    paths
}

/// What became of the file that a layer lists at a path.
fn gone(overlay: &Overlay, layer: u16, last: u16, listed: &Path) -> Option<Removed> {
    let at = |layer, path: &Path| resolve(overlay, layer, path, false, Names::OfImage).ok();
    // A whiteout stands in the list as a file, too; what it is called is nowhere in the tree.
    let (place, way) = at(layer, listed)?;
    let is_file = overlay.entry(place).is_some_and(|entry| entry.kind == LayerKind::File);
    if place.layer != layer || !is_file {
        return None;
    }
    // Folders on its way may be links, now or later on, which lead to another file.
    let path = way.path();
    let is_it =
        |later| at(later, &path).is_some_and(|(now, way)| now.layer == layer && way.path() == path);
    // What is gone once does not come back as the same file, so the first layer without it can be searched for by halves.
    if is_it(last) {
        return None;
    }
    let (mut there, mut by) = (layer, last);
    while by - there > 1 {
        let middle = there + (by - there) / 2;
        if is_it(middle) {
            there = middle;
        } else {
            by = middle;
        }
    }
    let is_replaced = at(by, &path).is_some_and(|(now, _)| !now.is_directory());
    Some(Removed { path, layer: layer.into(), by: by.into(), is_replaced })
}
