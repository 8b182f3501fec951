//! containerd's content store, read in place: blobs by digest in `io.containerd.content.v1.content`, and names in the
//! database `io.containerd.metadata.v1.bolt/meta.db`. containerd itself is not asked.

mod bolt;
mod names;

use super::layout::Layout;
use super::manifest::familiar;
use super::saved::{self, Files};
use super::{SourceKind, SourceOptions};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Image};
use names::{Named, lookup};
use oci_spec::distribution::Reference;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// Where containerd keeps its data: its own default, Docker's, and those of small Kubernetes distributions.
const ROOTS: [&str; 5] = [
    "/var/lib/containerd",
    "/var/lib/docker/containerd/daemon",
    "/var/lib/rancher/k3s/agent/containerd",
    "/var/lib/rancher/rke2/agent/containerd",
    "/var/snap/microk8s/common/var/lib/containerd",
];
const CONTENT: &str = "io.containerd.content.v1.content";

/// Finds an image by its name in any namespace (`CONTAINERD_NAMESPACE` says which one), or by the digest of its manifest.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is no content store, [`ImageError::Denied`] where it may not be read,
/// [`ImageError::NotFound`] where it has no such image, or not all of its blobs: containerd fetches only those for the
/// machine's own platform, and removes those that nothing refers to.
pub fn find(reference: &str, options: &SourceOptions) -> Result<Image, ImageError> {
    let namespace = std::env::var("CONTAINERD_NAMESPACE").ok().filter(|name| !name.is_empty());
    let roots: Vec<PathBuf> = ROOTS.iter().map(PathBuf::from).collect();
    find_in(&roots, namespace.as_deref(), reference, options)
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
    let mut not_whole = None;
    for root in roots {
        match std::fs::read_dir(root.join(CONTENT)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(ImageError::Denied {
                    place: root.display().to_string(),
                    problem: "no permission to read containerd's content store; hint: run as root"
                        .to_owned(),
                });
            }
            Err(_) => continue,
        }
        match image(root, namespace, reference, options) {
            Ok(Some(image)) => return Ok(image),
            Ok(None) => {}
            Err(error @ ImageError::NotFound { .. }) => not_whole = not_whole.or(Some(error)),
            Err(error) => return Err(error),
        }
        looked.push(root.display().to_string());
    }
    if looked.is_empty() {
        let place = SourceKind::Containerd.name().to_owned();
        let problem = "there is no content store on this machine".to_owned();
        return Err(ImageError::Unreachable { place, problem });
    }
    if let Some(error) = not_whole {
        return Err(error);
    }
    let looked = format!(" in {}", looked.join(", "));
    Err(ImageError::NotFound { reference: reference.to_owned(), looked })
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
    let mut store = Store::new(root, reference, digest.clone());
    // A digest that was asked for by itself may be anybody's.
    if name.is_none() && store.layout.document(&saved::blob_path(&digest))?.is_none() {
        return Ok(None);
    }
    let images = saved::images(&mut store, options.platform.as_ref())?;
    let Some(mut image) = images.into_iter().next() else { return Ok(None) };
    image.name = reference.to_owned();
    if let Some(name) = name {
        let name = familiar(&name);
        let repository = name.split('@').next().unwrap_or(name);
        let tag = repository.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        image.repo_tags = tag.map(|_| repository.to_owned()).into_iter().collect();
        let repository = tag.map_or(repository, |(repository, _)| repository);
        image.repo_digests = vec![format!("{repository}@{digest}")];
    }
    Ok(Some(image))
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

/// A content store, seen as an OCI layout whose index names one image.
struct Store {
    reference: String,
    layout: Layout,
    index: Vec<u8>,
}

impl Store {
    fn new(root: &Path, reference: &str, digest: Digest) -> Self {
        let entry = json!({ "digest": digest, "size": 0 });
        let index = json!({ "schemaVersion": 2, "manifests": [entry] });
        let layout = Layout::new(&root.join(CONTENT));
        Self { reference: reference.to_owned(), layout, index: index.to_string().into_bytes() }
    }
}

impl Files for Store {
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

    fn layer(&mut self, path: &str) -> Result<Content, ImageError> {
        self.layout.layer_if_there(path)?.ok_or_else(|| self.missing(path))
    }

    /// No damage: other sources may have the whole image.
    fn missing(&self, path: &str) -> ImageError {
        let looked = format!("; in {} it is not whole: {path} is missing", self.place());
        ImageError::NotFound { reference: self.reference.clone(), looked }
    }
}
