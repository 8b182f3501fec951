//! Where an archive's bytes are: a part of the file itself, or memory after inflating.

use pasu_system::SystemFile;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

/// How much is read at once; reading a central directory is thousands of small reads.
const BLOCK: usize = 64 << 10;

/// The bytes of one archive.
pub enum Region<'a> {
    /// A part of an open file.
    File {
        /// The file.
        file: &'a dyn SystemFile,
        /// Where the part begins.
        start: u64,
        /// How long it is.
        length: u64,
    },
    /// Inflated into memory.
    Memory(Vec<u8>),
}

impl<'a> Region<'a> {
    /// A whole file.
    pub fn whole(file: &'a dyn SystemFile) -> Self {
        Self::File { file, start: 0, length: file.size() }
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::File { length, .. } => *length,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// A part of it that needs no copy; `None` if it does not lie inside, or lies in memory.
    pub fn part(&self, offset: u64, size: u64) -> Option<Self> {
        let Self::File { file, start, length } = self else { return None };
        (offset.checked_add(size)? <= *length).then_some(())?;
        Some(Self::File { file: *file, start: start.checked_add(offset)?, length: size })
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length().saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        match self {
            Self::File { file, start, .. } => file.read_at(buffer, start.saturating_add(offset)),
            Self::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                bytes.get(from..).unwrap_or_default().read(buffer)
            }
        }
    }
}

/// A buffered reader of a region that may read only so many bytes in all: a central directory may claim any size.
pub struct RegionReader<'a> {
    region: &'a Region<'a>,
    position: u64,
    block: Vec<u8>,
    block_start: u64,
    allowance: &'a Cell<u64>,
}

impl<'a> RegionReader<'a> {
    /// A reader at the region's start that may read as many bytes as `allowance` says.
    pub fn new(region: &'a Region<'a>, allowance: &'a Cell<u64>) -> Self {
        Self { region, position: 0, block: Vec::new(), block_start: 0, allowance }
    }

    /// What of the buffered block lies at the position and after.
    fn buffered(&self) -> &[u8] {
        let skip = self.position.checked_sub(self.block_start);
        let skip = skip.and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.block.get(skip..)).unwrap_or_default()
    }

    fn fill(&mut self) -> io::Result<()> {
        let start = self.position - self.position % BLOCK as u64;
        self.block.resize(BLOCK, 0);
        let mut filled = 0;
        while let Some(rest) = self.block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.region.read_at(rest, start.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.block.truncate(filled);
        self.block_start = start;
        Ok(())
    }
}

impl Read for RegionReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.buffered().is_empty() && self.position < self.region.length() {
            self.fill()?;
        }
        let read = self.buffered().read(buffer)?;
        self.position = self.position.saturating_add(read as u64);
        let left = self.allowance.get().checked_sub(read as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::FileTooLarge,
                "too much to read to find and list its entries",
            )
        })?;
        self.allowance.set(left);
        Ok(read)
    }
}

impl Seek for RegionReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.region.length().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        Ok(self.position)
    }
}
