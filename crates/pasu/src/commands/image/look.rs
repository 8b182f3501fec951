//! Looks for software in an image, or recalls what was found in it.

use super::gather::ImageGather;
use super::recall::ImageRecall;
use anyhow::{Context, Result, anyhow};
use pasu_image::cache::{Cache, Check, Findings, Key, Known, pack, unpack, verify};
use pasu_image::tree::{ImageSystem, LayerPool, OpenOptions, open_pooled};
use pasu_image::{Digest, Image};
use pasu_model::{ImageInfo, Inventory, Unseen, UnseenReason};
use pasu_packages::{InventoryOptions, LayerScanner, inventory_of_layers};
use serde::{Deserialize, Serialize};

/// Under which name the software of a whole image is stored.
const INVENTORY: &str = "inventory";
/// Raised when the same layers give another inventory for a reason that no detector's version tells.
const INVENTORY_VERSION: u32 = 1;

/// How images are looked at.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// What to look for.
    pub options: &'a InventoryOptions,
    /// What is wanted of layers that pass by.
    pub gather: &'a ImageGather,
    /// What was found before.
    pub cache: Option<&'a Cache>,
    /// The image itself is wanted too, for an audit: a stored inventory alone is not enough.
    pub whole: bool,
    /// Layers that lie uncompressed in archives are read whole and held against their digests. Without, they are read
    /// by header and seek alone, and nothing of them is stored.
    pub verify: bool,
    /// Layers of images before, where there are several.
    pub pool: Option<&'a LayerPool>,
}

/// What was found in an image.
#[derive(Debug, Serialize, Deserialize)]
pub struct Looked {
    /// Its software.
    pub found: Inventory,
    /// Bytes of each layer's uncompressed archive; 0 where unknown.
    pub sizes: Vec<u64>,
}

impl<'a> Look<'a> {
    /// Without what was found before, every layer held against its digest.
    pub fn alone(options: &'a InventoryOptions, gather: &'a ImageGather) -> Self {
        Self { options, gather, cache: None, whole: true, verify: true, pool: None }
    }

    /// Looks at an image, and goes on with what was found while its layers are still held against their digests: what
    /// comes of that is given out only once they are what they should be.
    ///
    /// # Errors
    ///
    /// When a layer cannot be read or is not the one that was named.
    pub fn then<T>(
        &self,
        image: &Image,
        then: impl FnOnce(Looked, Option<ImageSystem>) -> T,
    ) -> Result<T> {
        let then = |mut looked: Looked, system| {
            looked.found.unseen.extend(other_system(image));
            then(looked, system)
        };
        self.look(image, then).with_context(|| format!("cannot scan {}", image.name))
    }

    fn look<T>(
        &self,
        image: &Image,
        then: impl FnOnce(Looked, Option<ImageSystem>) -> T,
    ) -> Result<T> {
        let known = Known::of(image, self.cache);
        let key = self.key(image);
        let stored = self.cache.filter(|_| known.is_complete() && !self.whole);
        let recalled = stored.and_then(|cache| cache.get(&key));
        let recalled = recalled.and_then(|bytes| unpack::<Looked>(&bytes));
        if let Some(looked) = recalled {
            let done = self.verified(&known, || Ok(then(looked, None)))?;
            self.learn(&known, image, Vec::new());
            return Ok(done);
        }
        let findings = Findings::new(image, &known, self.cache);
        let (done, entries) = self.verified(&known, || {
            let (system, looked) = self.open(image, &findings)?;
            let mut entries = Vec::new();
            if self.cache.is_some() {
                entries = findings.entries(image, &system, self.gather);
                if is_lasting(&looked.found) && is_of_digests(image) {
                    entries.extend(pack(&looked).ok().map(|bytes| (key, bytes)));
                }
            }
            Ok((then(looked, Some(system)), entries))
        })?;
        self.learn(&known, image, entries);
        Ok(done)
    }

