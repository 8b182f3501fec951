//! Lays layers over each other.

use super::overlay::{NONE, Overlay, ROOT, Seen, What, is_whiteout};
use super::view::{Names, resolve};
use crate::layer::{LayerEntry, LayerKind, LayerTable, TOP, WHITEOUT};
use std::sync::Arc;
use std::time::Instant;

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

/// The steps that all layers of an image may take: entries gone through, and names looked for in lists of layers. Real
/// images take one or two for each entry; layers made to keep us busy would take as many as they like.
const MAX_STEPS: u64 = 100_000_000;

/// Counts steps.
#[derive(Default)]
pub(super) struct Steps {
    count: u64,
    deadline: Option<Instant>,
}

impl Steps {
    pub fn new(deadline: Option<Instant>) -> Self {
        Self { count: 0, deadline }
    }

    fn step(&mut self) -> Result<(), Stop> {
        self.count += 1;
        if self.count > MAX_STEPS {
            return Err(Stop::TooMuch);
        }
        let looks = self.count.is_multiple_of(4096);
        if looks && self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Stop::Late);
        }
        Ok(())
    }
}

/// Adds one more layer on top.
pub(super) fn add_layer(
    overlay: &mut Overlay,
    table: &Arc<LayerTable>,
    problems: &mut Vec<Problem>,
    steps: &mut Steps,
) -> Result<(), Stop> {
    let layer = u16::try_from(overlay.tables.len()).unwrap_or(u16::MAX);
    overlay.tables.push(Arc::clone(table));
    overlay.links.push(Vec::new());
    let folders = vec![NONE; table.names.count() as usize];
    let mut merge = Merge { overlay, table, layer, problems, steps, folders };
    for (path, detail) in &table.problems {
        merge.problem(path.clone(), detail.clone());
    }
    merge.folders()?;
    merge.links()
}

