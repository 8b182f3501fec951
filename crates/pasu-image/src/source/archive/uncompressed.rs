//! The files of an uncompressed archive, each where it lies.

use super::RegionBlob;
use crate::compression::Compression;
use crate::error::ImageError;
use crate::image::{Content, MAX_DOCUMENT};
use crate::layer::{LATE, LayerKind, LayerTable, Region, list, normalise};
use crate::source::passing::{beside, shown};
use crate::source::saved::{Files, missing};
use std::collections::HashMap;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::Instant;

/// How many links may follow each other.
const MAX_LINKS: usize = 8;

/// What is in an archive.
pub(super) fn table(
    place: &str,
    archive: &Region,
    deadline: Option<Instant>,
) -> Result<LayerTable, ImageError> {
    list(archive, deadline).map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => {
            ImageError::Limit { place: place.to_owned(), problem: LATE.to_owned() }
        }
        _ => ImageError::malformed(place, error),
    })
}

/// An archive and where its files are.
pub(super) struct Archive<'a> {
    place: &'a str,
    region: Region,
    files: HashMap<Vec<u8>, (u64, u64)>,
    links: HashMap<Vec<u8>, Vec<u8>>,
}

impl<'a> Archive<'a> {
    pub fn new(place: &'a str, table: &LayerTable, region: Region) -> Self {
        let mut archive = Self { place, region, files: HashMap::new(), links: HashMap::new() };
        for entry in table.entries() {
            let path = table.path(&entry);
            let link = table.link(&entry).as_os_str().as_bytes();
            archive.links.remove(&path);
            match entry.kind {
                LayerKind::File => {
                    archive.files.insert(path, (entry.offset, entry.size));
                }
                LayerKind::HardLink => {
                    archive.links.insert(path, link.to_vec());
                }
                LayerKind::Symlink => {
                    // `docker save` of old links equal layers to each other: `../<id>/layer.tar`.
                    if let Some(target) = beside(&path, link) {
                        archive.links.insert(path, target);
                    }
                }
                LayerKind::Directory | LayerKind::Other => {}
            }
        }
        archive
    }

    fn find(&self, path: &str) -> Option<Region> {
        let mut at = normalise(path.as_bytes())?;
        for _ in 0..MAX_LINKS {
            match self.links.get(at.as_slice()) {
                Some(target) => at.clone_from(target),
                None => break,
            }
        }
        let (start, length) = self.files.get(at.as_slice())?;
        self.region.part(*start, *length)
    }

    fn place_of(&self, path: &str) -> String {
        format!("{}: {}", self.place, shown(path.as_bytes()))
    }
}

impl Files for Archive<'_> {
    fn place(&self) -> &str {
        self.place
    }

    fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>, ImageError> {
        self.find(path).map(|region| document(&region, &self.place_of(path))).transpose()
    }

    fn layer(&mut self, path: &str) -> Result<Content, ImageError> {
        let region = self.find(path).ok_or_else(|| missing(self.place, path))?;
        layer(region, self.place_of(path))
    }
}

/// A whole small file.
pub(crate) fn document(region: &Region, place: &str) -> Result<Vec<u8>, ImageError> {
    if region.length() > MAX_DOCUMENT {
        let problem = format!("{} bytes, limit {MAX_DOCUMENT}", region.length());
        return Err(ImageError::Limit { place: place.to_owned(), problem });
    }
    let mut bytes = Vec::new();
    let read = region.reader().read_to_end(&mut bytes);
    read.map_err(|error| ImageError::malformed(place, error))?;
    Ok(bytes)
}

/// A layer that lies in a file: in place, or as a stream where it is compressed.
pub(crate) fn layer(region: Region, place: String) -> Result<Content, ImageError> {
    let mut head = [0; 4];
    let read = super::read_head(&region, &mut head);
    let read = read.map_err(|error| ImageError::malformed(&place, error))?;
    Ok(match Compression::of(&head[..read]) {
        Compression::None => Content::Region(region),
        _ => Content::Stream(Arc::new(RegionBlob { region, place })),
    })
}
