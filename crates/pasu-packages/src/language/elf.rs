//! The little of ELF that build information needs: where a section or the data segment lies.
//!
//! Thousands of executables of a host pass through here and almost none is of interest, so the usual answer costs
//! three small reads (file header, section headers, section names) and nothing of the program itself.
//! The layout is that of the System V ABI, chapters 4 and 5 ("Object Files", "Program Loading").

use crate::DetectError;
use pasu_system::SystemFile;

/// The largest section header table that is read, in bytes: 65,536 headers of 64 bytes.
const MAX_SECTION_HEADERS: u64 = 4 << 20;
/// The largest table of section names that is read, in bytes.
const MAX_SECTION_NAMES: u64 = 4 << 20;
/// `PT_LOAD`: a segment that is mapped.
const LOADED: u32 = 1;
/// `PF_X` and `PF_W`.
const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;
/// `SHT_NOBITS`: a section without bytes in the file.
const NO_BITS: u32 = 8;

/// An ELF file's tables.
pub(super) struct Elf<'a> {
    file: &'a dyn SystemFile,
    layout: Layout,
    header: FileHeader,
    sections: Vec<u8>,
    names: Vec<u8>,
}

/// A stretch of the file and where it is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Where it is mapped.
    pub address: u64,
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes of it are in the file.
    pub size: u64,
}

/// How wide words are and which of their bytes comes first.
#[derive(Debug, Clone, Copy)]
struct Layout {
    wide: bool,
    big_endian: bool,
}

struct FileHeader {
    segments: u64,
    segment_count: u64,
    sections: u64,
    section_count: u64,
    names_index: u64,
}

impl<'a> Elf<'a> {
    /// Reads the tables; `None` if the file is not ELF.
    pub(super) fn open(file: &'a dyn SystemFile) -> Result<Option<Self>, DetectError> {
        let mut start = [0; 64];
        let filled = read_up_to(file, &mut start, 0)?;
        let start = start.get(..filled).unwrap_or_default();
        let Some(layout) = Layout::of(start) else { return Ok(None) };
        let header = layout
            .file_header(start)
            .ok_or_else(|| DetectError::malformed("the ELF header ends too early"))?;
        let mut elf = Self { file, layout, header, sections: Vec::new(), names: Vec::new() };
        elf.read_sections()?;
        Ok(Some(elf))
    }

    /// Whether the file has section headers at all; `sstrip` and packers take them off.
    pub(super) fn has_sections(&self) -> bool {
        !self.sections.is_empty()
    }

    /// The section of a name, if the file has it and it has bytes.
    pub(super) fn section(&self, name: &[u8]) -> Option<Extent> {
        let size = self.layout.section_header_size();
        self.sections.chunks_exact(size).find_map(|header| {
            let (kind, extent) = self.layout.section(header)?;
            (kind != NO_BITS && self.section_name(header)? == name).then_some(extent)
        })
    }

    /// The first writable segment that is not executable: where Go's linker puts its build information.
    pub(super) fn data_segment(&self) -> Result<Option<Extent>, DetectError> {
        let found = self
            .segments()?
            .into_iter()
            .find(|(flags, _)| flags & (WRITABLE | EXECUTABLE) == WRITABLE);
        Ok(found.map(|(_, extent)| extent))
    }

    /// The bytes mapped at an address; fewer than asked for is an error.
    pub(super) fn read_address(&self, address: u64, length: u64) -> Result<Vec<u8>, DetectError> {
        let outside = || {
            DetectError::malformed(format!(
                "{length} bytes at address {address:#x} are not in the file"
            ))
        };
        let segments = self.segments()?;
        let (offset, available) = segments
            .iter()
            .find_map(|(_, extent)| {
                let inside = address.checked_sub(extent.address)?;
                let available = extent.size.checked_sub(inside)?;
                Some((extent.offset.checked_add(inside)?, available))
            })
            .ok_or_else(outside)?;
        if available < length {
            return Err(outside());
        }
        read_exactly(self.file, offset, length)
    }

    /// The mapped segments with their flags.
    fn segments(&self) -> Result<Vec<(u32, Extent)>, DetectError> {
        let size = self.layout.program_header_size();
        let length = self.header.segment_count.saturating_mul(size as u64);
        let table = read_exactly(self.file, self.header.segments, length)?;
        Ok(table
            .chunks_exact(size)
            .filter_map(|header| self.layout.segment(header))
            .filter(|(kind, ..)| *kind == LOADED)
            .map(|(_, flags, extent)| (flags, extent))
            .collect())
    }

