//! The operating system's packages alone, read where their databases lie: no walk is needed for them.

use super::{Found, InventoryOptions, Search, complete, gather};
use crate::skip::SkipList;
use crate::{Scope, os};
use pasu_model::{Inventory, Unseen, UnseenReason};
use pasu_system::{Entry, EntryKind, System};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What pacman keeps of each package lies in a folder of its own here.
const PACMAN: &str = "/var/lib/pacman/local";

/// Reads the operating system and its packages.
#[must_use]
pub fn installed(system: &dyn System) -> Inventory {
    let search = Search {
        system,
        scope: Scope::Installed,
        detectors: os::DETECTORS.to_vec(),
        skip_dirs: SkipList::none(),
        skip_files: SkipList::none(),
        found: Mutex::default(),
        layers: None,
    };
    let index = super::InterestIndex::new(&search.detectors);
    for path in candidates(system, &search) {
        match system.symlink_metadata(&path) {
            Ok(metadata) if metadata.kind == EntryKind::File => {
                search.file(&index, &Entry { path: &path, metadata, head: None });
            }
            Ok(metadata) if metadata.kind == EntryKind::Other => search.other(&index, &path),
            Ok(_) => {}
            Err(error) => search.not_seen(&path, &error),
        }
    }
    let mut found =
        std::mem::take(&mut *search.found.lock().unwrap_or_else(PoisonError::into_inner));
    let (operating_system, problems) = os::operating_system(system);
    found.unseen.extend(problems);
    let mut inventory = Inventory {
        os: operating_system,
        sets: gather(found.sets),
        unseen: found.unseen,
        left_out: Vec::new(),
    };
    complete(system, &mut inventory, &InventoryOptions::installed());
    inventory.unseen.sort();
    inventory.unseen.dedup();
    inventory
}

/// Every place where a database of packages may lie.
fn candidates(system: &dyn System, search: &Search<'_>) -> BTreeSet<PathBuf> {
    let mut paths = BTreeSet::new();
    for detector in &search.detectors {
        let interest = detector.interest();
        paths.extend(interest.paths.iter().map(PathBuf::from));
        for directory in interest.directories {
            paths.extend(children(system, search, Path::new(directory)));
        }
    }
    for package in children(system, search, Path::new(PACMAN)) {
        paths.insert(package.join("desc"));
    }
    paths
}

fn children(system: &dyn System, search: &Search<'_>, directory: &Path) -> Vec<PathBuf> {
    match system.read_dir(directory) {
        Ok(entries) => entries.into_iter().map(|(name, _)| directory.join(name)).collect(),
        Err(error) => {
            search.not_seen(directory, &error);
            Vec::new()
        }
    }
}

impl Search<'_> {
    /// Notes what is there and cannot be looked at.
    fn not_seen(&self, path: &Path, error: &std::io::Error) {
        if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            return;
        }
        let reason = match error.kind() {
            ErrorKind::PermissionDenied => UnseenReason::Permission,
            _ => UnseenReason::Io,
        };
        let path = path.to_string_lossy().into_owned();
        let mut found: std::sync::MutexGuard<'_, Found> =
            self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.unseen.push(Unseen { path, reason, detail: error.to_string() });
    }
}

#[cfg(test)]
mod tests {
    use super::installed;
    use pasu_system::MemorySystem;

    #[test]
    fn packages_are_read_without_a_walk() {
        let system = MemorySystem::new()
            .with_file("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
            .with_file("/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b7\n\n")
            .with_file("/srv/package-lock.json", "{");
        let found = installed(&system);
        let names: Vec<&str> =
            found.sets.iter().flat_map(|set| &set.packages).map(|package| &*package.name).collect();
        assert_eq!(names, ["bash"]);
        assert!(found.unseen.is_empty(), "{:?}", found.unseen);
    }

    #[test]
    fn a_database_that_cannot_be_read_is_said() {
        let found = installed(&MemorySystem::new().with_unreadable("/var/lib/dpkg/status"));
        assert!(!found.unseen.is_empty());
    }
}
