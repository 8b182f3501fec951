//! `rpmdb.sqlite-wal`: SQLite's write-ahead log, the pages that were not written back yet.
//!
//! A header of 32 bytes, then frames: 24 bytes of header (page, size of the database after a commit, two salts, two
//! checksums) and a page. A frame counts if its salts are the log's, the running checksum agrees and a commit follows.

use super::bytes::{be32, u32_in};
use super::read_exact;
use crate::DetectError;
use pasu_system::SystemFile;
use std::collections::HashMap;

const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME: usize = 24;

/// The committed pages of a log.
pub struct Log<'a> {
    /// The log.
    pub file: &'a dyn SystemFile,
    /// The size of a page.
    pub page_size: usize,
    /// Where the newest content of each page begins.
    pages: HashMap<u32, u64>,
}

impl Log<'_> {
    /// Whether the log has this page.
    pub fn holds(&self, page: u32) -> bool {
        self.pages.contains_key(&page)
    }

    /// Where in the log's file a page begins.
    pub fn offset(&self, page: u32) -> Option<u64> {
        self.pages.get(&page).copied()
    }
}

/// Reads a log; `None` if it is empty or was never committed to. What follows a frame that does not agree is left from
/// an earlier use of the file and is not part of the database.
pub fn read(file: &dyn SystemFile) -> Result<Option<Log<'_>>, DetectError> {
    if file.size() < (HEADER + FRAME) as u64 {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    read_exact(file, 0, &mut header)?;
    let big = match be32(&header, 0) {
        Some(MAGIC) => false,
        Some(magic) if magic == MAGIC | 1 => true,
        _ => return Err(DetectError::malformed("no SQLite write-ahead log")),
    };
    let page_size = be32(&header, 8).unwrap_or(0) as usize;
    if !(512..=65536).contains(&page_size) || !page_size.is_power_of_two() {
        return Err(DetectError::Malformed(format!("a log with pages of {page_size} bytes")));
    }
    let mut sum = Checksum { big, state: (0, 0) };
    sum.add(&header[..24]);
    if !sum.is_at(&header, 24) {
        return Ok(None);
    }
    let mut frame = vec![0; FRAME + page_size];
    let (mut pages, mut open) = (HashMap::new(), Vec::new());
    let mut offset = HEADER as u64;
    while offset + frame.len() as u64 <= file.size() {
        read_exact(file, offset, &mut frame)?;
        let (start, page) = frame.split_at(FRAME);
        sum.add(&start[..8]);
        sum.add(page);
        if start[8..16] != header[16..24] || !sum.is_at(start, 16) {
            break;
        }
        open.push((be32(start, 0).unwrap_or(0), offset + FRAME as u64));
        if be32(start, 4).is_some_and(|size| size != 0) {
            pages.extend(open.drain(..));
        }
        offset += frame.len() as u64;
    }
    Ok((!pages.is_empty()).then_some(Log { file, page_size, pages }))
}

/// SQLite's checksum over pairs of numbers.
struct Checksum {
    big: bool,
    state: (u32, u32),
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let number = |at| u32_in(pair, at, self.big).unwrap_or(0);
            let (mut first, mut second) = self.state;
            first = first.wrapping_add(number(0)).wrapping_add(second);
            second = second.wrapping_add(number(4)).wrapping_add(first);
            self.state = (first, second);
        }
    }

    /// Whether the checksum is what is written there.
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        be32(bytes, at) == Some(self.state.0) && be32(bytes, at + 4) == Some(self.state.1)
    }
}
