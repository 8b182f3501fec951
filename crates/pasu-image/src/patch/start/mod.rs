//! Start test: the original and the patched image side by side, without network and within limits, and what both did.

mod judge;
mod log;
mod proc;
mod run;

pub use judge::{judge, weigh};
pub use run::{Hardening, Ran, StartOptions};
