//! Contents on their way from packages into the layer: one nameless temporary file, which the system removes whatever
//! happens to us, so that memory does not grow with a package.

use crate::layer::Region;
use md_5::{Digest as _, Md5};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Where contents are kept.
pub(crate) struct Spool {
    file: Arc<File>,
    length: u64,
}

/// A content that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub offset: u64,
    pub length: u64,
    pub md5: [u8; 16],
}

impl Spool {
    /// In a folder with room for the unpacked packages.
    pub fn new(scratch: &Path) -> io::Result<Self> {
        Ok(Self { file: Arc::new(tempfile::tempfile_in(scratch)?), length: 0 })
    }

    /// Keeps a content.
    pub fn store(&mut self, reader: &mut dyn Read) -> io::Result<Stored> {
        let mut hasher = Md5::new();
        let mut buffer = vec![0; 64 << 10];
        let offset = self.length;
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hasher.update(&buffer[..read]);
            (&*self.file).write_all(&buffer[..read])?;
            self.length += read as u64;
        }
        Ok(Stored { offset, length: self.length - offset, md5: hasher.finalize().into() })
    }

    /// A content again.
    pub fn region(&self, stored: Stored) -> Region {
        Region::new(Arc::clone(&self.file), stored.offset, stored.length)
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// MD5 of some bytes, as dpkg writes it.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}
