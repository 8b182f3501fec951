//! What archives of images and OCI layouts say about their images, wherever their files lie.
//!
//! `docker save` writes `manifest.json` (Docker Image Specification v1.3, "Combined Image JSON + Filesystem Changeset
//! Format"), engines from 25 on an OCI layout beside it; OCI archives and layouts have `index.json` alone.

use super::Platform;
use super::manifest::{Descriptor, Document, Index};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Image, Layer};
use serde::Deserialize;

/// How deep indexes may lie in each other.
const MAX_DEPTH: usize = 4;

/// The files of an archive or layout; paths are relative, without `.` and `..`.
pub(crate) trait Files {
    /// What to call it in messages.
    fn place(&self) -> &str;

    /// A whole small file; `None` if there is none.
    fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>, ImageError>;

    /// A layer, compressed or not. Where its path has a digest, it is held against that by whoever reads it.
    fn layer(&mut self, path: &str) -> Result<Content, ImageError>;

    /// What it means that a file is named and not there.
    fn missing(&self, path: &str) -> ImageError {
        missing(self.place(), path)
    }
}

/// One image in `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// All images, in their order; of one for several platforms, that for the platform wanted.
///
/// # Errors
///
/// It is no archive of images, or one of its images is not whole.
pub(crate) fn images(
    files: &mut dyn Files,
    platform: Option<&Platform>,
) -> Result<Vec<Image>, ImageError> {
    let index = files.document("index.json")?;
    let images = match (files.document("manifest.json")?, index) {
        (Some(manifest), index) => docker(files, &manifest, index.as_deref())?,
        (None, Some(index)) => oci(files, &index, platform)?,
        (None, None) => {
            let problem = "no image: it has neither manifest.json nor index.json; hint: if it is a tree of \
                           files, unpack it and run pasu rootfs DIR, or docker import it";
            let place = files.place().to_owned();
            return Err(ImageError::Unsupported { place, problem: problem.to_owned() });
        }
    };
    images.iter().try_for_each(check_uncompressed)?;
    if images.is_empty() {
        return Err(ImageError::malformed(files.place(), "there is no image in it"));
    }
    Ok(images)
}

/// A layer that is stored uncompressed has one digest, so manifest and configuration must name the same.
fn check_uncompressed(image: &Image) -> Result<(), ImageError> {
    for layer in &image.layers {
        if let (Content::Region(_), Some(digest)) = (&layer.content, &layer.digest) {
            check(&format!("{}: {}", image.name, blob_path(digest)), &layer.diff_id, digest)?;
        }
    }
    Ok(())
}

/// What a digest's blob is called in an OCI layout.
pub(crate) fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// The digest that a path promises.
pub(crate) fn digest_of_path(path: &str) -> Option<Digest> {
    let hex = path.strip_prefix("blobs/sha256/")?;
    Digest::parse(&format!("sha256:{hex}")).ok()
}

/// The digest that a configuration's path promises: engines call it `<hex>.json`, other builders `sha256:<hex>`.
fn digest_of_config(path: &str) -> Option<Digest> {
    let name = || Digest::parse(path).ok();
    let json = || Digest::parse(&format!("sha256:{}", path.strip_suffix(".json")?)).ok();
    digest_of_path(path).or_else(name).or_else(json)
}

