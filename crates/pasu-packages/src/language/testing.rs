//! What tests of language detectors share.

use crate::{DetectError, Detector, TargetFile};
use pasu_model::{PackageSet, Purl, Relationship};
use pasu_system::{MemorySystem, System};
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

/// Runs a detector on the first of the files, the others beside it.
pub(super) fn detect_first(
    detector: &dyn Detector,
    files: &[(&str, &[u8])],
) -> Result<Vec<PackageSet>, DetectError> {
    let system = files
        .iter()
        .fold(MemorySystem::new(), |system, (path, content)| system.with_file(path, content));
    detect(detector, &system, files[0].0)
}

/// `name@version direct dev` for each package of the first of the files.
pub(super) fn listing(detector: &dyn Detector, files: &[(&str, &[u8])]) -> Vec<String> {
    let sets = detect_first(detector, files).unwrap();
    let packages = sets.iter().flat_map(|set| &set.packages);
    packages
        .map(|package| {
            let relationship = match package.relationship {
                Relationship::Direct => " direct",
                Relationship::Indirect => " indirect",
                _ => "",
            };
            format!("{}{relationship}{}", package.id(), if package.dev { " dev" } else { "" })
        })
        .collect()
}
