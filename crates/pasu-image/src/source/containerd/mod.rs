//! containerd's content store, read in place: blobs by digest in `io.containerd.content.v1.content`, and names in the
//! database `io.containerd.metadata.v1.bolt/meta.db`. containerd itself is not asked.

mod bolt;
mod listing;
mod names;
mod places;
mod running;
mod snapshots;
mod stored;

pub(super) use listing::{Images, here};
pub(super) use places::is_named;

use super::listing::{Listing, of_containerd};
use super::manifest::familiar;
use super::{Platform, SourceKind, SourceOptions};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::Image;
use names::{Named, lookup};
use oci_spec::distribution::Reference;
use std::io;
use std::path::{Path, PathBuf};
use stored::{Stored, Target};

/// Finds an image by its name in any namespace (`CONTAINERD_NAMESPACE` says which one), or by the digest of its manifest.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is no content store, [`ImageError::Denied`] where it may not be read,
/// [`ImageError::NotFound`] where it has no such image, or not all of its blobs: containerd fetches only those for the
/// machine's own platform, and removes those that nothing refers to.
pub fn find(reference: &str, options: &SourceOptions) -> Result<Image, ImageError> {
    find_in(&places::roots()?, namespace().as_deref(), reference, options)
}

/// The namespace that the environment names.
fn namespace() -> Option<String> {
    std::env::var("CONTAINERD_NAMESPACE").ok().filter(|name| !name.is_empty())
}

/// As [`find`], in content stores at any place.
///
/// # Errors
///
/// As [`find`].
pub fn find_in(
    roots: &[PathBuf],
    namespace: Option<&str>,
    reference: &str,
    options: &SourceOptions,
) -> Result<Image, ImageError> {
    let mut looked = Vec::new();
    let (mut not_whole, mut refused) = (None, None);
    for root in roots {
        match is_there(root) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                refused = refused.or(Some(error));
                continue;
            }
        }
        match image(root, namespace, reference, options) {
            Ok(Some(image)) => return Ok(image),
            Ok(None) => {}
            Err(error @ ImageError::NotFound { .. }) => not_whole = not_whole.or(Some(error)),
            Err(error @ ImageError::Denied { .. }) => refused = refused.or(Some(error)),
            Err(error) => return Err(error),
        }
        looked.push(root.display().to_string());
    }
    if let Some(error) = refused.or(not_whole) {
        return Err(error);
    }
    if looked.is_empty() {
        return Err(absent());
    }
    let looked = format!(" in {}", looked.join(", "));
    Err(ImageError::NotFound { reference: reference.to_owned(), looked })
}

/// Lists the images of content stores at any place: [`super::list`] of no other engine.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is no content store.
pub fn list_in(
    roots: &[PathBuf],
    namespace: Option<&str>,
    options: &SourceOptions,
) -> Result<Listing, ImageError> {
    of_containerd(Images::of(roots, namespace.map(str::to_owned))?, options)
}

/// The image that an engine leaves to containerd, by the digest of its manifest or index; `None` where it cannot be read
/// there, for whatever reason.
pub(super) fn of_engine(id: &str, platform: Option<&Platform>) -> Option<Image> {
    by_digest(&places::roots().ok()?, id, platform)
}

fn by_digest(roots: &[PathBuf], id: &str, platform: Option<&Platform>) -> Option<Image> {
    let digest = Digest::parse(id).ok()?;
    roots.iter().find_map(|root| {
        let mut stored = Stored::new(root, id);
        match stored.target(&digest, platform).ok()? {
            Target::Image { manifest, .. } => stored.image(&manifest, platform).ok()?,
            Target::Artifact | Target::Missing => None,
        }
    })
}

fn absent() -> ImageError {
    let place = SourceKind::Containerd.name().to_owned();
    let problem = "there is no content store on this machine".to_owned();
    ImageError::Unreachable { place, problem }
}

fn denied(place: &str) -> ImageError {
    let problem = "no permission to read containerd's store; hint: run as root";
    ImageError::Denied { place: place.to_owned(), problem: problem.to_owned() }
}

/// Whether a root has a content store.
fn is_there(root: &Path) -> Result<bool, ImageError> {
    match std::fs::read_dir(root.join(stored::CONTENT)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(denied(&root.display().to_string()))
        }
        Err(_) => Ok(false),
    }
}

fn image(
    root: &Path,
    namespace: Option<&str>,
    reference: &str,
    options: &SourceOptions,
) -> Result<Option<Image>, ImageError> {
    let names = wanted(reference);
    let (name, digest) = match lookup(root, namespace, &names)? {
        Some(Named { name, digest }) => (Some(name), digest),
        None => match pinned(reference) {
            Some(digest) => (None, digest),
            None => return Ok(None),
        },
    };
    let mut stored = Stored::new(root, reference);
    // A digest that was asked for by itself may be anybody's.
    if name.is_none() && !stored.has(&digest)? {
        return Ok(None);
    }
    let Some(mut image) = stored.image(&digest, options.platform.as_ref())? else {
        return Ok(None);
    };
    image.name = reference.to_owned();
    if let Some(name) = name {
        call(&mut image, &[name], &digest);
    }
    Ok(Some(image))
}

/// Gives an image the names that it has in the database.
fn call(image: &mut Image, names: &[String], digest: &Digest) {
    for name in names {
        let name = familiar(name);
        let tagged = name.split('@').next().unwrap_or(name);
        let tag = tagged.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let repository = tag.map_or(tagged, |(repository, _)| repository);
        if tag.is_some() {
            image.repo_tags.push(tagged.to_owned());
        }
        image.repo_digests.push(format!("{repository}@{digest}"));
    }
    for names in [&mut image.repo_tags, &mut image.repo_digests] {
        names.sort();
        names.dedup();
    }
}

/// The names under which containerd may have it: as it was typed, and in full.
fn wanted(reference: &str) -> Vec<String> {
    let full = reference.parse::<Reference>().map(|reference| reference.whole());
    std::iter::once(reference.to_owned()).chain(full).collect()
}

/// The digest in `sha256:…` or `name@sha256:…`.
fn pinned(reference: &str) -> Option<Digest> {
    Digest::parse(reference.rsplit_once('@').map_or(reference, |(_, digest)| digest)).ok()
}
