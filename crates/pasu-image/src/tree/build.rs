//! Merges the lists of layers into one tree.

use super::nodes::{IMPLIED, NONE, Nodes, REMOVED, ROOT, Version};
use crate::layer::{LayerEntry, LayerKind, LayerTable, MAX_NAME};
use std::sync::Arc;

/// A whiteout: the name after it is taken away.
const WHITEOUT: &[u8] = b".wh.";
/// Everything that lower layers have in the folder is taken away.
const OPAQUE: &[u8] = b".wh..wh..opq";
/// What aufs keeps for itself.
const AUFS: &[u8] = b".wh..wh.";

/// Something in a layer that could not be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The layer, from 0.
    pub layer: usize,
    /// The path as written.
    pub path: String,
    /// What is wrong.
    pub detail: String,
}

/// Adds one more layer on top.
pub(super) fn add_layer(nodes: &mut Nodes, table: Arc<LayerTable>, problems: &mut Vec<Problem>) {
    let layer = u16::try_from(nodes.tables.len()).unwrap_or(u16::MAX);
    nodes.tables.push(Arc::clone(&table));
    let mut merge = Merge { nodes, table: &table, layer, problems };
    for (path, detail) in &table.problems {
        merge.problem(path.clone(), detail.clone());
    }
    // Whiteouts act on lower layers alone, so all of them come before what the layer adds.
    for entry in table.entries() {
        merge.whiteout(entry);
    }
    let mut links = Vec::new();
    for (number, entry) in table.entries().iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(NONE);
        if entry.kind == LayerKind::HardLink {
            links.push((number, entry));
        } else {
            merge.add(number, entry);
        }
    }
    merge.links(links);
}

struct Merge<'a> {
    nodes: &'a mut Nodes,
    table: &'a LayerTable,
    layer: u16,
    problems: &'a mut Vec<Problem>,
}

/// The last part of a path, and what is before it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}

impl Merge<'_> {
    fn problem(&mut self, path: String, detail: String) {
        const MAX: usize = 1000;
        if self.problems.len() < MAX {
            self.problems.push(Problem { layer: usize::from(self.layer), path, detail });
        }
    }

    fn whiteout(&mut self, entry: &LayerEntry) {
        let (folder, name) = split(self.table.path(entry));
        if !name.starts_with(WHITEOUT) {
            return;
        }
        let Some(folder) = self.find(folder) else { return };
        if name == OPAQUE {
            self.remove_below(folder);
        } else if !name.starts_with(AUFS)
            && let Some(node) = self.nodes.child(folder, &name[WHITEOUT.len()..])
        {
            self.remove(node);
        }
    }

    fn add(&mut self, number: u32, entry: &LayerEntry) {
        let path = self.table.path(entry);
        let (_, name) = split(path);
        if name.starts_with(WHITEOUT) {
            return;
        }
        let version = Version {
            layer: self.layer,
            source: self.layer,
            entry: number,
            before: NONE,
            anew: false,
        };
        if path.is_empty() {
            if entry.kind == LayerKind::Directory {
                self.nodes.set(ROOT, version);
            }
            return;
        }
        let node = self.make(entry);
        if entry.kind != LayerKind::Directory {
            self.remove_below(node);
        }
        self.nodes.set(node, version);
    }

    /// Hard links come after everything else, in as many rounds as they are linked to each other.
    fn links(&mut self, mut links: Vec<(u32, &LayerEntry)>) {
        while !links.is_empty() {
            let before = links.len();
            links.retain(|(_, entry)| !self.link(entry));
            if links.len() == before {
                break;
            }
        }
        for (_, entry) in links {
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let path = shown(self.table.path(entry));
            let target = self.table.link(entry).display().to_string();
            self.problem(path, format!("hard link to {target}, which is no file of the image"));
        }
    }

    fn link(&mut self, entry: &LayerEntry) -> bool {
        let (_, name) = split(self.table.path(entry));
        if name.starts_with(WHITEOUT) {
            return true;
        }
        use std::os::unix::ffi::OsStrExt;
        let target = self.table.link(entry).as_os_str().as_bytes();
        let found = self.find(target).and_then(|node| self.nodes.at(node, self.layer));
        let Some(found) = found.filter(|version| !self.nodes.is_directory(*version)) else {
            return false;
        };
        let node = self.make(entry);
        self.remove_below(node);
        self.nodes.set(node, Version { layer: self.layer, before: NONE, anew: false, ..found });
        true
    }

    /// The node of a path that is there or was; links are not followed.
    fn find(&self, path: &[u8]) -> Option<u32> {
        let mut node = ROOT;
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            node = self.nodes.child(node, part)?;
        }
        Some(node)
    }

    /// The node of an entry, its folders being made where they are missing or something else.
    fn make(&mut self, entry: &LayerEntry) -> u32 {
        let path = self.table.path(entry);
        debug_assert!(path.len() <= MAX_NAME);
        let mut node = ROOT;
        let mut start = 0;
        loop {
            let end = path[start..].iter().position(|byte| *byte == b'/').map(|at| start + at);
            let part = &path[start..end.unwrap_or(path.len())];
            let at = entry.name_start() + u32::try_from(start).unwrap_or(0);
            node = self.nodes.child_or_new(node, self.layer, at, part);
            let Some(end) = end else { return node };
            let is_directory = self
                .nodes
                .at(node, self.layer)
                .is_some_and(|version| self.nodes.is_directory(version));
            if !is_directory {
                let (layer, source) = (self.layer, self.layer);
                self.nodes.set(
                    node,
                    Version { layer, source, entry: IMPLIED, before: NONE, anew: false },
                );
            }
            start = end + 1;
        }
    }

    /// Takes a path away as far as lower layers have it.
    fn remove(&mut self, node: u32) {
        let version = Version {
            layer: self.layer,
            source: self.layer,
            entry: REMOVED,
            before: NONE,
            anew: false,
        };
        if self.nodes.at(node, self.layer).is_some_and(|now| now.layer < self.layer) {
            self.nodes.set(node, version);
        }
        self.remove_below(node);
    }

    /// Takes away what lower layers have below a path.
    fn remove_below(&mut self, node: u32) {
        let mut rest: Vec<u32> = vec![self.nodes.nodes[node as usize].first_child];
        let version = Version {
            layer: self.layer,
            source: self.layer,
            entry: REMOVED,
            before: NONE,
            anew: false,
        };
        while let Some(mut node) = rest.pop() {
            while node != NONE {
                let Some(found) = self.nodes.nodes.get(node as usize).copied() else { break };
                if self.nodes.at(node, self.layer).is_some_and(|now| now.layer < self.layer) {
                    self.nodes.set(node, version);
                }
                if found.first_child != NONE {
                    rest.push(found.first_child);
                }
                node = found.next_sibling;
            }
        }
    }
}
