//! One package's header as the databases keep it: the number of index entries, the size of the data, the entries
//! (tag, type, offset, count; four big-endian numbers each), then the data.

use super::bytes::{be16, be32};

/// Tags, from rpm's `rpmtag.h`.
pub mod tag {
    pub const NAME: u32 = 1000;
    pub const VERSION: u32 = 1001;
    pub const RELEASE: u32 = 1002;
    pub const EPOCH: u32 = 1003;
    pub const VENDOR: u32 = 1011;
    pub const LICENSE: u32 = 1014;
    pub const PACKAGER: u32 = 1015;
    pub const ARCH: u32 = 1022;
    pub const SOURCERPM: u32 = 1044;
    pub const PROVIDENAME: u32 = 1047;
    pub const REQUIRENAME: u32 = 1049;
    pub const DIRINDEXES: u32 = 1116;
    pub const BASENAMES: u32 = 1117;
    pub const DIRNAMES: u32 = 1118;
    pub const MODULARITYLABEL: u32 = 5096;
}

/// Types of values.
const INT16: u32 = 3;
const INT32: u32 = 4;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18N_STRING: u32 = 9;

/// The size of an index entry.
const ENTRY: usize = 16;

/// rpm's own limit on index entries (`HEADER_TAGS_MAX`).
const MAX_ENTRIES: usize = 0xffff;

/// A header blob that is split into index and data.
pub struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
}

/// The value of one tag, not interpreted yet.
struct Value<'a> {
    kind: u32,
    count: usize,
    bytes: &'a [u8],
}

impl<'a> Header<'a> {
    /// Splits a blob.
    pub fn parse(blob: &'a [u8]) -> Result<Self, String> {
        let number = |at| be32(blob, at).and_then(|number| usize::try_from(number).ok());
        let (Some(entries), Some(size)) = (number(0), number(4)) else {
            return Err(format!("a header of {} bytes", blob.len()));
        };
        if entries == 0 || entries > MAX_ENTRIES {
            return Err(format!("a header with {entries} entries"));
        }
        let (_, rest) = blob.split_at_checked(8).unwrap_or_default();
        let split = rest.split_at_checked(entries * ENTRY);
        let (index, data) = split.ok_or("a header that ends inside its index")?;
        let data = data.get(..size).ok_or("a header that ends inside its data")?;
        Ok(Self { index, data })
    }

    /// The first string of a tag, lossily decoded.
    pub fn string(&self, tag: u32) -> Option<String> {
        let bytes = self.strings(tag).next()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Every string of a tag.
    pub fn strings(&self, tag: u32) -> impl Iterator<Item = &'a [u8]> {
        let value = self
            .value(tag)
            .filter(|value| matches!(value.kind, STRING | STRING_ARRAY | I18N_STRING));
        let (count, bytes) = value.map_or((0, &[][..]), |value| (value.count, value.bytes));
        bytes.split(|byte| *byte == 0).take(count)
    }

    /// Every number of a tag.
    pub fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> {
        let value = self.value(tag).filter(|value| matches!(value.kind, INT16 | INT32));
        let (kind, count, bytes) =
            value.map_or((INT32, 0, &[][..]), |value| (value.kind, value.count, value.bytes));
        let width = if kind == INT16 { 2 } else { 4 };
        bytes.chunks_exact(width).take(count).filter_map(move |number| match kind {
            INT16 => be16(number, 0).map(u32::from),
            _ => be32(number, 0),
        })
    }

    fn value(&self, tag: u32) -> Option<Value<'a>> {
        let entry = self.index.chunks_exact(ENTRY).find(|entry| be32(entry, 0) == Some(tag))?;
        let offset = usize::try_from(be32(entry, 8)?).ok()?;
        Some(Value {
            kind: be32(entry, 4)?,
            count: usize::try_from(be32(entry, 12)?).ok()?,
            bytes: self.data.get(offset..)?,
        })
    }
}
