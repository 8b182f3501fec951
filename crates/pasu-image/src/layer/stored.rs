//! A layer as it is stored, compressed or not: read once, decoded, listed, and hashed both ways.

use super::scan::{ScanOptions, Scanned, scan};
use crate::compression::decode;
use crate::digest::{Digest, HashingReader};
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

/// What one pass over a stored layer gave.
pub struct Stored {
    /// What is in it.
    pub scanned: Scanned,
    /// Digest of the bytes as stored.
    pub digest: Digest,
    /// Bytes as stored.
    pub size: u64,
}

/// Reads a stored layer to its end.
pub fn scan_stored<'a>(
    reader: Box<dyn Read + Send + 'a>,
    options: ScanOptions<'_>,
) -> io::Result<Stored> {
    let raw = Mutex::new(HashingReader::new(reader));
    let scanned = decode(Box::new(Shared(&raw))).and_then(|reader| scan(reader, options))?;
    let (digest, size) = raw.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
    Ok(Stored { scanned, digest, size })
}

/// A reader that is looked at again once the decoder is done with it.
struct Shared<'a, R>(&'a Mutex<R>);

impl<R: Read> Read for Shared<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer)
    }
}
