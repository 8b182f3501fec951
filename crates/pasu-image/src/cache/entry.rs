//! One entry as it is stored: compressed, with a checksum over its key and itself.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};

/// The largest entry that is read back, in bytes, uncompressed.
const MAX_ENTRY: u64 = 1 << 30;
/// Fast rather than small.
const LEVEL: i32 = 1;

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Digest of what was looked at: a layer's diff ID, or one made of several things.
    pub digest: String,
    /// Who looked.
    pub analyzer: String,
    /// The version of what it finds.
    pub version: u32,
}

impl Key {
    /// A key.
    pub fn new(digest: impl Into<String>, analyzer: impl Into<String>, version: u32) -> Self {
        Self { digest: digest.into(), analyzer: analyzer.into(), version }
    }

    /// For a name that carries its version: `dpkg@2`.
    #[must_use]
    pub fn of_analyzer(digest: &str, analyzer: &str) -> Self {
        let (name, version) = analyzer.rsplit_once('@').unwrap_or((analyzer, "0"));
        match version.parse() {
            Ok(version) => Self::new(digest, name, version),
            Err(_) => Self::new(digest, analyzer, 0),
        }
    }

    /// The checksum of an entry under this key.
    pub(super) fn checksum(&self, value: &[u8]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [self.digest.as_bytes(), self.analyzer.as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.update(self.version.to_le_bytes());
        hasher.update(value);
        hasher.finalize().into()
    }
}

/// Writes an entry part by part, so that a large one is never in memory twice.
pub(super) struct Packer(zstd::Encoder<'static, Vec<u8>>);

impl Packer {
    pub fn new() -> io::Result<Self> {
        Ok(Self(zstd::Encoder::new(Vec::new(), LEVEL)?))
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(&(bytes.len() as u64).to_le_bytes())?;
        self.0.write_all(bytes)
    }

    pub fn part(&mut self, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
        self.bytes(&postcard::to_allocvec(value).map_err(io::Error::other)?)
    }

    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.0.finish()
    }
}

/// Reads an entry part by part.
pub(super) struct Unpacker<'a> {
    reader: io::Take<zstd::Decoder<'static, io::BufReader<&'a [u8]>>>,
}

impl<'a> Unpacker<'a> {
    pub fn new(packed: &'a [u8]) -> io::Result<Self> {
        Ok(Self { reader: zstd::Decoder::new(packed)?.take(MAX_ENTRY) })
    }

    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 8];
        self.reader.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let mut bytes = Vec::new();
        if length <= self.reader.limit() {
            bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
        }
        let read = self.reader.by_ref().take(length).read_to_end(&mut bytes)?;
        if read as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    pub fn part<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        postcard::from_bytes(&self.bytes()?).map_err(io::Error::other)
    }
}

/// One value as an entry.
///
/// # Errors
///
/// When it cannot be written in this form.
pub fn pack(value: &(impl Serialize + ?Sized)) -> io::Result<Vec<u8>> {
    let mut packer = Packer::new()?;
    packer.part(value)?;
    packer.finish()
}

/// The value of an entry; `None` if it is none of this kind.
#[must_use]
pub fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Option<T> {
    Unpacker::new(packed).and_then(|mut unpacker| unpacker.part()).ok()
}

#[cfg(test)]
mod tests {
    use super::{Key, Packer, Unpacker, pack, unpack};

    #[test]
    fn entries_come_back_and_cut_ones_do_not() {
        let value: Vec<(u32, String)> = (0..1000).map(|n| (n, n.to_string())).collect();
        let packed = pack(&value).unwrap();
        assert_eq!(unpack::<Vec<(u32, String)>>(&packed).unwrap(), value);
        for end in [0, 1, packed.len() / 2, packed.len() - 1] {
            assert!(unpack::<Vec<(u32, String)>>(&packed[..end]).is_none(), "{end}");
        }
        let mut packer = Packer::new().unwrap();
        packer.bytes(b"abc").unwrap();
        packer.part(&7_u32).unwrap();
        let packed = packer.finish().unwrap();
        let mut unpacker = Unpacker::new(&packed).unwrap();
        assert_eq!(unpacker.bytes().unwrap(), b"abc");
        assert_eq!(unpacker.part::<u32>().unwrap(), 7);
        assert!(unpacker.bytes().is_err());
    }

    #[test]
    fn the_checksum_holds_for_one_key_only() {
        let key = Key::of_analyzer("sha256:a", "dpkg@2");
        assert_eq!(key, Key::new("sha256:a", "dpkg", 2));
        let sum = key.checksum(b"x");
        for other in [
            Key::new("sha256:a", "dpkg", 3),
            Key::new("sha256:ad", "pkg", 2),
            Key::new("sha256:b", "dpkg", 2),
        ] {
            assert_ne!(other.checksum(b"x"), sum, "{other:?}");
        }
        assert_ne!(key.checksum(b"y"), sum);
    }
}
