//! One layer: the list of what its tar archive holds, read once.
//!
//! Nothing is applied here: whiteouts stand in the list as they stand in the archive, and
//! [`crate::tree`] merges the lists.

mod ahead;
mod block;
mod build;
mod entry;
mod header;
mod limits;
mod names;
mod one_file;
mod pax;
mod plain;
mod record;
mod region;
mod room;
mod runs;
mod scan;
mod segments;
mod stored;
mod table;
mod varint;

pub(crate) use ahead::ahead;
pub(crate) use block::is_header;
pub(crate) use build::Builder;
pub use entry::{LayerEntry, LayerKind};
pub(crate) use header::ends_early;
pub use header::{Forward, Skip, TarItem, TarReader};
pub use limits::{MAX_ENTRIES, MAX_NAME};
pub(crate) use limits::{MAX_LINKS, MAX_NAMES};
pub(crate) use names::{Names, TOP};
pub(crate) use one_file::Bytes;
pub use region::{Identity, Region};
pub use room::Room;
pub use scan::{Gather, NoGather, ScanOptions, Scanned, Wish, list, scan};
pub(crate) use scan::{LATE, Timely, absolute, normalise};
pub(crate) use segments::Segments;
pub use stored::{Stored, scan_stored};
pub use table::LayerTable;
pub(crate) use table::{Cursor, WHITEOUT};
