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
/// Where it is, below containerd's root.
pub(super) const DATABASE: &str = "io.containerd.metadata.v1.bolt/meta.db";

/// An image that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let found = read(&root.join(DATABASE), |bolt| {
        for images in buckets(bolt, namespace, b"images")? {
            for name in names {
                let Some(image) = bolt.bucket(&images, name.as_bytes())? else { continue };
                if let Some(digest) = target(bolt, &image)? {
                    return Ok(Some(Named { name: name.clone(), digest }));
                }
            }
        }
        Ok(None)
    });
    found.map(Option::flatten)
}

/// All names of all namespaces, or of one; none where there is no database.
pub(super) fn all(root: &Path, namespace: Option<&str>) -> Result<Vec<Named>, ImageError> {
    let found = read(&root.join(DATABASE), |bolt| {
        let mut all = Vec::new();
        for images in buckets(bolt, namespace, b"images")? {
            for (name, value) in bolt.entries(&images)? {
                let Value::Bucket(image) = value else { continue };
                let Some(digest) = target(bolt, &image)? else { continue };
                let name = String::from_utf8_lossy(&name).into_owned();
                all.push(Named { name, digest });
            }
        }
        Ok(all)
    });
    found.map(Option::unwrap_or_default)
}

/// Reads something of a database, anew where it was written meanwhile; `None` where there is none: a store without
/// names still has digests.
pub(super) fn read<T>(
    path: &Path,
    what: impl Fn(&Bolt<'_>) -> io::Result<T>,
) -> Result<Option<T>, ImageError> {
    let once = || File::open(path).and_then(|file| what(&Bolt::open(&file)?));
    let mut outcome = once();
    for _ in 1..TRIES {
        if !matches!(&outcome, Err(error) if error.kind() == io::ErrorKind::InvalidData) {
            break;
        }
        outcome = once();
    }
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let hint = "hint: name the image by its digest";
            Err(ImageError::malformed(path.display().to_string(), format!("{error}; {hint}")))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(super::denied(&path.display().to_string()))
        }
        Err(error) => Err(ImageError::file(path)(error)),
    }
}

/// A bucket of each namespace, or of one, that has it.
pub(super) fn buckets(
    bolt: &Bolt<'_>,
    namespace: Option<&str>,
    name: &[u8],
) -> io::Result<Vec<Bucket>> {
    let Some(top) = bolt.bucket(&bolt.root(), b"v1")? else { return Ok(Vec::new()) };
    let mut namespaces = match namespace {
        Some(name) => vec![name.as_bytes().to_vec()],
        None => bolt.keys(&top)?,
    };
    let rank = |name: &Vec<u8>| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len());
    namespaces.sort_by_key(rank);
    let mut found = Vec::new();
    for namespace in namespaces {
        let Some(namespace) = bolt.bucket(&top, &namespace)? else { continue };
        found.extend(bolt.bucket(&namespace, name)?);
    }
    Ok(found)
}

fn target(bolt: &Bolt<'_>, image: &Bucket) -> io::Result<Option<Digest>> {
    let Some(target) = bolt.bucket(image, b"target")? else { return Ok(None) };
    let Some(Value::Bytes(digest)) = bolt.get(&target, b"digest")? else { return Ok(None) };
    let digest = std::str::from_utf8(&digest).ok().and_then(|text| Digest::parse(text).ok());
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "an image's target is no digest");
    digest.map(Some).ok_or_else(wrong)
}
