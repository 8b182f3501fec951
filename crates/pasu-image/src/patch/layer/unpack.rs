//! Decompression inside packages, within limits.

use std::io::{self, BufRead, BufReader, Read};

/// The most memory that an xz archive may ask for, in KiB: `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 160 << 10;
/// The largest window of a zstd frame, as a power of two: 128 MiB, which `zstd -19 --long` writes.
const ZSTD_WINDOW: u32 = 27;

/// Decodes a member of a package by its first bytes: gzip, xz, zstd, or nothing. More than `limit` bytes are an error.
pub(crate) fn unpack<'a>(
    reader: impl Read + 'a,
    limit: u64,
) -> io::Result<Limited<Box<dyn Read + 'a>>> {
    let mut reader = BufReader::with_capacity(64 << 10, reader);
    let head = reader.fill_buf()?;
    let inner: Box<dyn Read + 'a> = match head {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => {
            Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, XZ_MEMORY))
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::Decoder::with_buffer(reader)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        [b'B', b'Z', b'h', ..] | [0x5d, 0, 0, ..] => {
            let message = "packed with bzip2 or lzma, as no package has been since 2012";
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        _ => Box::new(reader),
    };
    Ok(Limited { inner, left: limit, limit })
}

/// A reader that fails when more than its limit comes.
pub(crate) struct Limited<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let message = format!("more than {} bytes unpacked", self.limit);
            io::Error::new(io::ErrorKind::FileTooLarge, message)
        })?;
        Ok(read)
    }
}
