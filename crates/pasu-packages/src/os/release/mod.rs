//! Which operating system a target is: `os-release`, or what stood in for it before it existed.

mod family;
mod os_release;
mod pro;
mod stand_in;

use crate::DetectError;
use crate::os::eol;
use os_release::OsRelease;
use pasu_model::{OperatingSystem, OsFamily, Unseen};
use pasu_system::{EntryKind, System};
use std::io::ErrorKind;
use std::path::Path;

/// The largest release file that is read; real ones hold a few hundred bytes.
const MAX_RELEASE_FILE: u64 = 256 << 10;

/// The operating system of a target, if it holds one, and the release files that were there but could not be read.
#[must_use]
pub fn operating_system(system: &dyn System) -> (Option<OperatingSystem>, Vec<Unseen>) {
    let mut files = ReleaseFiles { system, unseen: Vec::new() };
    let found = ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(|path| OsRelease::parse(&files.read(path)?))
        .or_else(|| stand_in::find(&mut files));
    let os = found.map(|release| complete(release, &mut files));
    (os, files.unseen)
}

fn complete(release: OsRelease, files: &mut ReleaseFiles<'_>) -> OperatingSystem {
    let family = family::of(&release);
    let version = family::version(family, &release, files);
    let mut os = OperatingSystem {
        family,
        id: release.id,
        version,
        codename: release.codename,
        pretty_name: release.pretty_name.or(release.name),
        extended: family == OsFamily::Ubuntu && pro::is_attached(files),
        end_of_life: None,
    };
    os.end_of_life = eol::end_of_life(&os);
    os
}

/// Reads small release files and keeps account of those that could not be read.
struct ReleaseFiles<'a> {
    system: &'a dyn System,
    unseen: Vec<Unseen>,
}

impl ReleaseFiles<'_> {
    /// The text of a file, lossily decoded; `None` if it is not there or cannot be read.
    fn read(&mut self, path: &str) -> Option<String> {
        match self.system.read(Path::new(path), MAX_RELEASE_FILE) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if is_absent(error.kind()) && !self.is_special(path) => None,
            Err(error) => {
                let detail = error.to_string();
                self.unseen.push(Unseen {
                    path: path.trim_start_matches('/').to_owned(),
                    reason: DetectError::Io(error).reason(),
                    detail,
                });
                None
            }
        }
    }
}

impl ReleaseFiles<'_> {
    /// Whether a FIFO or a device lies there. Opening one fails as opening a directory does.
    fn is_special(&self, path: &str) -> bool {
        let metadata = self.system.symlink_metadata(Path::new(path));
        metadata.is_ok_and(|metadata| metadata.kind == EntryKind::Other)
    }
}

/// Errors that mean nothing of the kind is there: no such path, or a directory where a file should be.
fn is_absent(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidInput
    )
}

#[cfg(test)]
mod tests;