    fn read_sections(&mut self) -> Result<(), DetectError> {
        if self.header.sections == 0 {
            return Ok(());
        }
        self.resolve_large_counts()?;
        let size = self.layout.section_header_size() as u64;
        let length = self.header.section_count.saturating_mul(size);
        if length > MAX_SECTION_HEADERS {
            return Err(DetectError::Limit(format!(
                "{} ELF sections, limit {}",
                self.header.section_count,
                MAX_SECTION_HEADERS / size
            )));
        }
        self.sections = read_exactly(self.file, self.header.sections, length)?;
        let names = usize::try_from(self.header.names_index)
            .ok()
            .and_then(|index| self.sections.chunks_exact(size as usize).nth(index))
            .and_then(|header| self.layout.section(header));
        if let Some((_, extent)) = names {
            if extent.size > MAX_SECTION_NAMES {
                return Err(DetectError::Limit(format!(
                    "{} bytes of ELF section names, limit {MAX_SECTION_NAMES}",
                    extent.size
                )));
            }
            self.names = read_exactly(self.file, extent.offset, extent.size)?;
        }
        Ok(())
    }

    /// Counts that don't fit the file header stand in the first section header: its size is the number of sections,
    /// its link the index of the names.
    fn resolve_large_counts(&mut self) -> Result<(), DetectError> {
        const IN_FIRST_SECTION: u64 = 0xffff;
        if self.header.section_count != 0 && self.header.names_index != IN_FIRST_SECTION {
            return Ok(());
        }
        let size = self.layout.section_header_size() as u64;
        let first = read_exactly(self.file, self.header.sections, size)?;
        let field = |at: usize| self.layout.word(&first, at);
        let link = self.layout.u32(&first, if self.layout.wide { 40 } else { 24 });
        if self.header.section_count == 0 {
            self.header.section_count = field(if self.layout.wide { 32 } else { 20 }).unwrap_or(0);
        }
        if self.header.names_index == IN_FIRST_SECTION {
            self.header.names_index = link.unwrap_or(0).into();
        }
        Ok(())
    }

    fn section_name(&self, header: &[u8]) -> Option<&[u8]> {
        let start = usize::try_from(self.layout.u32(header, 0)?).ok()?;
        let rest = self.names.get(start..)?;
        rest.split(|byte| *byte == 0).next()
    }
}

impl Layout {
    /// The layout that the first bytes of a file announce; `None` if they are not ELF.
    fn of(start: &[u8]) -> Option<Self> {
        if !start.starts_with(b"\x7fELF") {
            return None;
        }
        Some(Self { wide: *start.get(4)? == 2, big_endian: *start.get(5)? == 2 })
    }

    const fn section_header_size(self) -> usize {
        if self.wide { 64 } else { 40 }
    }

    const fn program_header_size(self) -> usize {
        if self.wide { 56 } else { 32 }
    }

    fn file_header(self, bytes: &[u8]) -> Option<FileHeader> {
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
    fn section(self, header: &[u8]) -> Option<(u32, Extent)> {
        let (address, offset, size) = if self.wide { (16, 24, 32) } else { (12, 16, 20) };
        let extent = Extent {
            address: self.word(header, address)?,
            offset: self.word(header, offset)?,
            size: self.word(header, size)?,
        };
        Some((self.u32(header, 4)?, extent))
    }

    /// Type, flags and place of a segment.
    fn segment(self, header: &[u8]) -> Option<(u32, u32, Extent)> {
        let (flags, offset, address, size) =
            if self.wide { (4, 8, 16, 32) } else { (24, 4, 8, 16) };
        let extent = Extent {
            address: self.word(header, address)?,
            offset: self.word(header, offset)?,
            size: self.word(header, size)?,
        };
        Some((self.u32(header, 0)?, self.u32(header, flags)?, extent))
    }

    fn word(self, bytes: &[u8], at: usize) -> Option<u64> {
        if !self.wide {
            return self.u32(bytes, at).map(u64::from);
        }
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) })
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) })
    }
}

/// Fills the buffer from an offset as far as the file goes; returns how many bytes were read.
pub(super) fn read_up_to(
    file: &dyn SystemFile,
    buffer: &mut [u8],
    offset: u64,
) -> Result<usize, DetectError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}

