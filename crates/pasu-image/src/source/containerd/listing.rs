//! All images that containerd has names for.
//!
//! Kubernetes gives each image three names: its tag, `repository@sha256:…`, and `sha256:…` of its configuration. What leads
//! to one digest is one image.

use super::names::{Named, all};
use super::stored::{Stored, Target};
use super::{absent, call, is_there, namespace, places};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::Image;
use crate::source::SourceOptions;
use crate::source::listing::Told;
use crate::source::manifest::familiar;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The names of images in one or more stores.
pub struct Images {
    found: Vec<Found>,
    namespace: Option<String>,
}

/// One image of a store, as it is named there.
struct Found {
    root: PathBuf,
    names: Vec<String>,
    digest: Digest,
}

/// The images of this machine's stores, and of which stores they cannot be told.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is no store at all.
pub fn here() -> Result<(Images, Vec<ImageError>), ImageError> {
    Images::of(&places::roots()?, namespace())
}

impl Images {
    /// The images of some stores.
    pub fn of(
        roots: &[PathBuf],
        namespace: Option<String>,
    ) -> Result<(Self, Vec<ImageError>), ImageError> {
        let (mut found, mut problems, mut is_anywhere) = (Vec::new(), Vec::new(), false);
        for root in roots {
            let names = match is_there(root) {
                Ok(false) => continue,
                Ok(true) => all(root, namespace.as_deref()),
                Err(error) => Err(error),
            };
            is_anywhere = true;
            match names {
                Ok(names) => found.extend(by_digest(names).map(|(digest, names)| Found {
                    root: root.clone(),
                    names,
                    digest,
                })),
                Err(error) => problems.push(error),
            }
        }
        let images = Self { found, namespace };
        is_anywhere.then_some((images, problems)).ok_or_else(absent)
    }

    /// Each image with its names and IDs: the digest by which it is named, and that of its configuration. What is no image is
    /// left out.
    pub fn told(&self, options: &SourceOptions) -> Vec<Told> {
        let told = self.found.iter().enumerate().filter_map(|(at, found)| {
            let mut stored = Stored::new(&found.root, found.digest.as_str());
            let mut ids = vec![found.digest.to_string()];
            // Why another one is not whole is said when it is read.
            match stored.target(&found.digest, options.platform.as_ref()) {
                Ok(Target::Artifact) => return None,
                Ok(Target::Image { config, .. }) => ids.insert(0, config.to_string()),
                Ok(Target::Missing) | Err(_) => {}
            }
            let names = found.names.iter().filter(|name| is_name(name));
            let names = names.map(|name| familiar(name).to_owned()).collect();
            Some(Told { names, ids, key: at.to_string() })
        });
        told.collect()
    }

    /// Where they are.
    pub fn places(&self) -> String {
        let mut roots: Vec<String> =
            self.found.iter().map(|found| found.root.display().to_string()).collect();
        roots.dedup();
        roots.join(", ")
    }

    /// One of them, by the key it was told with.
    ///
    /// # Errors
    ///
    /// [`ImageError::NotFound`] where nothing has this name any more, [`ImageError::Unsupported`] where not all of it is
    /// there.
    pub fn find(&self, key: &str, options: &SourceOptions) -> Result<Image, ImageError> {
        let found = key.parse().ok().and_then(|at: usize| self.found.get(at));
        let gone = || ImageError::NotFound { reference: key.to_owned(), looked: String::new() };
        let found = found.ok_or_else(gone)?;
        let (reference, looked) = match self.read(found, options) {
            Err(ImageError::NotFound { reference, looked }) => (reference, looked),
            answer => return answer,
        };
        let names = all(&found.root, self.namespace.as_deref())?;
        if !names.iter().any(|named| named.digest == found.digest) || options.platform.is_some() {
            return Err(ImageError::NotFound { reference, looked });
        }
        // No other image is meant: this one is there, and not whole.
        let problem = format!("not all of it is there{looked}; hint: pull the image again");
        Err(ImageError::Unsupported { place: reference, problem })
    }

    fn read(&self, found: &Found, options: &SourceOptions) -> Result<Image, ImageError> {
        let platform = options.platform.as_ref();
        let mut stored = Stored::new(&found.root, found.digest.as_str());
        let digest = match stored.target(&found.digest, platform)? {
            Target::Image { manifest, .. } => manifest,
            // The error says what is missing.
            Target::Artifact | Target::Missing => found.digest.clone(),
        };
        let image = stored.image(&digest, platform)?;
        let missing = || ImageError::NotFound {
            reference: found.digest.to_string(),
            looked: format!("; in {} its index names no image", found.root.display()),
        };
        let mut image = image.ok_or_else(missing)?;
        let names: Vec<String> = found.names.iter().filter(|name| is_name(name)).cloned().collect();
        call(&mut image, &names, &found.digest);
        Ok(image)
    }
}

/// Whether it is a name, and not an ID or what Docker calls an image that has none any more.
fn is_name(name: &str) -> bool {
    Digest::parse(name).is_err() && !name.starts_with("moby-dangling@")
}

fn by_digest(names: Vec<Named>) -> impl Iterator<Item = (Digest, Vec<String>)> {
    let mut by_digest: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for named in names {
        by_digest.entry(named.digest).or_default().push(named.name);
    }
    by_digest.into_iter()
}
