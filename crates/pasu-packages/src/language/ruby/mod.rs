//! Ruby gems: what Bundler locks and what RubyGems has installed.

mod gemfile_lock;
mod gemspec;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[&gemfile_lock::GemfileLock, &gemspec::Gemspec];

fn package(kind: PackageType, name: &str, version: &str) -> Package {
    let purl = Purl::new("gem", None, name, Some(version), &[]);
    Package { purl, ..Package::new(kind, name, version) }
}
