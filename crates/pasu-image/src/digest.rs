//! Content digests (OCI image specification, "Descriptors": `algorithm:encoded`).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, Read};

/// A SHA-256 digest: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A text that is no digest which Pasu can check.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a digest; expected sha256: and 64 hexadecimal digits")]
pub struct NoDigest(String);

impl Digest {
    /// Reads `sha256:…`. SHA-512, the only other registered algorithm, is refused: no engine writes it.
    pub fn parse(text: &str) -> Result<Self, NoDigest> {
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if hex.len() == 64 && hex.bytes().all(is_hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoDigest(text.chars().take(100).collect()))
        }
    }

    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The digest that names a layer with all below it (OCI image specification, "Layer ChainID"): of that of those below, and the
    /// layer's diff ID.
    #[must_use]
    pub(crate) fn chain(below: Option<&Self>, diff_id: &Self) -> Self {
        match below {
            None => diff_id.clone(),
            Some(below) => Self::of(format!("{below} {diff_id}").as_bytes()),
        }
    }

    /// The whole text, `sha256:…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hexadecimal digits alone.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.trim_start_matches("sha256:")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Self, NoDigest> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

/// Computes a digest piece by piece.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in self.0.finalize() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        Digest(text)
    }
}

/// A reader whose bytes are hashed and counted as they pass.
pub struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
    count: u64,
}

impl<R: Read> HashingReader<R> {
    /// Hashes what will be read.
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: Hasher::default(), count: 0 }
    }

    /// How many bytes have passed.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Reads what is left and gives the digest of everything, and its length in bytes.
    pub fn finish(mut self) -> io::Result<(Digest, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((self.hasher.finish(), self.count))
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.count += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, HashingReader};
    use std::io::Read;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn only_whole_lower_case_sha256_is_a_digest() {
        assert_eq!(Digest::parse(EMPTY).unwrap().as_str(), EMPTY);
        assert_eq!(Digest::of(b"").as_str(), EMPTY);
        let upper = EMPTY.to_uppercase();
        for wrong in ["", "sha256:", &EMPTY[..70], &EMPTY[7..], "sha512:00", &upper, "sha256:../x"]
        {
            assert!(Digest::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_rest_of_a_stream_belongs_to_its_digest() {
        let mut reader = HashingReader::new(&b"abc"[..]);
        reader.read_exact(&mut [0; 1]).unwrap();
        assert_eq!(reader.finish().unwrap(), (Digest::of(b"abc"), 3));
    }
}
