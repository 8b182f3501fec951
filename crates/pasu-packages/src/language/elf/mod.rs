//! The little of ELF that build information needs: where a section or the data segment lies.
//!
//! Thousands of executables of a host pass through here and almost none is of interest, so the usual answer costs
//! three small reads (file header, section headers, section names) and nothing of the program itself.
//! The layout is that of the System V ABI, chapters 4 and 5 ("Object Files", "Program Loading").

mod layout;
mod read;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

pub(super) use read::{read_exactly, read_up_to};

use crate::DetectError;
use layout::{FileHeader, Layout};
use pasu_system::SystemFile;

/// The largest section header table that is read, in bytes: 65,536 headers of 64 bytes.
const MAX_SECTION_HEADERS: u64 = 4 << 20;
/// The largest table of section names that is read, in bytes.
const MAX_SECTION_NAMES: u64 = 4 << 20;
/// The most that is asked for of memory that is not in the file, in bytes: the head of a string.
const MAX_ZEROES: u64 = 64;
/// `PT_LOAD`: a segment that is mapped.
const LOADED: u32 = 1;
/// `PF_X` and `PF_W`.
const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;
/// `SHT_NOBITS`: a section without bytes in the file.
const NO_BITS: u32 = 8;

/// An ELF file's tables.
pub(in crate::language) struct Elf<'a> {
    file: &'a dyn SystemFile,
    layout: Layout,
    header: FileHeader,
    sections: Vec<u8>,
    names: Vec<u8>,
}

/// A stretch of the file and where it is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::language) struct Extent {
    /// Where it is mapped.
    pub address: u64,
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes of it are in the file.
    pub size: u64,
}

impl<'a> Elf<'a> {
    /// Reads the tables; `None` if the file is not ELF.
    pub(in crate::language) fn open(file: &'a dyn SystemFile) -> Result<Option<Self>, DetectError> {
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
    pub(in crate::language) fn has_sections(&self) -> bool {
        !self.sections.is_empty()
    }

    /// The section of a name, if the file has it and it has bytes.
    pub(in crate::language) fn section(&self, name: &[u8]) -> Option<Extent> {
        let size = self.layout.section_header_size();
        self.sections.chunks_exact(size).find_map(|header| {
            let (kind, extent) = self.layout.section(header)?;
            (kind != NO_BITS && self.section_name(header)? == name).then_some(extent)
        })
    }

    /// The writable segments that are not executable, in one of which Go's linker puts its build information.
    pub(in crate::language) fn data_segments(&self) -> Result<Vec<Extent>, DetectError> {
        let segments = self.segments()?.into_iter();
        let writable = segments.filter(|(flags, ..)| flags & (WRITABLE | EXECUTABLE) == WRITABLE);
        Ok(writable.map(|(_, extent, _)| extent).collect())
    }

    /// The bytes mapped at an address; fewer than asked for is an error. What a segment has in memory alone is zero, as is
    /// the text of modules in programs that Go before 1.18 built without any.
    pub(in crate::language) fn read_address(
        &self,
        address: u64,
        length: u64,
    ) -> Result<Vec<u8>, DetectError> {
        let outside = || {
            DetectError::malformed(format!(
                "{length} bytes at address {address:#x} are not in the file"
            ))
        };
        for (_, extent, memory) in self.segments()? {
            let Some(inside) = address.checked_sub(extent.address) else { continue };
            let end = inside.saturating_add(length);
            if end <= extent.size {
                let offset = extent.offset.checked_add(inside).ok_or_else(outside)?;
                return read_exactly(self.file, offset, length);
            }
            if inside >= extent.size && end <= memory && length <= MAX_ZEROES {
                return Ok(vec![0; usize::try_from(length).unwrap_or_default()]);
            }
        }
        Err(outside())
    }

    /// The mapped segments with their flags and how much of memory they take.
    fn segments(&self) -> Result<Vec<(u32, Extent, u64)>, DetectError> {
        let size = self.layout.program_header_size();
        let length = self.header.segment_count.saturating_mul(size as u64);
        let table = read_exactly(self.file, self.header.segments, length)?;
        Ok(table
            .chunks_exact(size)
            .filter_map(|header| Some((self.layout.segment(header)?, self.layout.memory(header)?)))
            .filter(|((kind, ..), _)| *kind == LOADED)
            .map(|((_, flags, extent), memory)| (flags, extent, memory))
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
