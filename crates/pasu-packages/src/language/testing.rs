//! What tests of language detectors share.

use crate::{DetectError, Detector, TargetFile};
use pasu_model::{PackageSet, Purl};
use pasu_system::System;
use std::path::Path;

/// Runs a detector on one file of a tree.
pub(super) fn detect(
    detector: &dyn Detector,
    system: &dyn System,
    path: &str,
) -> Result<Vec<PackageSet>, DetectError> {
    let path = Path::new(path);
    let metadata = system.symlink_metadata(path).unwrap();
    detector.detect(&TargetFile::new(system, path, metadata))
}

/// All packages, one line each: name, version, relationship, package URL, and `dev` where it is set.
pub(super) fn listed(sets: &[PackageSet]) -> Vec<String> {
    let packages = sets.iter().flat_map(|set| &set.packages);
    packages
        .map(|package| {
            let purl = package.purl.as_ref().map_or("-", Purl::as_str);
            let dev = if package.dev { " dev" } else { "" };
            format!("{} {} {:?} {purl}{dev}", package.name, package.version, package.relationship)
        })
        .collect()
}
