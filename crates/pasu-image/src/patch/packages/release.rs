//! `Release` files and the package indexes that they list (Debian repository format).

use super::keys::{Keys, NotSigned, Signed, check};
use super::{Available, Place, Verified};
use crate::digest::{Digest, HashingReader};
use crate::patch::layer::stanza::{self, Stanza};
use crate::patch::layer::unpack;
use pasu_system::System;
use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Bytes of a `Release` file.
pub(super) const MAX_RELEASE: u64 = 64 << 20;
/// Bytes of an index as stored, and unpacked.
pub(super) const MAX_INDEX: u64 = 512 << 20;
const MAX_UNPACKED: u64 = 4 << 30;
/// Bytes of one stanza.
const MAX_STANZA: usize = 4 << 20;

/// A `Release` file.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub fields: Stanza,
    /// Who signed it; `None` for nobody.
    pub key: Option<String>,
}

/// A file that a `Release` lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub digest: Digest,
    pub size: u64,
    pub path: String,
}

impl Release {
    /// Reads one whose signature was checked, or that has none.
    pub fn new(text: &[u8], key: Option<String>) -> Self {
        Self { fields: stanza::parse(text), key }
    }

    /// Checks a signature and reads what is signed.
    pub fn check(
        host: &dyn System,
        keys: &Keys,
        signed: &Signed<'_>,
        scratch: &Path,
    ) -> Result<Self, NotSigned> {
        let (text, key) = check(host, keys, signed, scratch)?;
        Ok(Self::new(&text, Some(key)))
    }

    /// Everything with a SHA-256 sum; weaker sums do not count.
    pub fn files(&self) -> Vec<Listed> {
        let lines = self.fields.text("SHA256").lines();
        let listed = lines.filter_map(|line| {
            let mut parts = line.split_ascii_whitespace();
            let digest = Digest::parse(&format!("sha256:{}", parts.next()?)).ok()?;
            let size = parts.next()?.parse().ok()?;
            Some(Listed { digest, size, path: parts.next()?.to_owned() })
        });
        listed.collect()
    }

    /// What a package that is listed below it has to say for itself.
    pub fn verified(&self, index: &str) -> Verified {
        let index = index.to_owned();
        match &self.key {
            Some(key) => Verified::Signed { index, key: key.clone() },
            None => Verified::Listed { index },
        }
    }
}

/// The text of an `InRelease` whose signature is not checked.
pub(super) fn inline_text(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let Some((_, rest)) = text.split_once("-----BEGIN PGP SIGNED MESSAGE-----") else {
        return bytes.to_vec();
    };
    let body = rest.split_once("\n\n").map_or("", |(_, body)| body);
    body.split("-----BEGIN PGP SIGNATURE-----").next().unwrap_or_default().as_bytes().to_vec()
}

/// Reads the stanzas of an index, packed or not, and keeps those of wanted packages.
pub(super) fn packages(
    reader: impl Read,
    wanted: &dyn Fn(&str) -> bool,
    mut found: impl FnMut(Stanza),
) -> io::Result<()> {
    let mut lines = BufReader::new(unpack(reader, MAX_UNPACKED)?);
    let mut text: Vec<u8> = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(MAX_STANZA as u64).read_until(b'\n', &mut line)?;
        if read == 0 || line.iter().all(u8::is_ascii_whitespace) {
            let name =
                text.strip_prefix(b"Package: ").and_then(|rest| rest.split(|c| *c == b'\n').next());
            let name = name.and_then(|name| std::str::from_utf8(name).ok()).map(str::trim);
            // Stanzas usually begin with their name; others are read to know it.
            if name.is_none_or(wanted) && !text.is_empty() {
                let stanza = stanza::parse(&text);
                if wanted(stanza.text("Package")) {
                    found(stanza);
                }
            }
            text.clear();
            if read == 0 {
                return Ok(());
            }
            continue;
        }
        if text.len() + line.len() > MAX_STANZA {
            let message = format!("a stanza of more than {MAX_STANZA} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        text.extend_from_slice(&line);
    }
}

/// The checksum of a package in its index.
pub(super) fn digest(fields: &Stanza) -> Option<Digest> {
    Digest::parse(&format!("sha256:{}", fields.get("SHA256")?)).ok()
}

/// The digest of everything in a reader.
pub(super) fn digest_of(reader: impl Read) -> io::Result<Digest> {
    HashingReader::new(reader).finish().map(|(digest, _)| digest)
}

/// Names of packages that an image has: only those can be upgraded.
pub(super) fn installed(system: &dyn System) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let limit = MAX_INDEX;
    let mut add = |bytes: Vec<u8>| {
        for stanza in stanza::split(&bytes) {
            names.insert(stanza::parse(stanza).text("Package").to_owned());
        }
    };
    add(system.read(Path::new("/var/lib/dpkg/status"), limit).unwrap_or_default());
    let folder = Path::new("/var/lib/dpkg/status.d");
    for (name, _) in system.read_dir(folder).unwrap_or_default() {
        if !name.to_string_lossy().ends_with(".md5sums") {
            add(system.read(&folder.join(name), limit).unwrap_or_default());
        }
    }
    names
}

/// A package of an index below an archive's root.
pub(super) fn available(fields: Stanza, root: &str, verified: Verified) -> Option<Available> {
    digest(&fields)?;
    let file = fields.get("Filename")?;
    let safe = !file.split('/').any(|part| part == "..");
    let place =
        Place::Url(format!("{}/{}", root.trim_end_matches('/'), file.trim_start_matches("./")));
    safe.then_some(Available { fields, place, verified })
}
