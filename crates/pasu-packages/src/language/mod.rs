//! Language packages: one file a record, one folder an ecosystem.

pub mod dotnet;
mod elf;
mod entry_lines;
pub mod go;
pub mod java;
mod json_lines;
mod lenient;
mod lines;
mod listing;
pub mod node;
pub mod php;
pub mod python;
mod reach;
pub mod ruby;
pub mod rust;

#[cfg(test)]
mod testing;

use crate::Detector;

/// Every language detector.
pub fn detectors() -> impl Iterator<Item = &'static dyn Detector> {
    [
        node::DETECTORS,
        python::DETECTORS,
        go::DETECTORS,
        rust::DETECTORS,
        java::DETECTORS,
        ruby::DETECTORS,
        php::DETECTORS,
        dotnet::DETECTORS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
