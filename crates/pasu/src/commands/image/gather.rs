//! What detectors want of layers that can be read only once.

use pasu_image::layer::{Gather, Wish};
use pasu_packages::LayerScanner;
use pasu_system::{Metadata, System};
use std::path::Path;

/// Hands layers that pass by to the detectors of packages.
pub struct PackageGather(pub LayerScanner);

impl Gather for PackageGather {
    fn wish(&self, path: &Path, metadata: &Metadata, head: &[u8]) -> Wish {
        let wanted = self.0.wanted(path, metadata, head);
        Wish { keep: wanted.keep, database: wanted.database, look: wanted.look }
    }

    fn look(&self, system: &dyn System, path: &Path, metadata: Metadata) -> Vec<(String, Vec<u8>)> {
        self.0.look(system, path, metadata)
    }

    fn may_be_stored(&self, path: &Path) -> bool {
        LayerScanner::may_be_stored(path)
    }
}
