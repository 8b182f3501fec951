//! The folders of a layer: each a folder and a name, so that no path is stored whole.

use super::limits::{MAX_ENTRIES, MAX_NAMES};
use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

/// The number of the root; other folders count from 1.
pub(crate) const TOP: u32 = 0;
/// How many of the last different names are remembered: `dist` need not be stored a thousand times.
const RECENT: usize = 4096;
/// The length byte of a name that is longer than it can say: two more follow.
const LONG: u8 = u8::MAX;

/// A folder that something lies in, listed itself or not.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Folder {
    /// The folder it lies in.
    parent: u32,
    /// Where its name begins.
    name: u32,
}

/// Folders and their names.
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
            && names.folders.iter().all(|folder| names.name_at(folder.name).is_some());
        whole.then_some(names)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// How many there are, the root among them.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.folders.len() + 1).unwrap_or(u32::MAX)
    }

    /// The name that begins there.
    fn name_at(&self, start: u32) -> Option<&[u8]> {
        let (length, rest) = self.bytes.get(start as usize..)?.split_first()?;
        if *length != LONG {
            return rest.get(..usize::from(*length));
        }
        let (length, rest) = rest.split_first_chunk()?;
        rest.get(..usize::from(u16::from_le_bytes(*length)))
    }

    fn folder(&self, folder: u32) -> Option<Folder> {
        self.folders.get((folder as usize).checked_sub(1)?).copied()
    }

    /// A folder's name; empty for the root.
    pub(crate) fn name(&self, folder: u32) -> &[u8] {
        self.folder(folder).and_then(|folder| self.name_at(folder.name)).unwrap_or_default()
    }

    /// The folder that one lies in; `None` for the root.
    pub(crate) fn parent(&self, folder: u32) -> Option<u32> {
        Some(self.folder(folder)?.parent)
    }

    /// The path of what has a name in a folder: the folder's own if the name is empty.
    pub(crate) fn path(&self, folder: u32, name: &[u8]) -> Vec<u8> {
        let mut parts = vec![name];
        let mut at = folder;
        while let Some(parent) = self.parent(at) {
            parts.push(self.name(at));
            at = parent;
        }
        let length = parts.iter().map(|part| part.len() + 1).sum();
        let mut path = Vec::with_capacity(length);
        for part in parts.into_iter().rev().filter(|part| !part.is_empty()) {
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(part);
        }
        path
    }

    /// The folder of a path, made if need be with those on the way to it; `None` if there is no room for it.
    pub(super) fn add(&mut self, path: &[u8]) -> Option<u32> {
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
        let is_it =
            |number: &u32| self.parent(*number) == Some(parent) && self.name(*number) == name;
        if let Some(found) = growing.index.find(hash, is_it) {
            return Some(*found);
        }
        let start = self.add_name(growing, name)?;
        if self.folders.len() >= MAX_ENTRIES {
            return None;
        }
        self.folders.push(Folder { parent, name: start });
        let number = u32::try_from(self.folders.len()).ok()?;
        growing.index.insert_unique(hash, number, |number| {
            growing.hasher.hash_one((self.parent(*number).unwrap_or(TOP), self.name(*number)))
        });
        Some(number)
    }

    /// Stores a name; where it begins, or `None` if there is no room for it.
    fn add_name(&mut self, growing: &mut Growing, name: &[u8]) -> Option<u32> {
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
        if seen != 0 && self.name_at(seen) == Some(name) {
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

    /// Gives back what growing took too much. Later additions find nothing that was there before.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.folders.shrink_to_fit();
        self.growing = Growing::default();
    }
}
