//! The names of a layer, each once: a path is a folder and a last name, and a folder is the same again.
//!
//! In an image of hundreds of thousands of files the folders' names would else be most of what is in memory.

use super::limits::{MAX_ENTRIES, MAX_NAMES};
use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

/// The number of the root; other folders count from 1.
pub(crate) const TOP: u32 = 0;
/// How many of the last different names are remembered: `index.js` need not be stored a thousand times.
const RECENT: usize = 4096;
/// The length byte of a name that is longer than it can say: two more follow.
const LONG: u8 = u8::MAX;

/// A part of [`Names::bytes`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    start: u32,
    length: u16,
}

impl Span {
    pub(crate) fn start(self) -> u32 {
        self.start
    }

    /// The parts of a path whose bytes these are, from the last to the first.
    pub(crate) fn parts_backwards(self, bytes: &[u8]) -> impl Iterator<Item = Self> + '_ {
        let mut end = bytes.len();
        bytes.rsplit(|byte| *byte == b'/').filter_map(move |part| {
            let start = end - part.len();
            end = start.saturating_sub(1);
            let start = self.start + u32::try_from(start).ok()?;
            let length = u16::try_from(part.len()).ok()?;
            (length > 0 && part != b".").then_some(Self { start, length })
        })
    }
}

/// A folder that something lies in, listed itself or not.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Folder {
    /// The folder it lies in.
    parent: u32,
    /// Where its name begins.
    name: u32,
}

/// Names, and the folders made of them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    bytes: Vec<u8>,
    folders: Vec<Folder>,
    growing: Growing,
}

/// What is needed only while there may be more.
#[derive(Debug, Default)]
struct Growing {
    hasher: DefaultHashBuilder,
    /// Folders by their parent and name.
    index: HashTable<u32>,
    /// The path that was asked for last, and where each of its folders ends: mostly the next one is nearly the same.
    last: Vec<u8>,
    ends: Vec<(usize, u32)>,
    /// Where some names begin, by their hash; 0 for none.
    recent: Vec<u32>,
}

impl Names {
    /// What was stored; `None` if it cannot have been that.
    pub(crate) fn from_parts(bytes: Vec<u8>, folders: Vec<Folder>) -> Option<Self> {
        let names = Self { bytes, folders, growing: Growing::default() };
        // Whoever goes up comes to the root.
        let goes_up = |(number, folder): (u32, &Folder)| folder.parent <= number;
        let whole = (0..).zip(&names.folders).all(goes_up)
            && names.folders.iter().all(|folder| names.holds_name(folder.name));
        whole.then_some(names)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn folders(&self) -> &[Folder] {
        &self.folders
    }

    pub(super) fn has_folder(&self, folder: u32) -> bool {
        folder as usize <= self.folders.len()
    }

    /// Whether a name begins there and ends before everything does.
    pub(super) fn holds_name(&self, start: u32) -> bool {
        self.span(start).is_some_and(|span| self.holds(span))
    }

    pub(super) fn holds(&self, span: Span) -> bool {
        span.start as usize + usize::from(span.length) <= self.bytes.len()
    }

    fn span(&self, start: u32) -> Option<Span> {
        let at = start as usize;
        match *self.bytes.get(at)? {
            LONG => {
                let length = [*self.bytes.get(at + 1)?, *self.bytes.get(at + 2)?];
                Some(Span { start: start + 3, length: u16::from_le_bytes(length) })
            }
            length => Some(Span { start: start + 1, length: u16::from(length) }),
        }
    }

    /// The name that begins there.
    pub(super) fn name(&self, start: u32) -> Span {
        self.span(start).unwrap_or_default()
    }

    pub(crate) fn get(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.bytes.get(start..start + usize::from(span.length)).unwrap_or_default()
    }

    fn folder(&self, folder: u32) -> Option<Folder> {
        self.folders.get((folder as usize).checked_sub(1)?).copied()
    }

    /// The names of a folder and those it lies in, from the innermost to the root's child.
    pub(crate) fn parts_backwards(&self, folder: u32) -> impl Iterator<Item = Span> + '_ {
        let mut at = folder;
        std::iter::from_fn(move || {
            let folder = self.folder(at)?;
            at = folder.parent;
            Some(self.name(folder.name))
        })
    }

    /// The path of what has a name in a folder: the folder's own if the name is empty.
    pub(super) fn path(&self, folder: u32, name: Span) -> Vec<u8> {
        let mut parts = vec![name];
        parts.extend(self.parts_backwards(folder));
        let length = parts.iter().map(|part| usize::from(part.length) + 1).sum();
        let mut path = Vec::with_capacity(length);
        for part in parts.into_iter().rev().filter(|part| part.length > 0) {
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(self.get(part));
        }
        path
    }

