//! Java packages: what is installed as archives, and what Maven and Gradle projects declare or lock.

mod gradle;
mod jar;
mod pom;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[&jar::Jar, &pom::Pom, &gradle::GradleLock];

/// A package by its Maven coordinates. Without a group its name is the artifact alone, which no advisory bears: it is
/// listed and cannot match.
fn package(kind: PackageType, group: &str, artifact: &str, version: &str) -> Package {
    let name = if group.is_empty() { artifact.to_owned() } else { format!("{group}:{artifact}") };
    let mut package = Package::new(kind, name, version);
    package.purl = Purl::new("maven", Some(group), artifact, Some(version), &[]);
    package
}

/// Sorts as every package set is sorted and drops exact repetitions.
fn sort(packages: &mut Vec<Package>) {
    packages.sort_by(|a, b| {
        (&a.name, &a.version, &a.path, a.dev).cmp(&(&b.name, &b.version, &b.path, b.dev))
    });
    packages.dedup_by(|a, b| a.name == b.name && a.version == b.version && a.path == b.path);
}
