//! Layers that several images have, read once.

use super::open::Read;
use pasu_system::TreeSystem;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes that the lists of a pool take, with what was found, until the layers longest out of use are forgotten.
const ROOM: usize = 24 << 20;
/// Bytes that findings in one layer take.
const MAX_NOTES: usize = 4 << 20;

/// Layers that an engine keeps unpacked, as they were read for images before: their lists, and what analyzers found in
/// their files. It lives as long as a run, for nothing holds such folders against digests.
#[derive(Default)]
pub struct LayerPool {
    /// The one used last at the end.
    layers: Mutex<Vec<(PathBuf, Read)>>,
}

impl LayerPool {
    /// A pool that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A layer that was read before.
    pub(super) fn get(&self, folder: &Path) -> Option<Read> {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        let at = layers.iter().position(|(path, _)| path == folder)?;
        let found = layers.remove(at);
        let read = found.1.clone();
        layers.push(found);
        Some(read)
    }

    /// Keeps a layer, and forgets others where there is no room.
    pub(super) fn put(&self, folder: &Path, read: &Read) {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        layers.retain(|(path, _)| path != folder);
        layers.push((folder.to_owned(), read.clone()));
        let mut weight: usize = layers.iter().map(|(_, read)| read.weight()).sum();
        while weight > ROOM && !layers.is_empty() {
            weight -= layers.remove(0).1.weight().min(weight);
        }
    }
}

/// An unpacked layer, and what analyzers found in its files.
pub(super) struct Unpacked {
    pub system: TreeSystem,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    found: HashMap<u32, Vec<(String, Vec<u8>)>>,
    bytes: usize,
}

impl Unpacked {
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self { system: TreeSystem::new(folder)?, notes: Mutex::default() })
    }

    /// What an analyzer found in a file.
    pub fn recall(&self, entry: u32, analyzer: &str) -> Option<Vec<u8>> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let found = notes.found.get(&entry)?.iter().find(|(name, _)| name == analyzer)?;
        Some(found.1.clone())
    }

    /// Keeps it, while there is room.
    pub fn note(&self, entry: u32, analyzer: &str, found: &[u8]) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let more = analyzer.len() + found.len() + 64;
        if notes.bytes + more > MAX_NOTES {
            return;
        }
        notes.bytes += more;
        notes.found.entry(entry).or_default().push((analyzer.to_owned(), found.to_vec()));
    }

    /// Bytes that the notes take.
    pub fn weight(&self) -> usize {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}
