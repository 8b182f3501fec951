//! One block of a header: its fields (POSIX `ustar`, GNU's and V7's forms, as Go's `archive/tar` takes them, which is
//! what engines read layers with).

use std::io;
use std::ops::Range;
use tar::EntryType;

/// The size of a block.
pub(super) const BLOCK: usize = 512;

const NAME: Range<usize> = 0..100;
pub(super) const MODE: Range<usize> = 100..108;
pub(super) const UID: Range<usize> = 108..116;
pub(super) const GID: Range<usize> = 116..124;
pub(super) const SIZE: Range<usize> = 124..136;
pub(super) const MODIFIED: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const FLAG: usize = 156;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..263;
pub(super) const MAJOR: Range<usize> = 329..337;
pub(super) const MINOR: Range<usize> = 337..345;
const PREFIX: Range<usize> = 345..500;
/// Says that blocks with more of the map of a GNU sparse file follow: in the header, and in those blocks.
const MORE: usize = 482;
const STILL_MORE: usize = 504;

/// A header's block.
pub(super) struct Block(pub [u8; BLOCK]);

impl Block {
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// Whether the checksum is right: the sum of all bytes, its own field counting as spaces. Tools of old added signed
    /// bytes.
    pub fn sums(&self) -> bool {
        let Some(stated) = number(&self.0[CHECKSUM]) else { return false };
        let others = || self.0[..CHECKSUM.start].iter().chain(&self.0[CHECKSUM.end..]);
        let unsigned: i64 = others().map(|byte| i64::from(*byte)).sum();
        let signed: i64 = others().map(|byte| i64::from(byte.cast_signed())).sum();
        let spaces = 8 * i64::from(b' ');
        stated == unsigned + spaces || stated == signed + spaces
    }

    pub fn kind(&self) -> EntryType {
        EntryType::new(self.0[FLAG])
    }

    /// V7 had no flag for folders: their names end with `/`.
    pub fn has_no_flag(&self) -> bool {
        self.0[FLAG] == 0
    }

    pub fn name(&self) -> Vec<u8> {
        let name = text(&self.0[NAME]);
        let prefix = text(&self.0[PREFIX]);
        // GNU's magic is `ustar  `, and it keeps other things where the prefix is.
        if &self.0[MAGIC] == b"ustar\0" && !prefix.is_empty() {
            [prefix, b"/", name].concat()
        } else {
            name.to_vec()
        }
    }

    pub fn link(&self) -> Vec<u8> {
        text(&self.0[LINK]).to_vec()
    }

    /// A number, or what is wrong.
    pub fn number(&self, field: Range<usize>, what: &str) -> io::Result<i64> {
        number(&self.0[field]).ok_or_else(|| {
            let message = format!("the header's {what} is no number");
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }

    /// Whether a block with more of a sparse file's map follows the header, or such a block.
    pub fn map_goes_on(&self, is_header: bool) -> bool {
        self.0[if is_header { MORE } else { STILL_MORE }] != 0
    }
}

/// Whether a block is a header, or the first of the two empty ones at an archive's end.
pub(crate) fn is_header(block: &[u8]) -> bool {
    let Ok(block) = block.try_into() else { return false };
    let block = Block(block);
    block.is_empty() || block.sums()
}

/// What is before the first zero byte.
pub(super) fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// Octal digits among spaces and zero bytes, nothing being 0; or a number of two's complement, marked by the first bit.
fn number(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 != 0 {
        let negative = first & 0x40 != 0;
        let start = i128::from(first & 0x7f) - if negative { 0x80 } else { 0 };
        let wide = field[1..]
            .iter()
            .try_fold(start, |sum, byte| sum.checked_mul(256)?.checked_add(i128::from(*byte)))?;
        return i64::try_from(wide).ok();
    }
    let is_padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_padding(byte)).unwrap_or(field.len());
    let digits = field[start..].split(|byte| is_padding(byte)).next().unwrap_or_default();
    digits.iter().try_fold(0_i64, |sum, digit| {
        let digit = (b'0'..=b'7').contains(digit).then(|| i64::from(digit - b'0'))?;
        sum.checked_mul(8)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_octal_or_binary() {
        for (field, expected) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"644     ", Some(0o644)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"0000648\0", None),
            (b"-000644\0", None),
            (b"77777777777\0", Some(0o77_777_777_777)),
            (b"\x80\0\0\0\0\0\0\x01\0\0\0\0", Some(1 << 32)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
            (b"\x81\0\0\0\0\0\0\0\0\0\0\0", None),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }
}
