//! `Packages.db`, rpm's own "new database" (NDB) of SUSE: a header `RpmP`, 16-byte slots, blobs in 16-byte blocks.
//!
//! All numbers are little-endian. A slot is `Slot`, the package's number, its first block and its count of blocks; a
//! slot with package number 0 is free. A blob is `BlbS`, the package's number, a generation and its length, then the
//! package's header.

use super::bytes::le32;
use super::{MAX_BLOB, Sink, read_exact};
use crate::DetectError;
use pasu_system::SystemFile;

const MAGIC: u32 = u32::from_le_bytes(*b"RpmP");
const SLOT_MAGIC: u32 = u32::from_le_bytes(*b"Slot");
const BLOB_MAGIC: u32 = u32::from_le_bytes(*b"BlbS");
const VERSION: u32 = 0;

/// Slots and blocks have the same size.
const BLOCK: usize = 16;
/// The file's header takes the place of the first two slots.
const HEADER: usize = 32;
const PAGE: usize = 4096;
/// A page of slots names 256 packages; this is room for a million.
const MAX_SLOT_PAGES: u32 = 4096;

/// Hands over every package's blob.
pub fn each_blob(file: &dyn SystemFile, sink: &mut Sink<'_>) -> Result<(), DetectError> {
    let slots = slots(file)?;
    let mut budget = file.size();
    for slot in slots.get(HEADER..).unwrap_or_default().chunks_exact(BLOCK) {
        let (Some(magic), Some(package), Some(block), Some(blocks)) =
            (le32(slot, 0), le32(slot, 4), le32(slot, 8), le32(slot, 12))
        else {
            continue;
        };
        if magic != SLOT_MAGIC {
            sink.damaged(|| format!("slot magic {magic:#x}"));
            continue;
        }
        if package == 0 || block == 0 {
            continue;
        }
        match blob(file, package, block, blocks, &mut budget) {
            Ok(blob) => sink.blob(&blob, || format!("package {package}")),
            Err(DetectError::Malformed(problem)) => {
                sink.damaged(|| format!("package {package}: {problem}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The pages of slots, the file's header included.
fn slots(file: &dyn SystemFile) -> Result<Vec<u8>, DetectError> {
    let mut header = [0; HEADER];
    read_exact(file, 0, &mut header)?;
    if le32(&header, 0) != Some(MAGIC) {
        return Err(DetectError::malformed("no NDB database: it does not begin with RpmP"));
    }
    if le32(&header, 4) != Some(VERSION) {
        return Err(DetectError::Unsupported("an NDB database of an unknown version".to_owned()));
    }
    let pages = le32(&header, 12).unwrap_or(0);
    if pages > MAX_SLOT_PAGES {
        return Err(DetectError::Limit(format!("{pages} pages of slots, limit {MAX_SLOT_PAGES}")));
    }
    let size = (pages as usize) * PAGE;
    if size as u64 > file.size() {
        return Err(DetectError::malformed("ends inside its slots"));
    }
    let mut slots = vec![0; size];
    read_exact(file, 0, &mut slots)?;
    Ok(slots)
}

/// One blob. Blobs do not overlap, so all of them together are not larger than the file: `budget` holds that.
fn blob(
    file: &dyn SystemFile,
    package: u32,
    block: u32,
    blocks: u32,
    budget: &mut u64,
) -> Result<Vec<u8>, DetectError> {
    let start = u64::from(block) * BLOCK as u64;
    let mut header = [0; BLOCK];
    read_exact(file, start, &mut header)?;
    if le32(&header, 0) != Some(BLOB_MAGIC) || le32(&header, 4) != Some(package) {
        return Err(DetectError::malformed("its slot does not lead to its blob"));
    }
    let length = le32(&header, 12).unwrap_or(0) as usize;
    if length > MAX_BLOB || length as u64 > u64::from(blocks) * BLOCK as u64 {
        return Err(DetectError::Malformed(format!(
            "a header of {length} bytes in {blocks} blocks"
        )));
    }
    let left = budget.checked_sub(length as u64);
    *budget = left.ok_or_else(|| DetectError::malformed("blobs overlap"))?;
    let mut blob = vec![0; length];
    read_exact(file, start + BLOCK as u64, &mut blob)?;
    Ok(blob)
}
