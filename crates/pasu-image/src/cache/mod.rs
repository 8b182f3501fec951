//! What was found in layers before, kept between runs in one file: by the layer's digest, the analyzer and its version.
//!
//! Nothing is stored of a layer whose bytes were not held against its digest, and nothing that came out of a reading
//! that failed. What is read back has a checksum. The store is only ever a help: where it is missing, damaged, locked
//! or full, a run goes on without it, and says so once.

mod entry;
mod findings;
mod known;
mod layer;
mod store;

pub use entry::{Key, pack, unpack};
pub use findings::Findings;
pub use known::{Check, Known, Standing, verify};
pub use store::{Cache, CacheError, DEFAULT_LIMIT, FILE, Status};
