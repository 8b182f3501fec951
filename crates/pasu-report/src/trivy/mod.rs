//! Trivy's JSON report, `SchemaVersion` 2, key by key, so that scripts made for it go on working.
//!
//! Keys without a value are absent, as there. What Trivy has no key for stands beside its keys under one name, `Pasu`.

mod convert;
mod extras;
mod json;
mod misconfigurations;
mod read;
mod schema;

pub(crate) use convert::report;
pub use json::PlaceError;
pub use read::{TrivyError, read_trivy};
