//! What was found in files of an image before.

use pasu_image::tree::ImageSystem;
use pasu_packages::Recall;
use std::path::Path;

/// Recalls what was found when a layer passed by.
pub struct ImageRecall<'a>(pub &'a ImageSystem);

impl Recall for ImageRecall<'_> {
    fn recall(&self, layer: usize, path: &Path, analyzer: &str) -> Option<Vec<u8>> {
        self.0.found(layer, path, analyzer).map(<[u8]>::to_vec)
    }

    fn remember(&self, _layer: usize, _path: &Path, _analyzer: &str, _found: &[u8]) {}
}
