//! Advisory feeds, the database made of them, version orders and matching.
//!
//! Pure: bytes and an inventory in, findings out. Nothing here knows a target, the network or the clock.

pub mod bucket;
pub mod build;
pub mod cpe;
pub mod database;
pub mod feeds;
pub mod matching;
mod range;
pub mod record;
pub mod suppress;
#[cfg(test)]
mod testing;
pub mod version;
