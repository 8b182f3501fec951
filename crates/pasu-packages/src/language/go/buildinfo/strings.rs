//! Finds the header of build information and the two strings it leads to.

use crate::DetectError;
use crate::language::elf::{Elf, Extent, read_exactly, read_up_to};
use pasu_system::SystemFile;

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The header stands at a multiple of this.
const ALIGNMENT: usize = 16;
const HEADER: u64 = 32;
/// Flags of the header.
const BIG_ENDIAN: u8 = 1;
const INLINE_STRINGS: u8 = 2;
/// How much of the section or the segments is searched for the header.
const MAX_SEARCH: u64 = 64 << 20;
/// The longest Go version and module list that is read, in bytes. Large programs have about 100 kB of modules.
const MAX_VERSION: u64 = 4 << 10;
const MAX_MODULES: u64 = 8 << 20;

/// Where in the file the header is: in the first of the extents that has it.
pub(super) fn find_header(
    file: &dyn SystemFile,
    extents: &[Extent],
) -> Result<Option<u64>, DetectError> {
    let mut budget = MAX_SEARCH;
    for extent in extents {
        let length = extent.size.min(budget);
        if let Some(at) = find_in(file, *extent, length)? {
            return Ok(Some(at));
        }
        budget = budget.saturating_sub(length);
    }
    Ok(None)
}

/// Where the header is in the first bytes of an extent. It is aligned as mapped, not as stored.
fn find_in(file: &dyn SystemFile, extent: Extent, length: u64) -> Result<Option<u64>, DetectError> {
    const WINDOW: usize = 64 << 10;
    let mut searched = extent.address.wrapping_neg() % ALIGNMENT as u64;
    // Almost always it is at the section's very start.
    let mut size = 4 * ALIGNMENT;
    let mut window = Vec::new();
    while searched < length {
        let wanted = usize::try_from(length - searched).map_or(size, |rest| rest.min(size));
        window.resize(wanted, 0);
        let at = extent.offset.saturating_add(searched);
        let filled = read_up_to(file, &mut window, at)?;
        let bytes = window.get(..filled).unwrap_or_default();
        let found = bytes.chunks(ALIGNMENT).position(|chunk| chunk.starts_with(MAGIC));
        if let Some(index) = found {
            return Ok(Some(at.saturating_add((index * ALIGNMENT) as u64)));
        }
        if filled < wanted {
            return Ok(None);
        }
        searched = searched.saturating_add(wanted as u64);
        size = WINDOW;
    }
    Ok(None)
}

/// Go's version and the module text without sentinels.
pub(super) fn strings(
    elf: &Elf<'_>,
    file: &dyn SystemFile,
    at: u64,
) -> Result<(String, String), DetectError> {
    let header = read_exactly(file, at, HEADER)?;
    let byte = |index: usize| header.get(index).copied().unwrap_or_default();
    let (pointer_size, flags) = (byte(14), byte(15));
    let (version, modules) = if flags & INLINE_STRINGS != 0 {
        let (version, next) = inline_string(file, at.saturating_add(HEADER), MAX_VERSION)?;
        let (modules, _) = inline_string(file, next, MAX_MODULES)?;
        (version, modules)
    } else {
        let pointers = Pointers { elf, size: pointer_size, big_endian: flags & BIG_ENDIAN != 0 };
        let pointer = |index: usize| {
            let size = usize::from(pointer_size);
            header.get(16 + index * size..).and_then(|bytes| pointers.decode(bytes))
        };
        (pointers.string(pointer(0), MAX_VERSION)?, pointers.string(pointer(1), MAX_MODULES)?)
    };
    let modules = without_sentinels(&modules);
    Ok((text(&version)?.to_owned(), text(modules)?.to_owned()))
}

/// A string after its length; also returns where the next one begins.
fn inline_string(
    file: &dyn SystemFile,
    at: u64,
    limit: u64,
) -> Result<(Vec<u8>, u64), DetectError> {
    let mut buffer = [0; 10];
    let filled = read_up_to(file, &mut buffer, at)?;
    let (length, used) = varint(buffer.get(..filled).unwrap_or_default())
        .ok_or_else(|| DetectError::malformed(format!("no string length at {at:#x}")))?;
    check_length(length, limit)?;
    let start = at.saturating_add(used);
    Ok((read_exactly(file, start, length)?, start.saturating_add(length)))
}

/// An unsigned LEB128 number and how many bytes it takes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut value = 0u64;
    for (index, byte) in (0u32..).zip(bytes) {
        let part = u64::from(byte & 0x7f);
        let shifted = part.checked_shl(index * 7)?;
        if shifted >> (index * 7) != part {
            return None;
        }
        value |= shifted;
        if byte & 0x80 == 0 {
            return Some((value, u64::from(index) + 1));
        }
    }
    None
}

/// Pointers of the form before Go 1.18.
struct Pointers<'a> {
    elf: &'a Elf<'a>,
    size: u8,
    big_endian: bool,
}

impl Pointers<'_> {
    fn decode(&self, bytes: &[u8]) -> Option<u64> {
        let narrow = |bytes: &[u8; 4]| {
            if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) }
        };
        let wide = |bytes: &[u8; 8]| {
            if self.big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) }
        };
        match self.size {
            4 => bytes.first_chunk().map(|bytes| narrow(bytes).into()),
            8 => bytes.first_chunk().map(wide),
            _ => None,
        }
    }

    /// The string behind a pointer to a Go string: a pointer to its bytes, then its length.
    fn string(&self, pointer: Option<u64>, limit: u64) -> Result<Vec<u8>, DetectError> {
        let bad = || {
            DetectError::malformed(format!("build information with {}-byte pointers", self.size))
        };
        let address = pointer.ok_or_else(bad)?;
        if address == 0 {
            return Ok(Vec::new());
        }
        let size = u64::from(self.size);
        let header = self.elf.read_address(address, size.saturating_mul(2))?;
        let (data, length) = header.split_at_checked(usize::from(self.size)).ok_or_else(bad)?;
        let data = self.decode(data).ok_or_else(bad)?;
        let length = self.decode(length).ok_or_else(bad)?;
        if length == 0 {
            return Ok(Vec::new());
        }
        check_length(length, limit)?;
        self.elf.read_address(data, length)
    }
}

fn check_length(length: u64, limit: u64) -> Result<(), DetectError> {
    if length > limit {
        return Err(DetectError::Limit(format!(
            "build information of {length} bytes, limit {limit}"
        )));
    }
    Ok(())
}

/// The module text: what is between the sentinels, if it ends with a line end as it must.
fn without_sentinels(framed: &[u8]) -> &[u8] {
    const SENTINEL: usize = 16;
    let end = framed.len().saturating_sub(SENTINEL);
    let inner = framed.get(SENTINEL..end).unwrap_or_default();
    if inner.ends_with(b"\n") { inner } else { &[] }
}

fn text(bytes: &[u8]) -> Result<&str, DetectError> {
    std::str::from_utf8(bytes)
        .map_err(|error| DetectError::malformed(format!("build information: {error}")))
}
