//! Scans from flags to report: what is looked at, what is left out, where it goes and how it ends.

mod flags;
pub mod place;
mod reports;
mod scopes;
