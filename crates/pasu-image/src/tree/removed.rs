//! What layers brought and later ones took away: out of the layers' own lists, each held against the merged tree.

use super::nodes::Nodes;
use super::view::resolve;
use super::walk::path_of;
use crate::layer::{LayerKind, absolute};
use pasu_system::Removed;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// As [`pasu_system::Layered::removed`], with `last` being the last layer that counts.
pub(super) fn removed<'a>(
    nodes: &'a Nodes,
    last: u16,
    wanted: &'a dyn Fn(&OsStr) -> bool,
) -> Box<dyn Iterator<Item = Removed> + 'a> {
    // Nothing comes after the last one.
    let layers = (0..last).zip(&nodes.tables);
    Box::new(layers.flat_map(move |(layer, table)| {
        table.entries().filter_map(move |entry| {
            let is_file = matches!(entry.kind, LayerKind::File | LayerKind::HardLink);
            if !is_file || !wanted(OsStr::from_bytes(table.name(&entry))) {
                return None;
            }
            gone(nodes, layer, last, &absolute(&table.path(&entry)))
        })
    }))
}

/// What became of the file that a layer lists at a path.
fn gone(nodes: &Nodes, layer: u16, last: u16, listed: &Path) -> Option<Removed> {
    // A whiteout stands in the list as a file, too; what it is called is nowhere in the tree.
    let (node, version) = resolve(nodes, layer, listed, false).ok()?;
    let is_file = nodes.entry(version).is_some_and(|entry| entry.kind == LayerKind::File);
    if version.layer != layer || !is_file {
        return None;
    }
    // Folders on its way may be links, now or later on, which lead to another file.
    let path = path_of(nodes, node);
    let at = |layer| resolve(nodes, layer, &path, false).ok();
    let is_it = |later| at(later).is_some_and(|(found, now)| found == node && now.layer == layer);
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
    let is_replaced = at(by).is_some_and(|(_, now)| !nodes.is_directory(now));
    Some(Removed { path, layer: layer.into(), by: by.into(), is_replaced })
}
