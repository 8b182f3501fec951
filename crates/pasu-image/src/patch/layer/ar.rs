//! The outer archive of a `.deb`: `ar` in its common form, as `deb(5)` describes it.
//!
//! A header is 60 bytes: `control.tar.xz  1700000000  0     0     100644  1234      ` and a grave accent with a line end.

use std::io::{self, Read};

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;

/// Reads the members of an archive one after the other.
pub(crate) struct ArReader<R> {
    inner: R,
    /// Bytes of the current member that were not read, with its padding.
    left: u64,
    padding: u64,
}

fn malformed(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

impl<R: Read> ArReader<R> {
    /// Reads the archive's mark.
    pub fn new(mut inner: R) -> io::Result<Self> {
        let mut magic = [0; 8];
        inner.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(malformed("not a .deb: it does not begin with !<arch>"));
        }
        Ok(Self { inner, left: 0, padding: 0 })
    }

    /// The name and length of the next member; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<(String, u64)>> {
        let skip = self.left + self.padding;
        let skipped = io::copy(&mut self.inner.by_ref().take(skip), &mut io::sink())?;
        // The padding after the last member is sometimes missing.
        if skipped < self.left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (self.left, self.padding) = (0, 0);
        let mut header = [0; HEADER];
        let mut filled = 0;
        while filled < HEADER {
            match self.inner.read(&mut header[filled..])? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => filled += read,
            }
        }
        if header[58..] != *b"`\n" {
            return Err(malformed("a member's header does not end as it must"));
        }
        let text = |range: std::ops::Range<usize>| {
            std::str::from_utf8(&header[range]).map(str::trim).unwrap_or_default()
        };
        let name = text(0..16).trim_end_matches('/').to_owned();
        let size: u64 = text(48..58)
            .parse()
            .map_err(|_| malformed(format!("the size of member {name:?} is no number")))?;
        (self.left, self.padding) = (size, size % 2);
        Ok(Some((name, size)))
    }
}

impl<R: Read> Read for ArReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.inner.read(&mut buffer[..wanted])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