    /// The folder of a path, made if need be; `None` if there is no room for it.
    pub(super) fn add_folder(&mut self, path: &[u8]) -> Option<u32> {
        let mut growing = std::mem::take(&mut self.growing);
        let folder = self.add_parts(&mut growing, path);
        self.growing = growing;
        folder
    }

    fn add_parts(&mut self, growing: &mut Growing, path: &[u8]) -> Option<u32> {
        let mut start = 0;
        let mut is_same = |(end, _): &(usize, u32)| {
            let same = path.get(start..*end).is_some_and(|part| part == &growing.last[start..*end])
                && matches!(path.get(*end), None | Some(b'/'));
            start = if same { *end } else { start };
            same
        };
        let same = growing.ends.iter().take_while(|end| is_same(end)).count();
        growing.ends.truncate(same);
        let mut folder = growing.ends.last().map_or(TOP, |(_, folder)| *folder);
        growing.last.clear();
        growing.last.extend_from_slice(path);
        let mut end = start;
        for part in path[start..].split(|byte| *byte == b'/') {
            let begin = end;
            end = begin + part.len();
            if !part.is_empty() {
                folder = self.child(growing, folder, part)?;
                growing.ends.push((end, folder));
            }
            end += 1;
        }
        Some(folder)
    }

    fn child(&mut self, growing: &mut Growing, parent: u32, name: &[u8]) -> Option<u32> {
        let hash = growing.hasher.hash_one((parent, name));
        let found = growing.index.find(hash, |number| {
            self.folder(*number).is_some_and(|folder| {
                folder.parent == parent && self.get(self.name(folder.name)) == name
            })
        });
        if let Some(found) = found {
            return Some(*found);
        }
        let start = self.add_name_with(growing, name)?;
        if self.folders.len() >= MAX_ENTRIES {
            return None;
        }
        self.folders.push(Folder { parent, name: start });
        let number = u32::try_from(self.folders.len()).ok()?;
        growing.index.insert_unique(hash, number, |number| {
            let folder = self.folder(*number);
            folder.map_or(0, |folder| {
                growing.hasher.hash_one((folder.parent, self.get(self.name(folder.name))))
            })
        });
        Some(number)
    }

    /// Stores a name; where it begins, or `None` if there is no room for it.
    pub(super) fn add_name(&mut self, name: &[u8]) -> Option<u32> {
        let mut growing = std::mem::take(&mut self.growing);
        let start = self.add_name_with(&mut growing, name);
        self.growing = growing;
        start
    }

    fn add_name_with(&mut self, growing: &mut Growing, name: &[u8]) -> Option<u32> {
        if growing.recent.is_empty() {
            growing.recent.resize(RECENT, 0);
            // Nothing begins at 0, and so 0 can say that there is none.
            if self.bytes.is_empty() {
                self.bytes.push(0);
            }
        }
        let hash = growing.hasher.hash_one(name);
        let slot = usize::try_from(hash % RECENT as u64).ok()?;
        let seen = *growing.recent.get(slot)?;
        if seen != 0 && self.get(self.name(seen)) == name {
            return Some(seen);
        }
        let start = u32::try_from(self.bytes.len()).ok()?;
        match u8::try_from(name.len()) {
            Ok(length) if length != LONG => self.bytes.push(length),
            _ => {
                self.bytes.push(LONG);
                self.bytes.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(name);
        if let Some(slot) = growing.recent.get_mut(slot) {
            *slot = start;
        }
        (self.bytes.len() <= MAX_NAMES).then_some(start)
    }

    /// Each folder's place in the order of their paths, the root's first.
    pub(super) fn order(&self) -> Vec<u32> {
        let parent = |number: &u32| self.folder(*number).map_or(TOP, |folder| folder.parent);
        let name = |number: &u32| self.parts_backwards(*number).next().map(|name| self.get(name));
        let count = u32::try_from(self.folders.len()).unwrap_or(u32::MAX - 1);
        let mut children: Vec<u32> = (TOP + 1..=count).collect();
        children.sort_unstable_by_key(|number| (parent(number), name(number)));
        let mut order = vec![0; self.folders.len() + 1];
        let mut open = vec![TOP];
        for place in 0.. {
            let Some(folder) = open.pop() else { break };
            if let Some(found) = order.get_mut(folder as usize) {
                *found = place;
            }
            let start = children.partition_point(|child| parent(child) < folder);
            let end = children.partition_point(|child| parent(child) <= folder);
            open.extend(children[start..end].iter().rev());
        }
        order
    }

    /// Gives back what growing took too much. Later additions find nothing that was there before.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.folders.shrink_to_fit();
        self.growing = Growing::default();
    }
}
