//! What detectors and checks want of layers that can be read only once.

use pasu_image::layer::{Gather, Wish};
use pasu_packages::LayerScanner;
use pasu_system::{Metadata, System};
use std::path::Path;

/// Hands layers that pass by to the detectors of packages, and keeps what checks read later.
pub struct ImageGather {
    /// The detectors.
    pub packages: LayerScanner,
    /// The image is held against a guideline too.
    pub checks: bool,
}

impl Gather for ImageGather {
    fn wish(&self, path: &Path, metadata: &Metadata, head: &[u8]) -> Wish {
        let wanted = self.packages.wanted(path, metadata, head);
        let checked = self.checks && pasu_checks::may_be_read_of_image(path, metadata.size);
        Wish { keep: wanted.keep || checked, database: wanted.database, look: wanted.look }
    }

    fn look(&self, system: &dyn System, path: &Path, metadata: Metadata) -> Vec<(String, Vec<u8>)> {
        self.packages.look(system, path, metadata)
    }

    fn may_be_stored(&self, path: &Path) -> bool {
        LayerScanner::may_be_stored(path)
    }
}
