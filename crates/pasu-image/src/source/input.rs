//! `--input`: an archive, a layout folder or standard input; what it is is found out by looking.

use super::passing::{self, PassOptions};
use super::{SourceOptions, archive, layout, pick};
use crate::error::ImageError;
use crate::image::Image;
use crate::layer::{Gather, Region};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What standard input is called.
const STANDARD_INPUT: &str = "standard input";

/// Opens the image that lies in an archive or layout folder; `-` is standard input.
///
/// Of several images, `name` chooses one: a name with or without its tag, a tag alone, or an ID or digest with or without
/// `sha256:`. It may also stand behind the path: `PATH:TAG`, `PATH@sha256:…`.
///
/// `gather` is asked at once where an input passes by that cannot be gone back to.
///
/// # Errors
///
/// Nothing is there, it holds no image, it is not whole, or several images are in it and none was chosen: the message
/// lists them.
pub fn open_input(
    input: &Path,
    name: Option<&str>,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    if input == Path::new("-") {
        let images = standard_input(options, gather)?;
        return pick::pick(STANDARD_INPUT, images, name, options.platform.as_ref());
    }
    let (path, behind) = split(input);
    let place = path.display().to_string();
    let name = name.or(behind.as_deref());
    let metadata = std::fs::metadata(&path).map_err(ImageError::file(&path))?;
    let images = if metadata.is_dir() {
        layout::images(&path, options)?
    } else {
        let file = File::open(&path).map_err(ImageError::file(&path))?;
        file_images(&place, file, options, gather)?
    };
    pick::pick(&place, images, name, options.platform.as_ref())
}

fn standard_input(options: &SourceOptions, gather: &dyn Gather) -> Result<Vec<Image>, ImageError> {
    let wrong = ImageError::file(STANDARD_INPUT);
    let own = io::stdin().as_fd().try_clone_to_owned().map_err(wrong)?;
    file_images(STANDARD_INPUT, File::from(own), options, gather)
}

/// The images of an open file: of a regular one in place, of anything else as it passes by.
fn file_images(
    place: &str,
    mut file: File,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Vec<Image>, ImageError> {
    let metadata = file.metadata().map_err(ImageError::file(place))?;
    if metadata.is_file() {
        // Of standard input, somebody may have read a part already.
        let start = file.stream_position().map_err(ImageError::file(place))?;
        let length = metadata.len().saturating_sub(start);
        return archive::images(place, Region::new(Arc::new(file), start, length), options, gather);
    }
    let options = PassOptions {
        gather,
        platform: options.platform.as_ref(),
        deadline: options.deadline,
        again: None,
    };
    let mut head = Vec::with_capacity(512);
    let read = file.by_ref().take(512).read_to_end(&mut head);
    read.map_err(ImageError::file(place))?;
    archive::check_head(place, &head)?;
    passing::read(place, Box::new(io::Cursor::new(head).chain(file)), &options)
}

/// Parts `PATH:TAG` and `PATH@DIGEST` where the whole is no path.
fn split(input: &Path) -> (PathBuf, Option<String>) {
    let whole = || (input.to_owned(), None);
    if std::fs::symlink_metadata(input).is_ok() {
        return whole();
    }
    let Some(text) = input.to_str() else { return whole() };
    let parts = text.split_once("@sha256:").map(|(path, hex)| (path, format!("sha256:{hex}")));
    let named = || {
        // A name may have a port and a tag itself: the shortest path that is there counts.
        let mut colons = text.match_indices(':').map(|(at, _)| text.split_at(at));
        colons
            .find(|(path, _)| Path::new(path).exists())
            .map(|(path, name)| (path, name.trim_start_matches(':').to_owned()))
    };
    match parts.filter(|(path, _)| Path::new(path).exists()).or_else(named) {
        Some((path, name)) => (path.into(), Some(name)),
        None => whole(),
    }
}
