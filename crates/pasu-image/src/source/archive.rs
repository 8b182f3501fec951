//! Archives of images: what `docker save` writes (`manifest.json`), and OCI archives (`index.json`).

use crate::compression::Compression;
use crate::error::ImageError;
use crate::image::{Blob, Content, Image, Layer, MAX_DOCUMENT};
use crate::layer::{LayerKind, LayerTable, Region};
use serde::Deserialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// One image in `manifest.json` (Docker Image Specification v1.3, "Combined Image JSON + Filesystem Changeset Format").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// Opens an uncompressed archive that lies in a file.
pub fn open(path: &Path) -> Result<Image, ImageError> {
    let file = File::open(path).map_err(ImageError::file(path))?;
    let length = file.metadata().map_err(ImageError::file(path))?.len();
    let region = Region::new(Arc::new(file), 0, length);
    let name = path.display().to_string();
    let table =
        crate::layer::list(&region, None).map_err(|error| ImageError::malformed(&name, error))?;
    let archive = Archive::new(&name, &table, region);
    archive.docker()
}

struct Archive<'a> {
    name: &'a str,
    region: Region,
    files: HashMap<&'a [u8], (u64, u64)>,
    links: HashMap<&'a [u8], &'a Path>,
}

impl<'a> Archive<'a> {
    fn new(name: &'a str, table: &'a LayerTable, region: Region) -> Self {
        let mut files = HashMap::new();
        let mut links = HashMap::new();
        for entry in table.entries() {
            let path = table.path(entry);
            match entry.kind {
                LayerKind::File => {
                    files.insert(path, (entry.offset, entry.size));
                }
                LayerKind::Symlink | LayerKind::HardLink => {
                    links.insert(path, table.link(entry));
                }
                _ => {}
            }
        }
        Self { name, region, files, links }
    }

    fn docker(&self) -> Result<Image, ImageError> {
        let bytes = self.document("manifest.json")?;
        let saved: Vec<Saved> = serde_json::from_slice(&bytes).map_err(|error| {
            ImageError::malformed(format!("{}: manifest.json", self.name), error)
        })?;
        let [saved] = saved.as_slice() else {
            let problem = format!("{} images; hint: save one image into one archive", saved.len());
            return Err(ImageError::Unsupported { place: self.name.to_owned(), problem });
        };
        let mut image = Image::new(self.name, self.document(&saved.config)?)?;
        image.repo_tags = saved.repo_tags.clone().unwrap_or_default();
        let diff_ids = image.diff_ids()?;
        if diff_ids.len() != saved.layers.len() {
            let problem = format!(
                "{} layers in manifest.json, {} in the configuration",
                saved.layers.len(),
                diff_ids.len()
            );
            return Err(ImageError::malformed(self.name, problem));
        }
        for (path, diff_id) in saved.layers.iter().zip(diff_ids) {
            let content = self.layer(path)?;
            image.layers.push(Layer { digest: None, diff_id, content });
        }
        Ok(image)
    }

    fn layer(&self, path: &str) -> Result<Content, ImageError> {
        let region = self.region(path)?;
        let mut head = [0; 4];
        let read = region
            .read_at(&mut head, 0)
            .map_err(|error| ImageError::malformed(format!("{}: {path}", self.name), error))?;
        Ok(match Compression::of(&head[..read]) {
            Compression::None => Content::Region(region),
            _ => Content::Stream(Arc::new(RegionBlob {
                region,
                place: format!("{}: {path}", self.name),
            })),
        })
    }

    fn region(&self, path: &str) -> Result<Region, ImageError> {
        let mut at = path.trim_start_matches("./").as_bytes();
        // `docker save` of old links equal layers to each other: `../<id>/layer.tar`.
        let target;
        if let Some(link) = self.links.get(at) {
            target = link.to_string_lossy().trim_start_matches("../").to_owned();
            at = target.as_bytes();
        }
        self.files.get(at).and_then(|(start, length)| self.region.part(*start, *length)).ok_or_else(
            || {
                ImageError::malformed(
                    self.name,
                    format!("the archive has no {path}, which it names"),
                )
            },
        )
    }

    fn document(&self, path: &str) -> Result<Vec<u8>, ImageError> {
        let region = self.region(path)?;
        if region.length() > MAX_DOCUMENT {
            return Err(ImageError::Limit {
                place: format!("{}: {path}", self.name),
                problem: format!("{} bytes, limit {MAX_DOCUMENT}", region.length()),
            });
        }
        let mut bytes = Vec::new();
        region
            .reader()
            .read_to_end(&mut bytes)
            .map_err(|error| ImageError::malformed(format!("{}: {path}", self.name), error))?;
        Ok(bytes)
    }
}

/// A compressed blob that lies in a file.
pub(crate) struct RegionBlob {
    pub region: Region,
    pub place: String,
}

impl Blob for RegionBlob {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(self.region.reader()))
    }

    fn size(&self) -> Option<u64> {
        Some(self.region.length())
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn region(&self) -> Option<&Region> {
        Some(&self.region)
    }
}
