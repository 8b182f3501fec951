//! .NET packages: NuGet's lock files and what an application was published with.

mod deps_json;
mod packages_config;
mod packages_lock;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] =
    &[&packages_lock::PackagesLock, &packages_config::PackagesConfig, &deps_json::DepsJson];

fn package(kind: PackageType, name: &str, version: &str) -> Package {
    let purl = Purl::new("nuget", None, name, Some(version), &[]);
    Package { purl, ..Package::new(kind, name, version) }
}
