//! Names of images in containerd's database: `v1 / NAMESPACE / images / NAME / target / digest`.

use super::bolt::{Bolt, Bucket, Value};
use crate::digest::Digest;
use crate::error::ImageError;
use std::fs::File;
use std::io;
use std::path::Path;

/// Namespaces that are looked at first: Kubernetes', that of `ctr` and `nerdctl`, Docker's.
const FIRST: [&[u8]; 3] = [b"k8s.io", b"default", b"moby"];
/// How often the database is read anew where it was written meanwhile.
const TRIES: usize = 3;

/// An image that has a name.
pub(super) struct Named {
    pub name: String,
    /// Of its manifest or index.
    pub digest: Digest,
}

/// The first of some names that any namespace has.
pub(super) fn lookup(
    root: &Path,
    namespace: Option<&str>,
    names: &[String],
) -> Result<Option<Named>, ImageError> {
    let path = root.join("io.containerd.metadata.v1.bolt/meta.db");
    let mut outcome = Ok(None);
    for _ in 0..TRIES {
        outcome =
            File::open(&path).and_then(|file| lookup_in(&Bolt::open(&file)?, namespace, names));
        if !matches!(&outcome, Err(error) if error.kind() == io::ErrorKind::InvalidData) {
            break;
        }
    }
    match outcome {
        Ok(found) => Ok(found),
        // A store without names still has digests.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let hint = "hint: name the image by its digest";
            Err(ImageError::malformed(path.display().to_string(), format!("{error}; {hint}")))
        }
        Err(error) => Err(ImageError::file(path)(error)),
    }
}

fn lookup_in(
    bolt: &Bolt<'_>,
    namespace: Option<&str>,
    names: &[String],
) -> io::Result<Option<Named>> {
    let Some(top) = bolt.bucket(&bolt.root(), b"v1")? else { return Ok(None) };
    let mut namespaces = match namespace {
        Some(name) => vec![name.as_bytes().to_vec()],
        None => bolt.keys(&top)?,
    };
    let rank = |name: &Vec<u8>| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len());
    namespaces.sort_by_key(rank);
    for namespace in namespaces {
        let Some(namespace) = bolt.bucket(&top, &namespace)? else { continue };
        let Some(images) = bolt.bucket(&namespace, b"images")? else { continue };
        for name in names {
            if let Some(digest) = target(bolt, &images, name)? {
                return Ok(Some(Named { name: name.clone(), digest }));
            }
        }
    }
    Ok(None)
}

fn target(bolt: &Bolt<'_>, images: &Bucket, name: &str) -> io::Result<Option<Digest>> {
    let Some(image) = bolt.bucket(images, name.as_bytes())? else { return Ok(None) };
    let Some(target) = bolt.bucket(&image, b"target")? else { return Ok(None) };
    let Some(Value::Bytes(digest)) = bolt.get(&target, b"digest")? else { return Ok(None) };
    let digest = std::str::from_utf8(&digest).ok().and_then(|text| Digest::parse(text).ok());
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "an image's target is no digest");
    digest.map(Some).ok_or_else(wrong)
}
