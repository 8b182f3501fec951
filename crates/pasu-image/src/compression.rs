//! How a blob is compressed: told by its first bytes, for media types of Docker, OCI and of builders' errors differ.

use std::io::{self, BufRead, BufReader, Read};

/// The largest window of a zstd frame that is decoded, as a power of two: 64 MiB. What `zstd --ultra` writes without
/// `--long` needs no more.
const MAX_ZSTD_WINDOW: u32 = 26;

/// The compressions of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// Gzip, of one member or many.
    Gzip,
    /// Zstandard, of one frame or many.
    Zstd,
}

impl Compression {
    /// Tells by the first bytes; at least four are needed.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a skippable one as zstd:chunked begins with.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Decodes a blob, whatever it is compressed with.
pub fn decode<'a>(mut reader: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
    let head = peek(&mut reader)?;
    let compression = Compression::of(&head);
    let whole = io::Cursor::new(head).chain(reader);
    decoder(compression, BufReader::with_capacity(128 << 10, whole))
}

/// Decodes a blob that is compressed so.
pub fn decoder<'a>(
    compression: Compression,
    reader: impl BufRead + Send + 'a,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(reader)?;
            decoder.window_log_max(MAX_ZSTD_WINDOW)?;
            Box::new(decoder)
        }
    })
}

/// Takes the first bytes, as many as [`Compression::of`] wants, or all.
pub fn peek(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(4);
    reader.take(4).read_to_end(&mut head)?;
    Ok(head)
}
