//! Where the bytes of a database are: inside the program, in memory or in a file.

use super::DatabaseError;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Random access to the bytes of a database.
pub enum Storage {
    /// The bundled snapshot.
    Static(&'static [u8]),
    /// Bytes made or fetched by the program.
    Owned(Box<[u8]>),
    /// A file.
    File(File, u64),
}

impl Storage {
    /// Opens a regular file. Anything else is refused before it is opened: opening a FIFO waits for its other end.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        if !fs::metadata(path)?.is_file() {
            return Err(DatabaseError::NotADatabase("it is no regular file"));
        }
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self::File(file, length))
    }

    pub fn length(&self) -> u64 {
        match self {
            Self::Static(bytes) => bytes.len() as u64,
            Self::Owned(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// The bytes at an offset; beyond the end is [`io::ErrorKind::UnexpectedEof`].
    pub fn read(&self, offset: u64, length: u64) -> io::Result<Cow<'_, [u8]>> {
        let end = offset.checked_add(length).filter(|end| *end <= self.length());
        let (Some(end), Ok(size)) = (end, usize::try_from(length)) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        match self {
            Self::Static(bytes) => part(bytes, offset, end),
            Self::Owned(bytes) => part(bytes, offset, end),
            Self::File(file, _) => {
                let mut buffer = vec![0; size];
                file.read_exact_at(&mut buffer, offset)?;
                Ok(Cow::Owned(buffer))
            }
        }
    }
}

fn part(bytes: &[u8], from: u64, to: u64) -> io::Result<Cow<'_, [u8]>> {
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let found = range.and_then(|(from, to)| bytes.get(from..to));
    found.map(Cow::Borrowed).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
