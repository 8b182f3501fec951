//! What was found in files of an image before.

use pasu_image::cache::Findings;
use pasu_image::tree::ImageSystem;
use pasu_packages::Recall;
use std::path::Path;

/// Recalls what was found when a layer passed by, now or in an earlier run.
pub struct ImageRecall<'a> {
    /// The image.
    pub system: &'a ImageSystem,
    /// What was found in its files.
    pub findings: &'a Findings<'a>,
}

impl Recall for ImageRecall<'_> {
    fn recall(&self, layer: usize, path: &Path, analyzer: &str) -> Option<Vec<u8>> {
        self.findings.recall(self.system, layer, path, analyzer)
    }

    fn remember(&self, layer: usize, path: &Path, analyzer: &str, found: &[u8]) {
        self.findings.remember(self.system, layer, path, analyzer, found);
    }
}
