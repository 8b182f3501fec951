//! A part of a file: an uncompressed layer inside an archive, read where it lies.

use super::header::{Skip, ends_early};
use crate::digest::Digest;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;
use std::time::SystemTime;

/// How much is read at once. Headers of small files lie close together, but most of what is read beyond one is content
/// that nobody asked for.
const BUFFER: usize = 8 << 10;

/// A part of a file.
#[derive(Debug, Clone)]
pub struct Region {
    file: Arc<File>,
    start: u64,
    length: u64,
}

impl Region {
    /// A part of a file, from `start` on.
    #[must_use]
    pub fn new(file: Arc<File>, start: u64, length: u64) -> Self {
        Self { file, start, length }
    }

    /// A part of this part; `None` if it would reach out of it.
    #[must_use]
    pub fn part(&self, start: u64, length: u64) -> Option<Self> {
        let end = start.checked_add(length)?;
        (end <= self.length).then(|| Self {
            file: Arc::clone(&self.file),
            start: self.start + start,
            length,
        })
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads at an offset; 0 at the end.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.file.read_at(&mut buffer[..wanted], self.start + offset)?;
        // The file was longer when it was opened.
        if read == 0 { Err(ends_early()) } else { Ok(read) }
    }

    /// A reader from the beginning, which can skip.
    #[must_use]
    pub fn reader(&self) -> RegionReader {
        RegionReader { region: self.clone(), position: 0, buffer: Vec::new(), buffered: 0 }
    }
}

/// What tells a part of a file from any other, and from itself after a change: device, inode, size, both times, and
/// where the part lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    parts: [u64; 9],
    changed: i64,
}

impl Identity {
    /// A name for it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let bytes: Vec<u8> = self.parts.iter().flat_map(|part| part.to_le_bytes()).collect();
        Digest::of(&bytes)
    }

    /// Whether the last change is so long ago that another one would have another time.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        const GRAIN: i64 = 2;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_secs()).is_ok_and(|now| now - self.changed >= GRAIN)
    }
}

impl Region {
    /// What this part of this file is, now.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        let file = self.file.metadata().ok()?;
        let parts = [
            file.dev(),
            file.ino(),
            file.size(),
            file.mtime().cast_unsigned(),
            file.mtime_nsec().cast_unsigned(),
            file.ctime().cast_unsigned(),
            file.ctime_nsec().cast_unsigned(),
            self.start,
            self.length,
        ];
        Some(Identity { parts, changed: file.ctime().max(file.mtime()) })
    }
}

/// Reads a [`Region`] from its beginning.
pub struct RegionReader {
    region: Region,
    position: u64,
    buffer: Vec<u8>,
    /// Where the buffer's first byte lies.
    buffered: u64,
}

impl Read for RegionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let inside =
            self.position.checked_sub(self.buffered).and_then(|at| usize::try_from(at).ok());
        if let Some(rest) =
            inside.and_then(|at| self.buffer.get(at..)).filter(|rest| !rest.is_empty())
        {
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            self.position += count as u64;
            return Ok(count);
        }
        if buffer.len() >= BUFFER {
            let read = self.region.read_at(buffer, self.position)?;
            self.position += read as u64;
            return Ok(read);
        }
        self.buffer.resize(BUFFER, 0);
        let read = self.region.read_at(&mut self.buffer, self.position);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        self.buffered = self.position;
        if read? == 0 { Ok(0) } else { self.read(buffer) }
    }
}

impl Skip for RegionReader {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        match self.position.checked_add(bytes) {
            Some(position) if position <= self.region.length => {
                self.position = position;
                Ok(())
            }
            _ => Err(ends_early()),
        }
    }
}
