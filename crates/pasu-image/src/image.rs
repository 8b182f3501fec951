//! An image that was found: what it is, and where its layers are.

use crate::digest::Digest;
use crate::error::ImageError;
use crate::layer::{Region, Scanned};
pub use crate::source::Owners;
use pasu_model::{ImageConfig, ImageInfo, ImageLayer};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// The largest manifest or configuration that is read, in bytes; registries take at most 4 MiB.
pub const MAX_DOCUMENT: u64 = 16 << 20;
/// The most layers an image may have; engines stop at 127.
pub const MAX_LAYERS: usize = 1024;

/// An image that was found.
pub struct Image {
    /// As the user named it.
    pub name: String,
    /// Digest of the configuration.
    pub id: Digest,
    /// The configuration, byte for byte: its digest is [`Image::id`].
    pub raw_config: Vec<u8>,
    /// The configuration, read.
    pub config: ImageConfig,
    /// Digest of the manifest, where there is one.
    pub manifest: Option<Digest>,
    /// Names with a tag.
    pub repo_tags: Vec<String>,
    /// Names with a digest.
    pub repo_digests: Vec<String>,
    /// What an archive calls it beside: tags without a name.
    pub ref_names: Vec<String>,
    /// The layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// A layer and where it can be read.
pub struct Layer {
    /// Digest of the blob as stored, which [`Content::Stream`] is held against; `None` where nobody says it.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed archive, by the configuration.
    pub diff_id: Digest,
    /// Where it is.
    pub content: Content,
}

/// Where a layer can be read.
pub enum Content {
    /// An uncompressed archive that lies in a file: read by header and seek.
    Region(Region),
    /// The folder in which the engine keeps the unpacked layer (overlayfs): read in place.
    Folder(Folder),
    /// A blob, compressed or not, that can only be read from its beginning.
    Stream(Arc<dyn Blob>),
    /// A blob that passed by already, of a source that cannot be gone back to.
    Scanned(Arc<Scanned>),
}

/// A folder that holds an unpacked layer.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Whose its files are in the image, where the disk has other numbers.
    pub owners: Option<Arc<Owners>>,
}

/// A blob that can be read from its beginning, as often as needed.
pub trait Blob: Send + Sync {
    /// Opens it at its beginning; the bytes as stored, compressed or not.
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError>;

    /// Bytes as stored, where known.
    fn size(&self) -> Option<u64>;

    /// What to call it in messages.
    fn place(&self) -> String;

    /// The part of a file that it is, if it is one.
    fn region(&self) -> Option<&Region> {
        None
    }

    /// Whether the source finds it by its digest alone, so that what was learnt of that digest holds without reading
    /// it again.
    fn is_found_by_digest(&self) -> bool {
        false
    }
}

impl Image {
    /// Reads a configuration and lays it beside the layers.
    pub fn new(name: impl Into<String>, raw_config: Vec<u8>) -> Result<Self, ImageError> {
        let name = name.into();
        let id = Digest::of(&raw_config);
        let config: ImageConfig = serde_json::from_slice(&raw_config)
            .map_err(|error| ImageError::malformed(format!("{name}: configuration {id}"), error))?;
        let layers = config.rootfs.diff_ids.len();
        if layers > MAX_LAYERS {
            let problem = format!("{layers} layers, limit {MAX_LAYERS}");
            return Err(ImageError::Limit { place: name, problem });
        }
        Ok(Self {
            name,
            id,
            raw_config,
            config,
            manifest: None,
            repo_tags: Vec::new(),
            repo_digests: Vec::new(),
            ref_names: Vec::new(),
            layers: Vec::new(),
        })
    }

    /// Digests of the uncompressed layers by the configuration, the lowest first.
    pub fn diff_ids(&self) -> Result<Vec<Digest>, ImageError> {
        let wrong = |error| ImageError::malformed(format!("{}: rootfs.diff_ids", self.name), error);
        self.config.rootfs.diff_ids.iter().map(|text| Digest::parse(text).map_err(wrong)).collect()
    }

    /// What a report says about it; sizes are those that are known now.
    #[must_use]
    pub fn info(&self) -> ImageInfo {
        let created_by = self.config.created_by();
        let layers = self.layers.iter().enumerate().map(|(number, layer)| ImageLayer {
            digest: layer.digest.as_ref().map(Digest::to_string).unwrap_or_default(),
            diff_id: layer.diff_id.to_string(),
            size: layer.content.size().unwrap_or_default(),
            created_by: created_by.get(number).copied().unwrap_or_default().to_owned(),
        });
        let layers: Vec<ImageLayer> = layers.collect();
        ImageInfo {
            id: self.id.to_string(),
            repo_tags: self.repo_tags.clone(),
            repo_digests: self.repo_digests.clone(),
            size: layers.iter().map(|layer| layer.size).sum(),
            config: self.config.clone(),
            layers,
        }
    }
}

impl Content {
    /// Bytes of the uncompressed archive, where known without reading it.
    fn size(&self) -> Option<u64> {
        match self {
            Self::Region(region) => Some(region.length()),
            Self::Scanned(scanned) => Some(scanned.size),
            Self::Folder(_) | Self::Stream(_) => None,
        }
    }
    /// Bytes as stored, where they lie in a file.
    pub(crate) fn stored_size(&self) -> Option<u64> {
        match self {
            Self::Region(region) => Some(region.length()),
            Self::Stream(blob) => blob.size(),
            Self::Folder(_) | Self::Scanned(_) => None,
        }
    }
}
