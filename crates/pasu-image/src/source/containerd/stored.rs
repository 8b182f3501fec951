//! One image in a content store.

use super::snapshots;
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Folder, Image};
use crate::source::Platform;
use crate::source::layout::Layout;
use crate::source::manifest::{Document, Index};
use crate::source::saved::{self, Files, blob_path};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Where blobs are, below containerd's root.
pub(super) const CONTENT: &str = "io.containerd.content.v1.content";
/// How deep indexes may lie in each other.
const MAX_DEPTH: usize = 4;

/// A content store, seen as an OCI layout whose index names one image.
pub(super) struct Stored {
    root: PathBuf,
    reference: String,
    layout: Layout,
    index: Vec<u8>,
}

/// What a name leads to on this machine.
pub(super) enum Target {
    /// An image: its manifest, and its configuration, whose digest is the image's ID.
    Image { manifest: Digest, config: Digest },
    /// A chart, a signature or the like.
    Artifact,
    /// Nothing that is there.
    Missing,
}

impl Stored {
    /// A store of which `reference` is wanted, which is only for messages.
    pub fn new(root: &Path, reference: &str) -> Self {
        let layout = Layout::new(&root.join(CONTENT));
        Self { root: root.to_owned(), reference: reference.to_owned(), layout, index: Vec::new() }
    }

    /// Whether a small blob is there.
    pub fn has(&mut self, digest: &Digest) -> Result<bool, ImageError> {
        Ok(self.layout.document(&blob_path(digest))?.is_some())
    }

    /// The image of a manifest, or that for a platform of an index; `None` if the index names no image.
    pub fn image(
        &mut self,
        digest: &Digest,
        platform: Option<&Platform>,
    ) -> Result<Option<Image>, ImageError> {
        let entry = json!({ "digest": digest, "size": 0 });
        let index = json!({ "schemaVersion": 2, "manifests": [entry] });
        self.index = index.to_string().into_bytes();
        let Some(mut image) = saved::images(self, platform)?.into_iter().next() else {
            return Ok(None);
        };
        self.find_unpacked(&mut image)?;
        Ok(Some(image))
    }

    /// Where blobs are missing, takes the layers as they were unpacked.
    fn find_unpacked(&self, image: &mut Image) -> Result<(), ImageError> {
        let mut chain: Option<Digest> = None;
        for layer in &mut image.layers {
            let below = chain.take();
            let own = chain.insert(Digest::chain(below.as_ref(), &layer.diff_id));
            let Content::Folder(folder) = &mut layer.content else { continue };
            let unpacked = snapshots::folder(&self.root, own)?;
            let path = layer.digest.as_ref().map(blob_path).unwrap_or_default();
            *folder = unpacked.ok_or_else(|| self.missing(&path))?;
            // A folder is not held against any digest.
            layer.digest = None;
        }
        Ok(())
    }

    /// What a digest leads to: of an index the image for the platform wanted, or this machine's. Where none was asked
    /// for and that is not here, the first that is: it may have been fetched for another machine.
    pub fn target(
        &mut self,
        digest: &Digest,
        platform: Option<&Platform>,
    ) -> Result<Target, ImageError> {
        self.follow(digest, platform, 0)
    }

    fn follow(
        &mut self,
        digest: &Digest,
        platform: Option<&Platform>,
        depth: usize,
    ) -> Result<Target, ImageError> {
        let path = blob_path(digest);
        let Some(bytes) = self.layout.document(&path)? else { return Ok(Target::Missing) };
        let place = format!("{}: {path}", self.place());
        saved::check(&place, digest, &Digest::of(&bytes))?;
        if Document::is_artifact(&bytes) {
            return Ok(Target::Artifact);
        }
        let index = match Document::parse(&place, &bytes, None)? {
            Document::Manifest(manifest) => {
                return Ok(Target::Image {
                    manifest: digest.clone(),
                    config: manifest.config.digest,
                });
            }
            Document::Index(_) if depth == MAX_DEPTH => {
                return Err(ImageError::malformed(place, "indexes lie too deep in each other"));
            }
            Document::Index(index) => index,
        };
        let mut seen = Target::Missing;
        for candidate in candidates(&index, platform) {
            match self.follow(&candidate, platform, depth + 1)? {
                Target::Missing => {}
                Target::Image { manifest, config } if self.has(&config)? => {
                    return Ok(Target::Image { manifest, config });
                }
                other => seen = other,
            }
        }
        Ok(seen)
    }
}

/// The entries of an index that may be meant, the likeliest first.
fn candidates(index: &Index, platform: Option<&Platform>) -> Vec<Digest> {
    let wanted = index.choose("", platform.unwrap_or(&Platform::here())).ok();
    let rest = index.images().filter(|_| platform.is_none());
    wanted.into_iter().chain(rest).map(|entry| entry.digest.clone()).collect()
}

impl Files for Stored {
    fn place(&self) -> &str {
        self.layout.place()
    }

    fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>, ImageError> {
        match path {
            "index.json" => Ok(Some(self.index.clone())),
            "manifest.json" => Ok(None),
            path => self.layout.document(path),
        }
    }

    /// One that is missing is a folder that is yet to be found.
    fn layer(&mut self, path: &str) -> Result<Content, ImageError> {
        let nowhere = || Content::Folder(Folder { path: PathBuf::new(), owners: None });
        Ok(self.layout.layer_if_there(path)?.unwrap_or_else(nowhere))
    }

    /// No damage: other sources may have the whole image.
    fn missing(&self, path: &str) -> ImageError {
        let looked = format!("; in {} it is not whole: {path} is missing", self.place());
        ImageError::NotFound { reference: self.reference.clone(), looked }
    }
}
