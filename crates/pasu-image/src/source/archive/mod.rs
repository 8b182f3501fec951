//! Archives of images that lie in a file: what `docker save` writes, and OCI archives. An uncompressed one is read by
//! header and seek, its layers where they lie; a compressed one passes by.

mod kind;
mod uncompressed;

pub(super) use uncompressed::{document, layer};

use super::passing::{self, PassOptions};
use super::{SourceOptions, saved};
use crate::compression::Compression;
use crate::error::ImageError;
use crate::image::{Blob, Image};
use crate::layer::{Gather, Region, is_header};
use std::io::Read;
use std::sync::Arc;

/// The images of an archive.
///
/// # Errors
///
/// It is no archive of images, which is said with what it looks like; or is not whole.
pub(super) fn images(
    place: &str,
    archive: Region,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Vec<Image>, ImageError> {
    let wrong = |error| ImageError::malformed(place, error);
    let mut head = [0; 512];
    let seen = read_head(&archive, &mut head).map_err(wrong)?;
    let head = &head[..seen];
    if Compression::of(head) != Compression::None {
        let again: Arc<dyn Blob> =
            Arc::new(RegionBlob { region: archive.clone(), place: place.to_owned() });
        let options = PassOptions {
            gather,
            platform: options.platform.as_ref(),
            deadline: options.deadline,
            again: Some(again),
        };
        return passing::read(place, Box::new(archive.reader()), &options);
    }
    check_head(place, head)?;
    let table = uncompressed::table(place, &archive, options.deadline)?;
    let mut files = uncompressed::Archive::new(place, &table, archive);
    saved::images(&mut files, options.platform.as_ref())
}

/// Refuses what begins like no archive that is read.
pub(super) fn check_head(place: &str, head: &[u8]) -> Result<(), ImageError> {
    if Compression::of(head) != Compression::None || is_header(head) {
        return Ok(());
    }
    Err(kind::refuse(place, head))
}

fn read_head(region: &Region, head: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < head.len() {
        match region.read_at(&mut head[filled..], filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// A blob that lies in a file.
pub(super) struct RegionBlob {
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
