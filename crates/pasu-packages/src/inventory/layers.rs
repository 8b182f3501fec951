//! Images: which layer brought a package, and what was found in a file before.

use super::{
    Detected, ELF_MAGIC, InventoryError, InventoryOptions, detectors, inventory_of, may_be_elf,
};
use crate::interest::InterestIndex;
use crate::skip::SkipList;
use crate::{Detector, TargetFile};
use pasu_model::{Inventory, Package};
use pasu_system::{Entry, EntryKind, Layered, Metadata, System};
use std::path::Path;

/// Remembers what was found in single files. What is kept are bytes that only this crate reads; the names of analyzers
/// carry their versions.
pub trait Recall: Sync {
    /// What an analyzer found in the file that is at a path when `layer` is the last layer.
    fn recall(&self, layer: usize, path: &Path, analyzer: &str) -> Option<Vec<u8>>;

    /// Keeps what an analyzer found.
    fn remember(&self, layer: usize, path: &Path, analyzer: &str, found: &[u8]);
}

/// Looks at an image as [`super::inventory`] looks at a tree, and says of every package which layer brought it: the
/// lowest from which on every version of its record names it.
///
/// # Errors
///
/// As [`super::inventory`].
pub fn inventory_of_layers(
    system: &dyn Layered,
    top: usize,
    options: &InventoryOptions,
    recall: &dyn Recall,
) -> Result<Inventory, InventoryError> {
    let layers = Layers { system, top, recall };
    inventory_of(layers.view(), options, Some(layers))
}

/// The layers of the image that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    system: &'a dyn Layered,
    /// The number of the last layer.
    top: usize,
    recall: &'a dyn Recall,
}

impl<'a> Layers<'a> {
    fn view(&self) -> &'a dyn System {
        self.system
    }

    /// Looks at a file, and at what it was in lower layers.
    pub(super) fn detect(&self, detector: &dyn Detector, file: &TargetFile<'_>) -> Detected {
        let mut detected = self.once(detector, file, self.top);
        let writes = self.system.writes(file.path);
        let Some((last, before)) = writes.split_last() else { return detected };
        let mut open: Vec<&mut Package> =
            detected.sets.iter_mut().flat_map(|set| &mut set.packages).collect();
        for package in &mut open {
            package.layer = Some(*last);
        }
        for layer in before.iter().rev() {
            if open.is_empty() {
                break;
            }
            let older = self.older(detector, file.path, *layer);
            let had = |package: &Package| {
                older.sets.iter().flat_map(|set| &set.packages).any(|old| {
                    (&old.name, &old.version, &old.arch)
                        == (&package.name, &package.version, &package.arch)
                })
            };
            open.retain_mut(|package| {
                let is_older = had(package);
                if is_older {
                    package.layer = Some(*layer);
                }
                is_older
            });
        }
        detected
    }

    /// What was found in a file as it was when a lower layer was the last.
    fn older(&self, detector: &dyn Detector, path: &Path, layer: usize) -> Detected {
        let view = self.system.at(layer);
        match view.symlink_metadata(path) {
            Ok(metadata) if metadata.kind == EntryKind::File => {
                let file = TargetFile::new(view.as_ref(), path, metadata);
                self.once(detector, &file, layer)
            }
            _ => Detected::default(),
        }
    }

    /// What is found in a file, remembered where that holds wherever the file is met.
    fn once(&self, detector: &dyn Detector, file: &TargetFile<'_>, layer: usize) -> Detected {
        if !detector.is_alone() {
            return Detected::of(detector, file);
        }
        let analyzer = analyzer(detector);
        let recalled = self.recall.recall(layer, file.path, &analyzer);
        // What does not decode is of another version after all, or damaged: it is found again.
        if let Some(found) = recalled.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
            return found;
        }
        let detected = Detected::of(detector, file);
        if let Some(bytes) = encode(&detected) {
            self.recall.remember(layer, file.path, &analyzer, &bytes);
        }
        detected
    }
}

fn analyzer(detector: &dyn Detector) -> String {
    format!("{}@{}", detector.id(), detector.version())
}

/// A file whose reading failed may be readable another time: that is not remembered.
fn encode(detected: &Detected) -> Option<Vec<u8>> {
    let is_lasting = |reason| {
        use pasu_model::UnseenReason as Reason;
        matches!(reason, Reason::Malformed | Reason::Limit | Reason::Unsupported)
    };
    let lasting = detected.notes.iter().all(|(reason, _)| is_lasting(*reason));
    lasting.then(|| postcard::to_allocvec(detected).ok()).flatten()
}

/// What is wanted of a file in a layer that passes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// It is read again later, by its path.
    pub keep: bool,
    /// It is a package database, or a list of what a package owns.
    pub database: bool,
    /// [`LayerScanner::look`] wants it.
    pub look: bool,
}

/// Looks at files of layers that can be read only once.
pub struct LayerScanner {
    detectors: Vec<&'static dyn Detector>,
    index: InterestIndex,
    skip_files: SkipList,
    licenses: bool,
}