    /// Looks at an image without asking for what was found before, and hands out its tree, too.
    ///
    /// # Errors
    ///
    /// As [`Self::then`].
    pub fn with_tree(&self, image: &Image) -> Result<(ImageSystem, Looked)> {
        let known = Known::of(image, None);
        let findings = Findings::new(image, &known, None);
        let (system, mut looked) = self
            .verified(&known, || self.open(image, &findings))
            .with_context(|| format!("cannot scan {}", image.name))?;
        looked.found.unseen.extend(other_system(image));
        Ok((system, looked))
    }

    /// Does the work while the layers are held against their digests.
    fn verified<T>(&self, known: &Known, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let checks = self.checks(known);
        std::thread::scope(|scope| {
            let verifying = scope.spawn(|| verify(&checks, self.options.deadline));
            let done = work();
            // A layer that is not what it should be explains whatever else went wrong.
            verifying.join().map_err(|_| anyhow!("the check of digests failed"))??;
            done
        })
    }

    fn open(&self, image: &Image, findings: &Findings<'_>) -> Result<(ImageSystem, Looked)> {
        let options = OpenOptions { gather: self.gather, deadline: self.options.deadline };
        let known = |number| findings.layer(image, number);
        let system = open_pooled(image, options, &known, self.pool)?;
        let top = system.layers().saturating_sub(1);
        let recall = ImageRecall { system: &system, findings };
        let mut found = inventory_of_layers(&system, top, self.options, &recall)?;
        found.unseen.extend(problems(&system));
        let sizes = (0..system.layers()).map(|layer| system.layer_size(layer)).collect();
        Ok((system, Looked { found, sizes }))
    }

    /// What has to be read whole before anything is believed.
    fn checks(&self, known: &Known) -> Vec<Check> {
        if self.verify { known.checks() } else { Vec::new() }
    }

    /// Keeps what was found, and what was learnt of the layers, unless a layer was believed without a look.
    fn learn(&self, known: &Known, image: &Image, mut entries: Vec<(Key, Vec<u8>)>) {
        if let Some(cache) = self.cache
            && (self.verify || known.checks().is_empty())
        {
            entries.extend(known.learnt(image));
            cache.put(&entries);
        }
    }

    /// What the inventory of an image depends on: its layers, what is looked for, and who looks.
    fn key(&self, image: &Image) -> Key {
        let mut text = String::new();
        for layer in &image.layers {
            text.push_str(layer.diff_id.as_str());
            text.push('\n');
        }
        text.push_str(&LayerScanner::signature(self.options));
        text.push_str(env!("CARGO_PKG_VERSION"));
        Key::new(Digest::of(text.as_bytes()).as_str(), INVENTORY, INVENTORY_VERSION)
    }
}

/// What is in an image for another system than Linux, but for packages of languages.
fn other_system(image: &Image) -> Option<Unseen> {
    let os = &*image.config.os;
    (!matches!(os, "" | "linux" | "unknown")).then(|| Unseen {
        path: "/".to_owned(),
        reason: UnseenReason::Unsupported,
        detail: format!("an image for {os}: only packages of languages are looked for"),
    })
}

/// Whether what was found would be found again.
fn is_lasting(found: &Inventory) -> bool {
    found
        .unseen
        .iter()
        .all(|unseen| matches!(unseen.reason, UnseenReason::Malformed | UnseenReason::Unsupported))
}

/// Folders of an engine are not held against digests.
fn is_of_digests(image: &Image) -> bool {
    let is_folder =
        |layer: &pasu_image::Layer| matches!(layer.content, pasu_image::Content::Folder(_));
    !image.layers.iter().any(is_folder)
}

/// What of the layers could not be taken over.
fn problems(system: &ImageSystem) -> impl Iterator<Item = Unseen> + '_ {
    system.problems().iter().map(|problem| Unseen {
        path: problem.path.clone(),
        reason: UnseenReason::Malformed,
        detail: format!("layer {}: {}", problem.layer + 1, problem.detail),
    })
}

impl Looked {
    /// What the report says about the image, with the sizes that are known now.
    pub fn info(&self, image: &Image) -> ImageInfo {
        let mut info = image.info();
        for (layer, size) in info.layers.iter_mut().zip(&self.sizes) {
            layer.size = *size;
        }
        info.size = info.layers.iter().map(|layer| layer.size).sum();
        info
    }
}
