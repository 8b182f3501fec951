//! What a downloaded file must look like before it may replace the one that is kept: a login page answered with
//! status 200 is no feed.

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use ring::digest::{Context as Digest, SHA256};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The largest unpacked feed whose hash is taken, in bytes.
const MAX_UNPACKED: u64 = 8 << 30;

/// What is expected of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A ZIP archive.
    Zip,
    /// A gzip file.
    Gzip,
    /// A gzip file whose unpacked bytes have this SHA-256, in lower-case hexadecimal digits.
    GzipOf(String),
    /// A JSON object or array.
    Json,
    /// Lines of text, and no page of HTML.
    Text,
    /// Anything; it is judged elsewhere.
    Any,
}

impl Content {
    /// Looks at a file.
    pub fn check(&self, path: &Path) -> Result<()> {
        let start = start(path).with_context(|| format!("cannot read {}", path.display()))?;
        let json = || {
            let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
            text.starts_with(b"{") || text.starts_with(b"[")
        };
        match self {
            Self::Zip if !start.starts_with(b"PK") => bail!("what came is not a ZIP archive"),
            Self::Gzip | Self::GzipOf(_) if !start.starts_with(b"\x1f\x8b") => {
                bail!("what came is not a gzip file")
            }
            Self::Json if !json() => bail!("what came is not JSON"),
            Self::Text if start.trim_ascii_start().starts_with(b"<") => {
                bail!("what came is not plain text")
            }
            Self::GzipOf(expected) => has_hash(path, expected),
            _ => Ok(()),
        }
    }
}

fn start(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn has_hash(path: &Path, expected: &str) -> Result<()> {
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut unpacked = GzDecoder::new(file).take(MAX_UNPACKED);
    let mut digest = Digest::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = unpacked.read(&mut buffer).context("what came cannot be unpacked")?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
    }
    let found = crate::hex::encode(digest.finish().as_ref());
    if found != expected {
        bail!("its SHA-256 is {found}, but its .meta says {expected}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn a_login_page_is_no_feed() {
        let page = file(b"<!DOCTYPE html><title>Sign in</title>");
        let hash = Content::GzipOf(String::new());
        for content in [Content::Zip, Content::Gzip, Content::Json, Content::Text, hash] {
            assert!(content.check(page.path()).is_err(), "{content:?}");
        }
        assert!(Content::Any.check(page.path()).is_ok());
        assert!(Content::Json.check(file(b"\xef\xbb\xbf\n{}").path()).is_ok());
        assert!(Content::Json.check(file(b"").path()).is_err());
    }

    #[test]
    fn the_hash_is_that_of_the_unpacked_bytes() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"abc").unwrap();
        let packed = packed.finish().unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(Content::GzipOf(abc.into()).check(file(&packed).path()).is_ok());
        let wrong = Content::GzipOf("0".repeat(64)).check(file(&packed).path()).unwrap_err();
        assert!(wrong.to_string().contains(abc), "{wrong}");
        let cut = &packed[..packed.len() - 9];
        assert!(Content::GzipOf(abc.into()).check(file(cut).path()).is_err());
    }
}
