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

#[cfg(test)]
mod tests {
    use super::{CONTENT, Stored, Target};
    use crate::digest::Digest;
    use crate::error::ImageError;
    use crate::source::Platform;
    use serde_json::{Value, json};
    use std::fs;
    use tempfile::TempDir;

    /// A content store.
    struct Blobs(TempDir);

    impl Blobs {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir_all(folder.path().join(CONTENT).join("blobs/sha256")).unwrap();
            Self(folder)
        }

        fn put(&self, value: &Value) -> Digest {
            let digest = Digest::of(value.to_string().as_bytes());
            let path = self.0.path().join(CONTENT).join("blobs/sha256").join(digest.hex());
            fs::write(path, value.to_string()).unwrap();
            digest
        }

        /// An image; gives its manifest and what an index says of it.
        fn image(&self, architecture: &str, is_fetched: bool) -> (Digest, Value) {
            let config = json!({ "os": "linux", "architecture": architecture,
                                 "rootfs": { "type": "layers", "diff_ids": [] } });
            let manifest = |config: &Digest| {
                json!({ "schemaVersion": 2, "layers": [],
                        "config": { "digest": config, "size": 1 } })
            };
            let digest = if is_fetched {
                self.put(&manifest(&self.put(&config)))
            } else {
                Digest::of(manifest(&Digest::of(b"")).to_string().as_bytes())
            };
            let platform = json!({ "os": "linux", "architecture": architecture });
            let entry = json!({ "digest": digest, "size": 1, "platform": platform });
            (digest, entry)
        }

        fn manifest(&self, digest: &Digest, platform: Option<&str>) -> Option<Digest> {
            let platform = platform.and_then(Platform::parse);
            let mut stored = Stored::new(self.0.path(), "a");
            match stored.target(digest, platform.as_ref()).unwrap() {
                Target::Image { manifest, .. } => {
                    let image = stored.image(&manifest, platform.as_ref()).unwrap().unwrap();
                    assert_eq!(image.manifest.as_ref(), Some(&manifest));
                    Some(manifest)
                }
                Target::Artifact | Target::Missing => None,
            }
        }
    }

    #[test]
    fn of_several_platforms_it_is_the_one_of_this_machine_or_the_one_that_was_fetched() {
        let blobs = Blobs::new();
        let here = Platform::here().architecture;
        let (own, own_entry) = blobs.image(&here, true);
        let (far, far_entry) = blobs.image("s390x", true);
        let (_, not_fetched) = blobs.image(&here, false);
        let index =
            |entries: &[&Value]| blobs.put(&json!({ "schemaVersion": 2, "manifests": entries }));
        let both = index(&[&far_entry, &own_entry]);
        assert_eq!(blobs.manifest(&both, None), Some(own));
        assert_eq!(blobs.manifest(&both, Some("linux/s390x")), Some(far.clone()));
        let only_far = index(&[&not_fetched, &far_entry]);
        assert_eq!(blobs.manifest(&only_far, None), Some(far));
        assert_eq!(blobs.manifest(&only_far, Some(&format!("linux/{here}"))), None);
        assert_eq!(blobs.manifest(&index(&[&not_fetched]), None), None);
    }

    #[test]
    fn charts_and_signatures_are_no_images() {
        let blobs = Blobs::new();
        let layer =
            |kind: &str| json!([{ "mediaType": kind, "digest": Digest::of(b""), "size": 1 }]);
        let manifest = |config: &str, layer: Value| {
            let config = json!({ "mediaType": config, "digest": Digest::of(b""), "size": 1 });
            blobs.put(&json!({ "schemaVersion": 2, "config": config, "layers": layer }))
        };
        let image = "application/vnd.oci.image.config.v1+json";
        let archive = "application/vnd.oci.image.layer.v1.tar+gzip";
        let target = |digest: &Digest| Stored::new(blobs.0.path(), "a").target(digest, None);
        for (config, kind) in [
            ("application/vnd.cncf.helm.config.v1+json", archive),
            (image, "application/vnd.dev.cosign.simplesigning.v1+json"),
        ] {
            let digest = manifest(config, layer(kind));
            assert!(matches!(target(&digest), Ok(Target::Artifact)), "{config} {kind}");
        }
        // What is encrypted is an image all the same, and is not passed over.
        let digest = manifest(image, layer(&format!("{archive}+encrypted")));
        assert!(matches!(target(&digest), Err(ImageError::Unsupported { .. })));
    }
}
