//! Reads at an offset that never trust a length from the file.

use crate::DetectError;
use pasu_system::SystemFile;

/// Fills the buffer from an offset as far as the file goes; returns how many bytes were read.
pub(in crate::language) fn read_up_to(
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
pub(in crate::language) fn read_exactly(
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