/// What the reading of the operating system itself needs again, beside what detectors want.
const KEPT: [&str; 5] = [
    "/etc/",
    "/usr/lib/os-release",
    "/var/lib/dpkg/",
    "/lib/apk/db/",
    "/var/lib/ubuntu-advantage/status.json",
];
/// What package databases consist of beside the files that detectors want: write-ahead logs, lists of owned files.
const DATABASES: [&str; 4] =
    ["/var/lib/rpm/", "/usr/lib/sysimage/rpm/", "/usr/share/rpm/", "/var/lib/pacman/local/"];
/// What of the kept files may be stored between runs: what the reading of the operating system and of its packages needs.
/// Everything else below `/etc` may hold passwords and keys.
const STORED: [&str; 8] = [
    "/usr/lib/os-release",
    "/var/lib/dpkg/",
    "/lib/apk/db/",
    "/usr/share/doc/",
    "/var/lib/rpm/",
    "/usr/lib/sysimage/rpm/",
    "/usr/share/rpm/",
    "/var/lib/pacman/local/",
];
/// Passwords that `debconf` was told lie among dpkg's neighbours, and scripts of packages may hold any.
const NOT_STORED: [&str; 2] = ["/var/lib/dpkg/info/", "/var/cache/debconf/"];

/// The largest file that is kept because of where it lies, in bytes.
const MAX_KEPT: u64 = 2 << 20;

impl LayerScanner {
    /// For the same options as the inventory that will be made.
    ///
    /// # Errors
    ///
    /// When a skip pattern is no glob.
    pub fn new(options: &InventoryOptions) -> Result<Self, InventoryError> {
        let detectors = detectors(options);
        let index = InterestIndex::new(&detectors);
        let skip_files = SkipList::new(&options.skip_files)?;
        Ok(Self { detectors, index, skip_files, licenses: options.licenses })
    }

    /// What is wanted of a regular file, by its absolute path and its first bytes (four, or all).
    #[must_use]
    pub fn wanted(&self, path: &Path, metadata: &Metadata, head: &[u8]) -> Wanted {
        let numbers = self.numbers(path, metadata, head);
        let bytes = path.as_os_str().as_encoded_bytes();
        let is_in =
            |folders: &[&str]| folders.iter().any(|folder| bytes.starts_with(folder.as_bytes()));
        let database = is_in(&DATABASES);
        let license = self.licenses
            && bytes.starts_with(b"/usr/share/doc/")
            && bytes.ends_with(b"/copyright");
        Wanted {
            keep: database || (is_in(&KEPT) || license) && metadata.size <= MAX_KEPT,
            database,
            look: numbers.iter().any(|number| self.detectors[*number].is_alone()),
        }
    }

    /// What an inventory depends on beside the target: what is looked for, and who looks in which version.
    #[must_use]
    pub fn signature(options: &InventoryOptions) -> String {
        let analyzers: Vec<String> = detectors(options).into_iter().map(analyzer).collect();
        let InventoryOptions { scope, os_packages, start, cross_file_systems, skip_dirs, .. } =
            options;
        let InventoryOptions { skip_files, licenses, .. } = options;
        format!(
            "{analyzers:?} {scope:?} {os_packages} {start:?} {cross_file_systems} {skip_dirs:?} {skip_files:?} {licenses}"
        )
    }

    /// Whether a file that is kept may be stored between runs: it holds no secrets.
    #[must_use]
    pub fn may_be_stored(path: &Path) -> bool {
        let bytes = path.as_os_str().as_encoded_bytes();
        let is_in =
            |folders: &[&str]| folders.iter().any(|folder| bytes.starts_with(folder.as_bytes()));
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let tells_version = path.parent() == Some(Path::new("/etc"))
            && (name.ends_with(b"-release") || name.ends_with(b"_version"));
        let is_list = name.ends_with(b".list") || name.ends_with(b".md5sums");
        tells_version || is_in(&STORED) && (is_list || !is_in(&NOT_STORED))
    }

    /// Looks at a file of a system that holds nothing else: what each analyzer found, for [`Recall`].
    #[must_use]
    pub fn look(
        &self,
        system: &dyn System,
        path: &Path,
        metadata: Metadata,
    ) -> Vec<(String, Vec<u8>)> {
        let file = TargetFile::new(system, path, metadata);
        let mut head = [0; 4];
        let seen = file.open().and_then(|open| Ok(open.read_at(&mut head, 0)?)).unwrap_or(0);
        let numbers = self.numbers(path, &metadata, head.get(..seen).unwrap_or_default());
        let wanted = numbers.into_iter().map(|number| self.detectors[number]);
        wanted
            .filter(|detector| detector.is_alone())
            .filter_map(|detector| {
                let found = encode(&Detected::of(detector, &file))?;
                Some((analyzer(detector), found))
            })
            .collect()
    }

    fn numbers(&self, path: &Path, metadata: &Metadata, head: &[u8]) -> Vec<usize> {
        let mut wanted = Vec::new();
        self.index.by_path(path, &mut wanted);
        let entry = Entry { path, metadata: *metadata, head: None };
        let elf = head == ELF_MAGIC && !self.index.elf().is_empty() && may_be_elf(&entry);
        if wanted.is_empty() && !elf || self.skip_files.has(path) {
            return Vec::new();
        }
        if elf {
            wanted.extend(self.index.elf());
            wanted.sort_unstable();
            wanted.dedup();
        }
        wanted
    }
}

#[cfg(test)]
mod tests;