struct Merge<'a> {
    overlay: &'a mut Overlay,
    table: &'a LayerTable,
    layer: u16,
    problems: &'a mut Vec<Problem>,
    steps: &'a mut Steps,
    /// The merged folder that each folder of the layer is.
    folders: Vec<u32>,
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

    /// Merges the layer's folders, and notes what it says of those of lower layers. A folder stands in a list before what is
    /// in it.
    fn folders(&mut self) -> Result<(), Stop> {
        let own = self.table.find(TOP, b"").filter(|own| own.kind == LayerKind::Directory);
        let entry = own.map_or(NONE, |own| own.number);
        self.overlay.mark(ROOT, self.layer, What::Folder { below: TOP, entry }, false);
        if let Some(top) = self.folders.first_mut() {
            *top = ROOT;
        }
        let table = self.table;
        for number in TOP..table.names.count() {
            let Some(folder) = self.folders.get(number as usize).copied().filter(|f| *f != NONE)
            else {
                continue;
            };
            let mut cursor = table.cursor(number);
            while let Some(entry) = cursor.next() {
                self.steps.step()?;
                self.entry(folder, cursor.name(), &entry)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, folder: u32, name: &[u8], entry: &LayerEntry) -> Result<(), Stop> {
        let taken = name.strip_prefix(WHITEOUT).filter(|_| !entry.implied);
        if let Some(taken) = taken {
            if name == OPAQUE {
                self.opaque(folder, entry);
            } else if !name.starts_with(AUFS)
                && let Some(taken) = self.overlay.child(folder, taken)
            {
                self.overlay.mark(taken, self.layer, What::Gone, true);
            }
        }
        if entry.below != 0 {
            return self.folder(folder, name, entry);
        }
        if taken.is_some() {
            return Ok(());
        }
        if name.is_empty() || self.layer == 0 || entry.kind == LayerKind::HardLink {
            return Ok(());
        }
        let Some(known) = self.overlay.child(folder, name) else { return Ok(()) };
        let what = match entry.kind {
            LayerKind::Directory => What::Folder { below: NONE, entry: entry.number },
            _ => What::Other { source: self.layer, entry: entry.number },
        };
        self.overlay.mark(known, self.layer, what, false);
        Ok(())
    }

    fn opaque(&mut self, folder: u32, entry: &LayerEntry) {
        if folder == ROOT {
            // The root is made of all layers, says overlayfs, on which images run.
            self.problem_at(entry, "an opaque root, which engines pass over");
            return;
        }
        self.overlay.mark_opaque(folder);
    }

    /// A folder in which something lies.
    fn folder(&mut self, parent: u32, name: &[u8], entry: &LayerEntry) -> Result<(), Stop> {
        let folder = match self.overlay.child(parent, name) {
            Some(folder) => folder,
            None => {
                let folder = self.overlay.add_folder(parent, self.layer, entry.below);
                self.below(parent, name, folder)?;
                folder
            }
        };
        let is_listed = !entry.implied && !is_whiteout(name);
        let number = if is_listed { entry.number } else { NONE };
        let what = What::Folder { below: entry.below, entry: number };
        // The whiteout of a folder that is new to all layers had nothing to say it of.
        let cut = self.table.takes_away(entry.folder, name);
        self.overlay.mark(folder, self.layer, what, cut);
        if let Some(slot) = self.folders.get_mut(entry.below as usize) {
            *slot = folder;
        }
        Ok(())
    }

    /// Notes what lower layers say of a folder's path, in none of which something lies in it.
    fn below(&mut self, parent: u32, name: &[u8], folder: u32) -> Result<(), Stop> {
        let Some(lower) = self.layer.checked_sub(1) else { return Ok(()) };
        let mut lists: Vec<(u16, u32)> = self.overlay.lists(Seen::whole(parent), lower).collect();
        lists.reverse();
        for (layer, below) in lists {
            self.steps.step()?;
            let table = Arc::clone(&self.overlay.tables[usize::from(layer)]);
            if table.takes_away(below, name) {
                self.overlay.mark(folder, layer, What::Gone, true);
            }
            let Some(entry) = table.find(below, name).filter(|_| !is_whiteout(name)) else {
                continue;
            };
            let Some(place) = self.overlay.place(layer, &entry) else { continue };
            let what = if place.is_directory() {
                What::Folder { below: NONE, entry: place.entry }
            } else {
                What::Other { source: place.source, entry: place.entry }
            };
            self.overlay.mark(folder, layer, what, false);
        }
        Ok(())
    }

    /// Finds the files of hard links: first those in this layer, then those in any, in as many rounds as they are linked to
    /// each other.
    fn links(&mut self) -> Result<(), Stop> {
        let is_hard = |number: &u32| {
            self.table.entry(*number).is_some_and(|entry| entry.kind == LayerKind::HardLink)
        };
        let mut links: Vec<u32> =
            self.table.links.iter().map(|(number, ..)| *number).filter(is_hard).collect();
        for whence in [Whence::ThisLayer, Whence::AnyLayer] {
            loop {
                let mut found = Vec::new();
                let mut left = Vec::new();
                for number in links.iter().copied() {
                    self.steps.step()?;
                    match self.linked(number, whence) {
                        Some((layer, entry)) => found.push((number, layer, entry)),
                        None => left.push(number),
                    }
                }
                if found.is_empty() {
                    break;
                }
                self.take_over(&found);
                links = left;
            }
        }
        for entry in links.into_iter().filter_map(|number| self.table.entry(number)) {
            let target = self.table.link(&entry).display().to_string();
            self.problem_at(
                &entry,
                format!("hard link to {target}, which is no file of the image"),
            );
        }
        Ok(())
    }

    /// The file that a hard link is.
    fn linked(&self, number: u32, whence: Whence) -> Option<(u16, u32)> {
        let target = self.table.link(&self.table.entry(number)?);
        let (place, _) = resolve(self.overlay, self.layer, target, false, Names::All).ok()?;
        let is_there = whence == Whence::AnyLayer || place.layer == self.layer;
        (is_there && !place.is_directory()).then_some((place.source, place.entry))
    }

    fn take_over(&mut self, found: &[(u32, u16, u32)]) {
        let links = &mut self.overlay.links[usize::from(self.layer)];
        links.extend_from_slice(found);
        links.sort_unstable();
        for (number, source, entry) in found {
            let Some(own) = self.table.entry(*number) else { continue };
            let folder = self.folders.get(own.folder as usize).copied().unwrap_or(NONE);
            let path = self.table.path(&own);
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            if let Some(known) = self.overlay.child(folder, name) {
                let what = What::Other { source: *source, entry: *entry };
                self.overlay.mark(known, self.layer, what, false);
            }
        }
    }
}

/// Where the file behind a hard link may come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whence {
    ThisLayer,
    AnyLayer,
}
