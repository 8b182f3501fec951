//! Merges the lists of layers into one tree.

use super::nodes::{Before, IMPLIED, Nodes, REMOVED, ROOT, Version};
use super::view::{MAX_LINKS, resolve};
use crate::layer::{LayerEntry, LayerKind, LayerTable, Span, TOP};
use std::sync::Arc;
use std::time::Instant;

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

/// Why a layer was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The time is up.
    Late,
    /// More work than any real image makes.
    TooMuch,
}

/// The steps that all layers of an image may take: parts of paths looked up, and entries taken away. Real images take
/// a few for each entry; layers made to keep us busy would take as many as they like.
const MAX_STEPS: u64 = 400_000_000;

/// Adds one more layer on top.
pub(super) fn add_layer(
    nodes: &mut Nodes,
    table: Arc<LayerTable>,
    problems: &mut Vec<Problem>,
    deadline: Option<Instant>,
) -> Result<(), Stop> {
    let layer = u16::try_from(nodes.tables.len()).unwrap_or(u16::MAX);
    nodes.tables.push(Arc::clone(&table));
    let mut merge =
        Merge { nodes, table: &table, layer, problems, deadline, adding: false, rest: Vec::new() };
    for (path, detail) in &table.problems {
        merge.problem(path.clone(), detail.clone());
    }
    // Whiteouts act on lower layers alone, so all of them come before what the layer adds.
    for entry in table.entries() {
        merge.whiteout(&entry)?;
    }
    merge.adding = true;
    let mut later = Vec::new();
    for entry in table.entries() {
        if table.name(&entry).starts_with(WHITEOUT) {
            continue;
        }
        if entry.kind != LayerKind::HardLink {
            merge.add(&entry)?;
        } else if !merge.link(&entry, Whence::ThisLayer)? {
            later.push(entry);
        }
    }
    merge.links(later)?;
    merge.forget_aufs()
}

struct Merge<'a> {
    nodes: &'a mut Nodes,
    table: &'a LayerTable,
    layer: u16,
    problems: &'a mut Vec<Problem>,
    deadline: Option<Instant>,
    /// Whiteouts are done, and what the layer has itself may be taken away again.
    adding: bool,
    /// Parts of a path that are still to go, the next being the last.
    rest: Vec<Span>,
}

/// Where the file behind a hard link may come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whence {
    ThisLayer,
    AnyLayer,
}

