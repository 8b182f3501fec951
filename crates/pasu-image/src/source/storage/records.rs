//! The documents of Podman's storage.

use crate::error::ImageError;
use crate::image::MAX_DOCUMENT;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// An image in `overlay-images/images.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ImageRecord {
    /// Hexadecimal.
    pub id: String,
    /// That of its manifest.
    pub digest: String,
    /// In full, with a tag or digest.
    pub names: Vec<String>,
    /// Its topmost layer; empty if it has none.
    pub layer: String,
    /// Digests of what is kept beside; of the manifests among it, all by which the image was pulled.
    pub big_data_digests: BTreeMap<String, String>,
}

impl ImageRecord {
    /// The digests of its manifests.
    pub fn digests(&self) -> impl Iterator<Item = &str> {
        let manifests =
            self.big_data_digests.iter().filter(|(name, _)| name.starts_with("manifest"));
        let all = std::iter::once(&self.digest).chain(manifests.map(|(_, digest)| digest));
        let all: BTreeSet<&str> = all.map(String::as_str).filter(|it| !it.is_empty()).collect();
        all.into_iter()
    }
}

/// A layer in `overlay-layers/layers.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LayerRecord {
    pub id: String,
    /// The layer below; empty of the lowest.
    pub parent: String,
    /// Digest of its uncompressed archive; empty where it was never seen whole.
    pub diff_digest: String,
    /// Users whose numbers on the disk are others than in the image.
    pub uidmap: Vec<IgnoredAny>,
    pub gidmap: Vec<IgnoredAny>,
    pub flags: Flags,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// It is being written, or writing it ended early.
    pub incomplete: bool,
}

/// Reads a list of records; an empty one where there is no file.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, ImageError> {
    let place = || path.display().to_string();
    let problem = |problem: String| ImageError::Unreachable { place: place(), problem };
    let bytes = match small(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let problem = "no permission to read Podman's storage; hint: run as the user whose it is, or as root";
            return Err(ImageError::Denied { place: place(), problem: problem.to_owned() });
        }
        Err(error) => return Err(problem(error.to_string())),
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| problem(format!("Podman's storage is damaged: {error}")))
}

/// Reads a file that must be small.
pub(in crate::source) fn small(path: &Path) -> io::Result<Vec<u8>> {
    // A FIFO would keep us waiting.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        let problem = format!("more than {MAX_DOCUMENT} bytes, which is the limit");
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    Ok(bytes)
}
