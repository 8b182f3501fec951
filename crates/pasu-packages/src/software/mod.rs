//! Programs outside any package manager, recognised by where they lie and by what their bytes say.
//!
//! Two things must agree before a program is named: the name or the path of the file, and a version that the
//! product's own build leaves in its bytes. What the products are is data ([`products`]); there is one way to search
//! executables ([`program`]), and one file for each product that is no executable.

mod cpe;
mod names;
mod product;
mod products;
mod program;
mod search;
#[cfg(test)]
mod tests;
mod tomcat;
mod version;
mod wordpress;

use crate::{Detector, TargetFile};
use pasu_model::{Package, PackageSet, PackageType};
use product::Product;
use version::Version;

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] =
    &[&program::Program, &tomcat::Tomcat, &wordpress::WordPress];

/// The record of one recognised program.
fn found(file: &TargetFile<'_>, product: &Product, version: &Version, bytes: &str) -> PackageSet {
    let mut package = Package::new(PackageType::Binary, product.name, version.text());
    package.cpes = cpe::names(product.cpes, version);
    package.path = Some(file.target());
    package.evidence = vec![format!("path: {}", file.target()), format!("bytes: {bytes}")];
    PackageSet { kind: PackageType::Binary, target: file.target(), packages: vec![package] }
}