/// Holds a blob against the digest it was named by.
pub(crate) fn check(place: &str, expected: &Digest, actual: &Digest) -> Result<(), ImageError> {
    if expected == actual {
        return Ok(());
    }
    Err(ImageError::DigestMismatch {
        place: place.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

fn docker(
    files: &mut dyn Files,
    manifest: &[u8],
    index: Option<&[u8]>,
) -> Result<Vec<Image>, ImageError> {
    let place = files.place().to_owned();
    let saved: Vec<Saved> = serde_json::from_slice(manifest)
        .map_err(|error| ImageError::malformed(format!("{place}: manifest.json"), error))?;
    let mut images = Vec::with_capacity(saved.len());
    for saved in saved {
        let raw_config = needed(files, &saved.config)?;
        if let Some(expected) = digest_of_config(&saved.config) {
            check(&format!("{place}: {}", saved.config), &expected, &Digest::of(&raw_config))?;
        }
        let mut image = Image::new(&place, raw_config)?;
        image.repo_tags = saved.repo_tags.unwrap_or_default();
        let diff_ids = image.diff_ids()?;
        if diff_ids.len() != saved.layers.len() {
            let (ours, theirs) = (saved.layers.len(), diff_ids.len());
            let problem = format!("{ours} layers in manifest.json, {theirs} in the configuration");
            return Err(ImageError::malformed(place, problem));
        }
        for (path, diff_id) in saved.layers.iter().zip(diff_ids) {
            let content = files.layer(path)?;
            image.layers.push(Layer { digest: digest_of_path(path), diff_id, content });
        }
        image.manifest = index.and_then(|index| manifest_of(files, index, &image.id));
        images.push(image);
    }
    Ok(images)
}

/// The manifest in an OCI layout that has a configuration; none is no error, for the image is known without.
fn manifest_of(files: &mut dyn Files, index: &[u8], config: &Digest) -> Option<Digest> {
    let Ok(Document::Index(index)) = Document::parse(files.place(), index, None) else {
        return None;
    };
    index.manifests.into_iter().map(|entry| entry.digest).find(|digest| {
        let Ok(Some(bytes)) = files.document(&blob_path(digest)) else { return false };
        let document = Document::parse(files.place(), &bytes, None);
        matches!(document, Ok(Document::Manifest(manifest)) if manifest.config.digest == *config)
    })
}

fn oci(
    files: &mut dyn Files,
    index: &[u8],
    platform: Option<&Platform>,
) -> Result<Vec<Image>, ImageError> {
    let place = format!("{}: index.json", files.place());
    let Document::Index(index) = Document::parse(&place, index, None)? else {
        return Err(ImageError::malformed(place, "not an index"));
    };
    let mut images: Vec<Image> = Vec::new();
    let mut refused = None;
    for (name, group) in by_name(index) {
        let found = match one_of(files, &group, platform) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            // Charts, signatures and images for other machines may lie beside what is asked for.
            Err(error @ (ImageError::Unsupported { .. } | ImageError::NotFound { .. })) => {
                refused.get_or_insert(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let known = images.iter().position(|image| image.manifest == found.manifest);
        let at = known.unwrap_or_else(|| {
            images.push(found);
            images.len() - 1
        });
        match name {
            Some(name) if name.contains([':', '/']) => images[at].repo_tags.push(name),
            Some(name) => images[at].ref_names.push(name),
            None => {}
        }
    }
    match refused {
        Some(error) if images.is_empty() => Err(error),
        _ => Ok(images),
    }
}

/// The image of a platform among those of one name.
fn one_of(
    files: &mut dyn Files,
    group: &Index,
    platform: Option<&Platform>,
) -> Result<Option<Image>, ImageError> {
    let Some(entry) = choose(files.place(), group, platform)? else { return Ok(None) };
    let manifest = resolve(files, entry.clone(), platform, 0)?;
    image_of(files, &manifest).map(Some)
}

/// The entries of an index by the name they are given: those of one name are one image for several platforms.
fn by_name(index: Index) -> Vec<(Option<String>, Index)> {
    let mut groups: Vec<(Option<String>, Index)> = Vec::new();
    for entry in index.manifests {
        let name = entry.name();
        match groups.iter_mut().find(|(other, _)| *other == name) {
            Some((_, group)) => group.manifests.push(entry),
            None => groups.push((name, Index { manifests: vec![entry] })),
        }
    }
    groups
}

/// The image of a platform; the only one there is where none was asked for. `None` if there is no image at all.
fn choose<'a>(
    place: &str,
    index: &'a Index,
    platform: Option<&Platform>,
) -> Result<Option<&'a Descriptor>, ImageError> {
    let mut images = index.images();
    match (images.next(), images.next()) {
        (None, _) => Ok(None),
        (Some(only), None) if platform.is_none() || only.platform.is_none() => Ok(Some(only)),
        _ => index.choose(place, platform.unwrap_or(&Platform::here())).map(Some),
    }
}

/// Follows indexes to a manifest.
fn resolve(
    files: &mut dyn Files,
    entry: Descriptor,
    platform: Option<&Platform>,
    depth: usize,
) -> Result<Descriptor, ImageError> {
    let (place, document) = document_of(files, &entry)?;
    match document {
        Document::Manifest(_) => Ok(entry),
        Document::Index(_) if depth == MAX_DEPTH => {
            Err(ImageError::malformed(place, "indexes lie too deep in each other"))
        }
        Document::Index(index) => match choose(&place, &index, platform)? {
            Some(entry) => resolve(files, entry.clone(), platform, depth + 1),
            None => Err(ImageError::malformed(place, "the index names no image")),
        },
    }
}

fn document_of(
    files: &mut dyn Files,
    entry: &Descriptor,
) -> Result<(String, Document), ImageError> {
    let path = blob_path(&entry.digest);
    let bytes = needed(files, &path)?;
    let place = format!("{}: {path}", files.place());
    check(&place, &entry.digest, &Digest::of(&bytes))?;
    let document = Document::parse(&place, &bytes, Some(&entry.media_type))?;
    Ok((place, document))
}

fn image_of(files: &mut dyn Files, entry: &Descriptor) -> Result<Image, ImageError> {
    let (_, Document::Manifest(manifest)) = document_of(files, entry)? else {
        return Err(ImageError::malformed(files.place(), "not a manifest"));
    };
    let config = blob_path(&manifest.config.digest);
    let raw_config = needed(files, &config)?;
    let config_place = format!("{}: {config}", files.place());
    check(&config_place, &manifest.config.digest, &Digest::of(&raw_config))?;
    let mut image = Image::new(files.place(), raw_config)?;
    image.manifest = Some(entry.digest.clone());
    manifest.lay(&mut image, |layer| {
        let path = blob_path(&layer.digest);
        let content = files.layer(&path)?;
        match content.stored_size() {
            Some(size) if size != layer.size => {
                let problem = format!("{size} bytes, the manifest says {}", layer.size);
                Err(ImageError::malformed(format!("{}: {path}", files.place()), problem))
            }
            _ => Ok(content),
        }
    })?;
    Ok(image)
}

fn needed(files: &mut dyn Files, path: &str) -> Result<Vec<u8>, ImageError> {
    files.document(path)?.ok_or_else(|| files.missing(path))
}

/// A file that is named and not there.
pub(crate) fn missing(place: &str, path: &str) -> ImageError {
    let path: String = path.chars().filter(|char| !char.is_control()).take(200).collect();
    ImageError::malformed(place, format!("{path} is named and is not there"))
}
