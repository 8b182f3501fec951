//! The wire formats of advisory feeds, one file a format: bytes in, statements out.

pub mod alpine;
pub mod debian;
pub mod detail;
pub mod osv;
