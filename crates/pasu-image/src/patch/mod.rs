//! Patching: a new layer on top of an image, and the archive that holds both.

pub mod config;
pub mod engine;
pub mod export;
pub mod layer;
pub mod packages;
pub mod privilege;
pub mod start;
pub(crate) mod tar;
