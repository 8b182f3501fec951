//! `/var/lib/pacman/local/<name>-<version>-<release>/files`: below `%FILES%` a path a line, without its first `/`.

use super::{MAX_LIST, Wanted};
use crate::os::pacman::LOCAL;
use pasu_system::System;
use std::path::Path;

/// Looks through every package's list.
pub fn search(system: &dyn System, wanted: &mut Wanted) {
    let mut directories = system.read_dir(Path::new(LOCAL)).unwrap_or_default();
    directories.sort_by(|a, b| a.0.cmp(&b.0));
    for (directory, _) in directories {
        if wanted.is_done() {
            return;
        }
        let Some(package) = directory.to_str().and_then(package_name) else { continue };
        let path = Path::new(LOCAL).join(&directory).join("files");
        let Ok(bytes) = system.read(&path, MAX_LIST) else { continue };
        for line in bytes.split(|byte| *byte == b'\n') {
            wanted.offer(line, package);
        }
    }
}

/// `lib32-glibc-1:2.40+r16-1` is of `lib32-glibc`: a version and a release have no `-` of their own.
fn package_name(directory: &str) -> Option<&str> {
    let (rest, _release) = directory.rsplit_once('-')?;
    rest.rsplit_once('-').map(|(name, _version)| name)
}
