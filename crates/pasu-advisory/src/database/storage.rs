//! Where the bytes of a database are: inside the program or in a file.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Random access to the bytes of a database.
pub enum Storage {
    /// The bundled snapshot.
    Static(&'static [u8]),
    /// A file.
    File(File, u64),
}

impl Storage {
    pub fn open(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File(file, length))
    }

    pub fn length(&self) -> u64 {
        match self {
            Self::Static(bytes) => bytes.len() as u64,
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
            Self::Static(bytes) => {
                let range = usize::try_from(offset).ok().zip(usize::try_from(end).ok());
                let found = range.and_then(|(from, to)| bytes.get(from..to));
                found.map(Cow::Borrowed).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Self::File(file, _) => {
                let mut buffer = vec![0; size];
                file.read_exact_at(&mut buffer, offset)?;
                Ok(Cow::Owned(buffer))
            }
        }
    }
}
