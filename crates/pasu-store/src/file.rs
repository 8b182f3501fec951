//! The folder and the file, and whose they are.

use crate::StoreError;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The name of the file.
pub const FILE: &str = "runs.db";

/// A folder that only its owner may look into: runs say what is wrong with a machine.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(StoreError::file(folder))?;
    ours(folder)
}

/// Makes the file if it is not there. SQLite gives its other files the mode of this one.
pub(crate) fn make_file(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => ours(path),
        Err(error) => Err(StoreError::file(path)(error)),
    }
}

/// Whoever can write here says what is wrong with a machine: that must be nobody but us.
fn ours(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::metadata(path).map_err(StoreError::file(path))?;
    let me = fs::metadata("/proc/self").map(|metadata| metadata.uid());
    let is_ours = me.is_ok_and(|me| me == metadata.uid());
    if is_ours && metadata.mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(StoreError::Foreign(path.to_path_buf()))
    }
}

/// A file beside another: `runs.db-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