/// Exactly `length` bytes from an offset. The file's size is asked first, so that a made-up length costs no memory.
pub(super) fn read_exactly(
    file: &dyn SystemFile,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, DetectError> {
    let outside = || {
        DetectError::malformed(format!("{length} bytes at {offset:#x} lie outside the ELF file"))
    };
    if offset.checked_add(length).is_none_or(|end| end > file.size()) {
        return Err(outside());
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| outside())?];
    if read_up_to(file, &mut bytes, offset)? < bytes.len() {
        return Err(outside());
    }
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod testing {
    //! A writer of very small ELF files, enough for tests of what lies in their sections.

    /// A 64-bit little-endian executable whose one section is also its writable segment, mapped at [`ADDRESS`].
    pub(in crate::language) fn elf_with_section(name: &str, content: &[u8]) -> Vec<u8> {
        let names = format!("\0{name}\0.shstrtab\0");
        let content_at = 64 + 56;
        let names_at = content_at + content.len();
        let headers_at = names_at + names.len();
        let mut elf = file_header(headers_at as u64, 3);
        elf.extend(segment(content_at as u64, content.len() as u64));
        elf.extend(content);
        elf.extend(names.as_bytes());
        elf.extend([0; 64]);
        elf.extend(section(1, ADDRESS, content_at as u64, content.len() as u64));
        elf.extend(section(2 + name.len() as u32, 0, names_at as u64, names.len() as u64));
        elf
    }

    /// The same without section headers, as `sstrip` leaves it.
    pub(in crate::language) fn elf_with_segment(content: &[u8]) -> Vec<u8> {
        let mut elf = file_header(0, 0);
        elf.extend(segment(64 + 56, content.len() as u64));
        elf.extend(content);
        elf
    }

    /// Where the content is mapped.
    pub(in crate::language) const ADDRESS: u64 = 0x50_0000;

    fn file_header(sections: u64, section_count: u16) -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        header.extend(2u16.to_le_bytes());
        header.extend(62u16.to_le_bytes());
        header.extend(1u32.to_le_bytes());
        header.extend(0u64.to_le_bytes());
        header.extend(64u64.to_le_bytes());
        header.extend(sections.to_le_bytes());
        header.extend(0u32.to_le_bytes());
        for half in [64, 56, 1, 64, section_count, section_count.saturating_sub(1)] {
            header.extend(half.to_le_bytes());
        }
        header
    }

    fn segment(offset: u64, size: u64) -> Vec<u8> {
        let mut header = [1u32.to_le_bytes(), 6u32.to_le_bytes()].concat();
        for word in [offset, ADDRESS, ADDRESS, size, size, 16] {
            header.extend(word.to_le_bytes());
        }
        header
    }

    fn section(name: u32, address: u64, offset: u64, size: u64) -> Vec<u8> {
        let mut header = [name.to_le_bytes(), 1u32.to_le_bytes()].concat();
        for word in [3, address, offset, size, 0, 16, 0] {
            header.extend(word.to_le_bytes());
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{ADDRESS, elf_with_section, elf_with_segment};
    use super::{Elf, Extent};
    use crate::DetectError;
    use pasu_system::{MemorySystem, System, SystemFile};
    use std::path::Path;

    fn open(bytes: &[u8]) -> Box<dyn SystemFile> {
        MemorySystem::new().with_executable("/x", bytes).open(Path::new("/x")).unwrap()
    }

    #[test]
    fn sections_and_addresses_are_found() {
        let file = open(&elf_with_section(".go.buildinfo", b"content"));
        let elf = Elf::open(file.as_ref()).unwrap().unwrap();
        let extent = Extent { address: ADDRESS, offset: 120, size: 7 };
        assert!(elf.has_sections());
        assert_eq!(elf.section(b".go.buildinfo"), Some(extent));
        assert_eq!(elf.section(b".dep-v0"), None);
        assert_eq!(elf.data_segment().unwrap(), Some(extent));
        assert_eq!(elf.read_address(ADDRESS + 3, 4).unwrap(), b"tent");
        assert!(elf.read_address(ADDRESS + 3, 5).is_err());
        assert!(elf.read_address(ADDRESS - 1, 1).is_err());
    }

    #[test]
    fn a_file_without_sections_still_has_segments() {
        let file = open(&elf_with_segment(b"content"));
        let elf = Elf::open(file.as_ref()).unwrap().unwrap();
        assert!(!elf.has_sections());
        assert_eq!(elf.section(b""), None);
        assert!(elf.data_segment().unwrap().is_some());
    }

    #[test]
    fn what_is_not_elf_is_passed_over() {
        for bytes in [&b""[..], b"\x7fEL", b"#!/bin/sh\n", b"MZ"] {
            assert!(Elf::open(open(bytes).as_ref()).unwrap().is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn damaged_tables_are_errors_and_never_panics() {
        let good = elf_with_section(".dep-v0", b"content");
        for length in 6..good.len() {
            let file = open(&good[..length]);
            assert!(matches!(Elf::open(file.as_ref()), Err(DetectError::Malformed(_))), "{length}");
        }
        for at in 4..good.len() {
            let mut bad = good.clone();
            bad[at] = 0xff;
            if let Ok(Some(elf)) = Elf::open(open(&bad).as_ref()) {
                let _ = elf.section(b".dep-v0");
                let _ = elf.data_segment();
                let _ = elf.read_address(ADDRESS, 1);
            }
        }
    }
}
