//! An OCI layout folder (OCI image specification, "Image Layout"), or an unpacked archive of `docker save`.

use super::SourceOptions;
use super::archive::{document, layer};
use super::passing::shown;
use super::saved::{self, Files};
use crate::error::ImageError;
use crate::image::{Content, Image};
use crate::layer::{Region, normalise};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The images of a folder.
///
/// # Errors
///
/// It is no layout, or is not whole.
pub(super) fn images(folder: &Path, options: &SourceOptions) -> Result<Vec<Image>, ImageError> {
    let place = folder.display().to_string();
    let is_layout = ["index.json", "manifest.json"].iter().any(|name| folder.join(name).is_file());
    if !is_layout {
        let problem = "no OCI layout: it has no index.json; \
                       hint: of a folder with a tree of files, pasu rootfs DIR";
        return Err(ImageError::Unsupported { place, problem: problem.to_owned() });
    }
    let mut layout = Layout::new(folder);
    saved::images(&mut layout, options.platform.as_ref())
}

/// A folder of files and blobs.
pub(super) struct Layout {
    folder: PathBuf,
    place: String,
}

impl Layout {
    /// A folder, whether it is there or not.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), place: folder.display().to_string() }
    }

    /// A file of the layout; `None` if there is none.
    fn find(&self, path: &str) -> Result<Option<Region>, ImageError> {
        let Some(inside) = normalise(path.as_bytes()) else { return Ok(None) };
        let path = self.folder.join(OsStr::from_bytes(&inside));
        let wrong = ImageError::file(&path);
        match open_regular(&path) {
            Ok(region) => Ok(Some(region)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(error)),
        }
    }

    /// A layer; `None` if there is none.
    pub fn layer_if_there(&self, path: &str) -> Result<Option<Content>, ImageError> {
        self.find(path)?.map(|region| layer(region, self.place_of(path))).transpose()
    }

    fn place_of(&self, path: &str) -> String {
        format!("{}/{}", self.place, shown(path.as_bytes()))
    }
}

impl Files for Layout {
    fn place(&self) -> &str {
        &self.place
    }

    fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>, ImageError> {
        self.find(path)?.map(|region| document(&region, &self.place_of(path))).transpose()
    }

    fn layer(&mut self, path: &str) -> Result<Content, ImageError> {
        self.layer_if_there(path)?.ok_or_else(|| self.missing(path))
    }
}

/// Opens a regular file whole; a FIFO would keep us waiting.
fn open_regular(path: &Path) -> io::Result<Region> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok(Region::new(Arc::new(file), 0, length))
}
