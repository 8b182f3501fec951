//! CSV (RFC 4180): what spreadsheet programs need of it, and all findings of an inspection as one flat table.

mod cells;
mod findings;

pub(crate) use cells::{begin, row};
pub use findings::render_csv;