impl Merge<'_> {
    fn problem(&mut self, path: String, detail: impl Into<String>) {
        const MAX: usize = 1000;
        if self.problems.len() < MAX {
            let (layer, detail) = (usize::from(self.layer), detail.into());
            self.problems.push(Problem { layer, path, detail });
        }
    }

    fn problem_at(&mut self, entry: &LayerEntry, detail: impl Into<String>) {
        let path = String::from_utf8_lossy(&self.table.path(entry)).into_owned();
        self.problem(path, detail);
    }

    /// Counts a step.
    fn step(&mut self) -> Result<(), Stop> {
        self.nodes.steps += 1;
        if self.nodes.steps > MAX_STEPS {
            return Err(Stop::TooMuch);
        }
        let looks = self.nodes.steps.is_multiple_of(4096);
        if looks && self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Stop::Late);
        }
        Ok(())
    }

    fn whiteout(&mut self, entry: &LayerEntry) -> Result<(), Stop> {
        let name = self.table.name(entry);
        if !name.starts_with(WHITEOUT) || name.starts_with(AUFS) && name != OPAQUE {
            return Ok(());
        }
        if name == OPAQUE && entry.folder == TOP {
            // The root is made of all layers, says overlayfs, on which images run.
            self.problem_at(entry, "an opaque root, which engines pass over");
            return Ok(());
        }
        let Some(folder) = self.reach(entry, Last::Folder)? else {
            return Ok(());
        };
        if name == OPAQUE {
            self.remove_below(folder)
        } else if let Some(node) = self.nodes.child(folder, &name[WHITEOUT.len()..]) {
            self.remove(node)
        } else {
            Ok(())
        }
    }

    fn add(&mut self, entry: &LayerEntry) -> Result<(), Stop> {
        let version = self.version(entry.number);
        if self.table.name(entry).is_empty() {
            if entry.kind == LayerKind::Directory {
                self.nodes.set(ROOT, version);
            }
            return Ok(());
        }
        let Some(node) = self.reach(entry, Last::Anything)? else {
            self.problem_at(entry, "its folder is behind too many symbolic links");
            return Ok(());
        };
        if entry.kind != LayerKind::Directory {
            self.remove_below(node)?;
        }
        self.nodes.set(node, version);
        Ok(())
    }

    fn version(&self, entry: u32) -> Version {
        Version { layer: self.layer, source: self.layer, entry, before: Before::NOTHING }
    }

    /// Hard links whose file was not there yet come last, in as many rounds as they are linked to each other. No engine
    /// makes such layers.
    fn links(&mut self, mut links: Vec<LayerEntry>) -> Result<(), Stop> {
        loop {
            let mut left = Vec::new();
            for entry in &links {
                if !self.link(entry, Whence::AnyLayer)? {
                    left.push(*entry);
                }
            }
            if left.len() == links.len() {
                break;
            }
            links = left;
        }
        for entry in links {
            let target = self.table.link(&entry).display().to_string();
            self.problem_at(
                &entry,
                format!("hard link to {target}, which is no file of the image"),
            );
        }
        Ok(())
    }

    fn link(&mut self, entry: &LayerEntry, whence: Whence) -> Result<bool, Stop> {
        self.step()?;
        let target = resolve(self.nodes, self.layer, self.table.link(entry), false);
        let Ok((file, found)) = target else { return Ok(false) };
        if self.nodes.is_directory(found)
            || whence == Whence::ThisLayer && found.layer != self.layer
        {
            return Ok(false);
        }
        let Some(node) = self.reach(entry, Last::Anything)? else { return Ok(false) };
        if node == ROOT || self.is_below(file, node) {
            return Ok(false);
        }
        self.remove_below(node)?;
        self.nodes.set(node, Version { layer: self.layer, before: Before::NOTHING, ..found });
        Ok(true)
    }

    /// Whether a node lies below another: a file cannot take the place of its own folder.
    fn is_below(&self, mut node: u32, above: u32) -> bool {
        while node != ROOT {
            node = self.nodes.nodes[node as usize].parent;
            if node == above {
                return true;
            }
        }
        false
    }

    /// The node of an entry or of its folder, all folders being made where they are missing or something else. As where an engine unpacks
    /// a layer into a folder of its own, a link on the way is followed if it is of this layer, and else is no more.
    /// `None` behind too many links.
    fn reach(&mut self, entry: &LayerEntry, last: Last) -> Result<Option<u32>, Stop> {
        let names = &self.table.names;
        let mut rest = std::mem::take(&mut self.rest);
        rest.clear();
        if last == Last::Anything && !names.get(entry.name).is_empty() {
            rest.push(entry.name);
        }
        rest.extend(names.parts_backwards(entry.folder));
        let mut node = ROOT;
        let mut links = 0;
        while let Some(part) = rest.pop() {
            self.step()?;
            let name = names.get(part);
            if name == b".." {
                node = if node == ROOT { ROOT } else { self.nodes.nodes[node as usize].parent };
                continue;
            }
            let folder = node;
            node = self.nodes.child_or_new(folder, self.layer, part.start(), name);
            if rest.is_empty() && last == Last::Anything {
                break;
            }
            let now = self.nodes.at(node, self.layer);
            if now.is_some_and(|now| self.nodes.is_directory(now)) {
                continue;
            }
            match now.and_then(|now| self.own_link(now)) {
                Some(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Ok(None);
                    }
                    let bytes = names.get(target);
                    node = if bytes.starts_with(b"/") { ROOT } else { folder };
                    rest.extend(target.parts_backwards(bytes));
                }
                None => self.nodes.set(node, self.version(IMPLIED)),
            }
        }
        self.rest = rest;
        Ok(Some(node))
    }

    /// The target of a symbolic link of this layer.
    fn own_link(&self, version: Version) -> Option<Span> {
        let own = version.layer == self.layer && version.source == self.layer;
        let entry = self.nodes.entry(version).filter(|_| own)?;
        (entry.kind == LayerKind::Symlink).then(|| self.table.link_span(&entry))
    }

    /// Takes a path away.
    fn remove(&mut self, node: u32) -> Result<(), Stop> {
        self.remove_below(node)?;
        self.remove_one(node);
        Ok(())
    }

    fn remove_one(&mut self, node: u32) {
        let now = self.nodes.at(node, self.layer);
        if now.is_some_and(|now| self.adding || now.layer < self.layer) {
            self.nodes.set(node, self.version(REMOVED));
        }
    }

    /// Takes away what is below a path. Nothing is below what is gone itself or no folder.
    fn remove_below(&mut self, node: u32) -> Result<(), Stop> {
        let is_folder = |merge: &Self, node| {
            let now = merge.nodes.at(node, merge.layer);
            now.is_some_and(|now| merge.nodes.is_directory(now))
        };
        let mut folders = Vec::new();
        if is_folder(self, node) {
            folders.push(node);
        }
        while let Some(folder) = folders.pop() {
            let mut child = self.nodes.nodes[folder as usize].first_child;
            while let Some(found) = self.nodes.nodes.get(child as usize).copied() {
                self.step()?;
                if is_folder(self, child) {
                    folders.push(child);
                }
                self.remove_one(child);
                child = found.next_sibling;
            }
        }
        Ok(())
    }

    /// What aufs keeps for itself is no part of the image; hard links into it are made by now.
    fn forget_aufs(&mut self) -> Result<(), Stop> {
        for name in [&b".wh..wh.plnk"[..], b".wh..wh.orph", b".wh..wh.aufs"] {
            if let Some(node) = self.nodes.child(ROOT, name) {
                self.remove(node)?;
            }
        }
        Ok(())
    }
}

/// What the last part of a path may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Folder,
    Anything,
}
