//! What a layer may ask of us. A layer beyond is malformed or hostile: real ones end far below.

/// Entries in one layer, and in all of an image.
pub const MAX_ENTRIES: usize = 4_000_000;
/// Bytes of all names in one layer, and in all of an image.
pub const MAX_NAMES: usize = 512 << 20;
/// Things that are reported of one layer as not seen.
pub const MAX_PROBLEMS: usize = 100;
/// Bytes of one path or link, as Linux's `PATH_MAX`.
pub const MAX_NAME: usize = 4096;
/// Bytes of one extended header (PAX records, GNU long names).
pub const MAX_EXTENSION: u64 = 1 << 20;
/// The largest file that is held in memory to be looked at while a layer passes, in bytes.
pub const MAX_LOOK: u64 = 32 << 20;
/// The most that is kept of package databases in one layer, in bytes.
pub const MAX_KEEP: u64 = 512 << 20;
/// Symbolic links that one path may go through, as Linux's `MAXSYMLINKS`.
pub const MAX_LINKS: usize = 40;
