//! Fuzz targets: one function for each reader of bytes that strangers may have written.
//!
//! A target must come back for any input, soon and without a panic; what it returns does not matter unless it says so.
//! `fuzz_targets/` hands them to libFuzzer; `crates/*/tests/hostile.rs` runs the same functions on mutated seeds.

mod advisory;
mod checks;
mod database;
mod image;
mod packages;
mod patch;
mod report;
mod suppress;
mod system;

pub use advisory::{
    alpine_secdb, cpe, debian_tracker, epss, feed_archives, kev, nvd, osv, purl, versions,
};
pub use checks::{audit, policy};
pub use database::{database, database_tables};
pub use image::{containerd_names, image_archive, image_documents, image_layers, storage_frame};
pub use packages::{
    dotnet, go, inventory, java, node, operating_system, os_packages, php, python, ruby, rust,
    sbom, software,
};
pub use patch::{alpine_package, debian_package, maintainer_script};
pub use report::{inspection, trivy_report};
pub use suppress::{ignore_files, vex};
pub use system::{journal, transaction};
