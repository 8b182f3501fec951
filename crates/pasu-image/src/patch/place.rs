//! A file that appears at its path whole or not at all.

use crate::error::ImageError;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// A temporary file beside a path; dropped, it is gone.
///
/// # Errors
///
/// The folder does not take it.
pub(super) fn beside(path: &Path) -> Result<NamedTempFile, ImageError> {
    tempfile::Builder::new()
        .prefix(".pasu-")
        .suffix(".partial")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder(path))
        .map_err(ImageError::file(path))
}

/// Moves a temporary file to its path, once all of it is on disk.
///
/// # Errors
///
/// The disk is full, or the file system does not take it there.
pub(super) fn put(temporary: NamedTempFile, path: &Path) -> Result<(), ImageError> {
    let wrong = || ImageError::file(path);
    temporary.as_file().sync_all().map_err(wrong())?;
    temporary.persist(path).map_err(|error| wrong()(error.error))?;
    File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(wrong())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
