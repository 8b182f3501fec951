//! Where the fields of ELF headers stand, in both word sizes and byte orders.

use super::Extent;

/// How wide words are and which of their bytes comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub wide: bool,
    big_endian: bool,
}

/// The fields of the file header that lead to the tables.
pub(super) struct FileHeader {
    pub segments: u64,
    pub segment_count: u64,
    pub sections: u64,
    pub section_count: u64,
    pub names_index: u64,
}

impl Layout {
    /// The layout that the first bytes of a file announce; `None` if they are not ELF.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        if !start.starts_with(b"\x7fELF") {
            return None;
        }
        Some(Self { wide: *start.get(4)? == 2, big_endian: *start.get(5)? == 2 })
    }

    pub(super) const fn section_header_size(self) -> usize {
        if self.wide { 64 } else { 40 }
    }

    pub(super) const fn program_header_size(self) -> usize {
        if self.wide { 56 } else { 32 }
    }

    pub(super) fn file_header(self, bytes: &[u8]) -> Option<FileHeader> {
        let (segments, sections, counts) = if self.wide { (32, 40, 56) } else { (28, 32, 44) };
        let header = FileHeader {
            segments: self.word(bytes, segments)?,
            segment_count: self.u16(bytes, counts)?.into(),
            sections: self.word(bytes, sections)?,
            section_count: self.u16(bytes, counts + 4)?.into(),
            names_index: self.u16(bytes, counts + 6)?.into(),
        };
        Some(header)
    }

    /// Type and place of a section.
    pub(super) fn section(self, header: &[u8]) -> Option<(u32, Extent)> {
        let (address, offset, size) = if self.wide { (16, 24, 32) } else { (12, 16, 20) };
        let extent = Extent {
            address: self.word(header, address)?,
            offset: self.word(header, offset)?,
            size: self.word(header, size)?,
        };
        Some((self.u32(header, 4)?, extent))
    }

    /// Type, flags and place of a segment.
    /// How much of memory a segment takes; what is not in the file is zero (System V ABI, `p_memsz`).
    pub(super) fn memory(self, header: &[u8]) -> Option<u64> {
        self.word(header, if self.wide { 40 } else { 20 })
    }

    pub(super) fn segment(self, header: &[u8]) -> Option<(u32, u32, Extent)> {
        let (flags, offset, address, size) =
            if self.wide { (4, 8, 16, 32) } else { (24, 4, 8, 16) };
        let extent = Extent {
            address: self.word(header, address)?,
            offset: self.word(header, offset)?,
            size: self.word(header, size)?,
        };
        Some((self.u32(header, 0)?, self.u32(header, flags)?, extent))
    }

    pub(super) fn word(self, bytes: &[u8], at: usize) -> Option<u64> {
        if !self.wide {
            return self.u32(bytes, at).map(u64::from);
        }
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) })
    }

    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) })
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) })
    }
}
