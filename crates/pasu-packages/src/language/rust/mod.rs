//! Rust crates: what Cargo locks, and what `cargo auditable` leaves in an executable.

mod auditable;
mod cargo_lock;
mod cargo_toml;
mod graph;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[&cargo_lock::CargoLock, &auditable::Auditable];

fn package(kind: PackageType, name: &str, version: &str) -> Package {
    let purl = Purl::new("cargo", None, name, Some(version), &[]);
    Package { purl, ..Package::new(kind, name, version) }
}
