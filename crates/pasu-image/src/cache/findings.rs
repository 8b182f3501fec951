//! What analyzers found in single files of an image's layers, in this run and before.

use super::entry::{Key, pack, unpack};
use super::known::{Known, Standing};
use super::layer;
use super::store::Cache;
use crate::image::{Content, Image};
use crate::layer::{Gather, Scanned};
use crate::tree::ImageSystem;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What one analyzer found in files of one layer, by their number in the layer's list.
type Rows = BTreeMap<u32, Vec<u8>>;

/// What was found in files of an image, to be recalled and kept.
pub struct Findings<'a> {
    cache: Option<&'a Cache>,
    layers: Vec<OfLayer>,
}

struct OfLayer {
    diff_id: String,
    /// What is stored under the diff ID holds of this layer, or the image will be refused.
    recall: bool,
    stored: Mutex<HashMap<String, Arc<Rows>>>,
    new: Mutex<BTreeMap<String, Rows>>,
}

impl<'a> Findings<'a> {
    /// For an image of which something is known.
    #[must_use]
    pub fn new(image: &Image, known: &Known, cache: Option<&'a Cache>) -> Self {
        let layers = image.layers.iter().zip(&known.standings).map(|(layer, standing)| OfLayer {
            diff_id: layer.diff_id.to_string(),
            recall: !matches!(standing, Standing::Unknown),
            stored: Mutex::default(),
            new: Mutex::default(),
        });
        Self { cache, layers: layers.collect() }
    }

    /// A layer as it passed by in an earlier run, where what is stored holds of it.
    #[must_use]
    pub fn layer(&self, image: &Image, number: usize) -> Option<Scanned> {
        let of_layer = self.layers.get(number).filter(|layer| layer.recall)?;
        let layer = image.layers.get(number)?;
        debug_assert_eq!(of_layer.diff_id, layer.diff_id.as_str());
        matches!(layer.content, Content::Stream(_)).then_some(())?;
        layer::load(self.cache?, &layer.diff_id)
    }

    /// What an analyzer found in the file that is at a path when a layer is the last.
    #[must_use]
    pub fn recall(
        &self,
        system: &ImageSystem,
        layer: usize,
        path: &Path,
        analyzer: &str,
    ) -> Option<Vec<u8>> {
        let origin = system.origin_at(layer, path)?;
        if let Some(found) = system.found_in(origin, analyzer) {
            return Some(found.to_vec());
        }
        if let Some(found) = system.recall(origin, analyzer) {
            return Some(found);
        }
        let layer = self.layers.get(origin.source)?;
        if let Some(rows) = lock(&layer.new).get(analyzer)
            && let Some(found) = rows.get(&origin.entry)
        {
            return Some(found.clone());
        }
        let cache = self.cache.filter(|_| layer.recall)?;
        layer.rows(cache, analyzer).get(&origin.entry).cloned()
    }

    /// Keeps what an analyzer found.
    pub fn remember(
        &self,
        system: &ImageSystem,
        layer: usize,
        path: &Path,
        analyzer: &str,
        found: &[u8],
    ) {
        let Some(origin) = system.origin_at(layer, path) else { return };
        if system.note(origin, analyzer, found) {
            return;
        }
        if let Some(layer) = self.layers.get(origin.source) {
            let mut new = lock(&layer.new);
            new.entry(analyzer.to_owned()).or_default().insert(origin.entry, found.to_vec());
        }
    }

    /// Entries for everything that is new, once every layer was held against its digest.
    #[must_use]
    pub fn entries(
        &self,
        image: &Image,
        system: &ImageSystem,
        gather: &dyn Gather,
    ) -> Vec<(Key, Vec<u8>)> {
        let Some(cache) = self.cache else { return Vec::new() };
        let mut entries = Vec::new();
        for (number, of_layer) in self.layers.iter().enumerate() {
            // An engine's folder cannot be held against a digest.
            let is_folder = |layer: &crate::Layer| matches!(layer.content, Content::Folder(_));
            if image.layers.get(number).is_none_or(is_folder) {
                continue;
            }
            let mut new = std::mem::take(&mut *lock(&of_layer.new));
            if let Some(scanned) = system.passed(number)
                && !scanned.recalled
            {
                entries.extend(layer::entry(scanned, gather).ok());
                for (entry, analyzer, found) in &scanned.found {
                    new.entry(analyzer.clone()).or_default().insert(*entry, found.clone());
                }
            }
            for (analyzer, mut rows) in new {
                let key = Key::of_analyzer(&of_layer.diff_id, &analyzer);
                let stored = cache.get(&key).and_then(|value| unpack::<Rows>(&value));
                for (entry, found) in stored.unwrap_or_default() {
                    rows.entry(entry).or_insert(found);
                }
                entries.extend(pack(&rows).ok().map(|value| (key, value)));
            }
        }
        entries
    }
}

impl OfLayer {
    fn rows(&self, cache: &Cache, analyzer: &str) -> Arc<Rows> {
        let mut stored = lock(&self.stored);
        if let Some(rows) = stored.get(analyzer) {
            return Arc::clone(rows);
        }
        let value = cache.get(&Key::of_analyzer(&self.diff_id, analyzer));
        let rows = Arc::new(value.and_then(|value| unpack(&value)).unwrap_or_default());
        stored.insert(analyzer.to_owned(), Arc::clone(&rows));
        rows
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
