//! What is in a merged folder: the lists of its layers, each in the order of names, put together.

use super::overlay::{Overlay, Place, Seen, is_whiteout};
use crate::layer::{Cursor, LayerEntry, LayerKind, WHITEOUT};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// One layer's list, and the entry that comes next in it.
struct List<'a> {
    layer: u16,
    cursor: Cursor<'a>,
    next: LayerEntry,
}

/// Is shown a name in a folder, what is there, and the entry behind it.
type See<'a> = dyn FnMut(&[u8], Place, Option<&LayerEntry>) -> ControlFlow<()> + 'a;

/// Shows what is in a folder as it is seen from a layer, in the order of names.
pub(super) fn each_child(
    overlay: &Overlay,
    seen: Seen,
    layer: u16,
    see: &mut See<'_>,
) -> ControlFlow<()> {
    let mut lists = Vec::new();
    // The newest layer that takes a name away.
    let mut taken: HashMap<Vec<u8>, u16> = HashMap::new();
    for (layer, below) in overlay.lists(seen, layer) {
        let Some(table) = overlay.tables.get(usize::from(layer)) else { continue };
        if table.has_whiteouts(below) {
            let mut cursor = table.cursor(below);
            cursor.go_before(WHITEOUT);
            while let Some(entry) = cursor.next() {
                match cursor.name().strip_prefix(WHITEOUT) {
                    Some(name) if !entry.implied => {
                        taken.entry(name.to_vec()).or_insert(layer);
                    }
                    None if cursor.name() > WHITEOUT => break,
                    _ => {}
                }
            }
        }
        let mut cursor = table.cursor(below);
        if let Some(next) = cursor.next() {
            lists.push(List { layer, cursor, next });
        }
    }
    let mut name = Vec::new();
    while !lists.is_empty() {
        let newest = least(&lists);
        name.clear();
        name.extend_from_slice(lists[newest].cursor.name());
        if let Some((place, entry)) = shown(overlay, seen, layer, &name, &lists, &taken) {
            see(&name, place, entry.as_ref())?;
        }
        lists.retain_mut(|list| {
            if list.cursor.name() != name {
                return true;
            }
            match list.cursor.next() {
                Some(next) => list.next = next,
                None => return false,
            }
            true
        });
    }
    ControlFlow::Continue(())
}

/// The first of the lists whose next name is the least.
fn least(lists: &[List<'_>]) -> usize {
    let mut least = 0;
    for (number, list) in lists.iter().enumerate().skip(1) {
        if list.cursor.name().cmp(lists[least].cursor.name()) == Ordering::Less {
            least = number;
        }
    }
    least
}

/// What is to be seen of a name that comes next.
fn shown(
    overlay: &Overlay,
    seen: Seen,
    layer: u16,
    name: &[u8],
    lists: &[List<'_>],
    taken: &HashMap<Vec<u8>, u16>,
) -> Option<(Place, Option<LayerEntry>)> {
    // The root's own attributes have no name.
    if name.is_empty() {
        return None;
    }
    let with_name = || lists.iter().filter(|list| list.cursor.name() == name);
    let taken_by = taken.get(name).copied();
    if !is_whiteout(name) && with_name().all(|list| list.next.below == 0) {
        // Most paths are in no layer a folder in which something lies, or are so in layers that are not seen.
        for list in with_name() {
            if taken_by.is_some_and(|by| by > list.layer) {
                return None;
            }
            if list.next.kind == LayerKind::Directory {
                break;
            }
            if let Some(place) = overlay.place(list.layer, &list.next) {
                let is_own = list.next.kind != LayerKind::HardLink;
                let entry = if is_own { Some(list.next) } else { overlay.entry(place) };
                return Some((place, entry));
            }
        }
    }
    let place = overlay.find(seen, name, layer)?;
    Some((place, overlay.entry(place)))
}
