//! Go modules: `go.mod` of a project, and the build information that Go's linker leaves in every executable.

mod binary;
mod buildinfo;
mod gomod;
mod gosum;
mod ldflags;
mod modfile;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[&gomod::GoMod, &binary::GoBinary];

/// A module under its path, its version as Go writes it (`v1.2.3`; empty where Go does not know it).
fn package(kind: PackageType, path: &str, version: &str) -> Package {
    let (namespace, name) =
        path.rsplit_once('/').map_or((None, path), |(namespace, name)| (Some(namespace), name));
    let purl = Purl::new("golang", namespace, name, Some(version), &[]);
    Package { purl, ..Package::new(kind, path, version) }
}

/// Whether a `replace` names a directory instead of a module: Go demands a leading `./`, `../` or `/`.
fn is_local(path: &str) -> bool {
    path.starts_with("./")
        || path.starts_with("../")
        || path.starts_with('/')
        || path == "."
        || path == ".."
}
