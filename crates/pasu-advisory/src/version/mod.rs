//! Version orders, one file an order.

use pasu_model::Ecosystem;
use std::cmp::Ordering;

/// Compares two versions by an ecosystem's own order; `None` if either is no version there.
#[must_use]
pub fn compare(_ecosystem: Ecosystem, _a: &str, _b: &str) -> Option<Ordering> {
    None
}
