//! A layer as it is stored, compressed or not: read once, decoded, listed, and hashed both ways, each in a thread of its
//! own where there are processors for it.

use super::ahead::ahead;
use super::scan::{ScanOptions, Scanned, scan};
use crate::compression::{Compression, decoder, peek};
use crate::digest::{Digest, HashingReader};
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};
use std::thread;

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
    mut reader: Box<dyn Read + Send + 'a>,
    options: ScanOptions<'_>,
) -> io::Result<Stored> {
    let head = peek(&mut reader)?;
    let compression = Compression::of(&head);
    let reader = io::Cursor::new(head).chain(reader);
    if compression == Compression::None {
        let scanned =
            thread::scope(|scope| scan(ahead(scope, reader, options.deadline)?, options))?;
        // The same bytes, which need not be hashed twice.
        let (digest, size) = (scanned.diff_id.clone(), scanned.size);
        return Ok(Stored { scanned, digest, size });
    }
    let raw = Mutex::new(HashingReader::new(reader));
    let scanned = thread::scope(|scope| {
        let packed = ahead(scope, Shared(&raw), options.deadline)?;
        let unpacked = ahead(scope, decoder(compression, packed)?, options.deadline)?;
        scan(unpacked, options)
    })?;
    // Bytes after the compressed ones belong to the digest, too.
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
