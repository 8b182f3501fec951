//! One layer: the list of what its tar archive holds, read once.
//!
//! Nothing is applied here: whiteouts stand in the list as they stand in the archive, and
//! [`crate::tree`] merges the lists.

mod ahead;
mod block;
mod entry;
mod header;
mod limits;
mod names;
mod one_file;
mod pax;
mod region;
mod room;
mod scan;
mod stored;
mod table;

pub(crate) use ahead::ahead;
pub(crate) use block::is_header;
pub use entry::{LayerEntry, LayerKind};
pub(crate) use header::ends_early;
pub use header::{Forward, Skip, TarItem, TarReader};
pub(crate) use limits::MAX_NAMES;
pub use limits::{MAX_ENTRIES, MAX_NAME};
pub(crate) use names::{Names, Span, TOP};
pub(crate) use one_file::Bytes;
pub use region::{Identity, Region};
pub use room::Room;
pub use scan::{Gather, NoGather, ScanOptions, Scanned, Wish, list, scan};
pub(crate) use scan::{LATE, Timely, absolute, normalise};
pub use stored::{Stored, scan_stored};
pub use table::LayerTable;
