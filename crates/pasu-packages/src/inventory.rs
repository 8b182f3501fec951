//! One walk over a target, every detector at once.

mod installed;
mod layers;

pub use installed::installed;
pub use layers::{LayerScanner, Recall, Wanted, inventory_of_layers};

use crate::interest::InterestIndex;
use crate::skip::SkipList;
use crate::{DetectError, Detector, Scope, TargetFile, language, os, software};
use layers::Layers;
use pasu_model::{Inventory, Package, PackageSet, PackageType, Unseen, UnseenReason};
use pasu_system::{Entry, EntryKind, System, WalkOptions, WalkReport, WalkStep};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What to look for and where.
#[derive(Debug, Clone)]
pub struct InventoryOptions {
    /// Installed software or lock files.
    pub scope: Scope,
    /// Also read the operating system's package database where the scope alone would not.
    pub os_packages: bool,
    /// Where to begin: `/`, or one file to look at alone.
    pub start: PathBuf,
    /// Walk into other file systems mounted below.
    pub cross_file_systems: bool,
    /// Paths or globs of directories to leave out.
    pub skip_dirs: Vec<String>,
    /// Paths or globs of files to leave out.
    pub skip_files: Vec<String>,
    /// Read the licence of every package, which costs a file each on Debian.
    pub licenses: bool,
    /// Stop when this moment has come.
    pub deadline: Option<Instant>,
}

impl InventoryOptions {
    /// For everything that is installed in a root file system.
    #[must_use]
    pub fn installed() -> Self {
        Self {
            scope: Scope::Installed,
            os_packages: true,
            start: "/".into(),
            cross_file_systems: false,
            skip_dirs: Vec::new(),
            skip_files: Vec::new(),
            licenses: false,
            deadline: None,
        }
    }
}

/// Why a target could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// A skip pattern is no glob.
    #[error("a pattern of --skip-dirs or --skip-files is not a valid glob")]
    Pattern(#[from] globset::Error),
}

/// Directories that hold no software of the target itself.
const NEVER_WALKED: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Where engines keep the file systems of their images and containers, which are targets of their own.
const OTHER_TARGETS: [&str; 5] = [
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers/storage",
    "/var/lib/kubelet/pods",
    "/var/lib/lxd",
];
/// Settings, state, caches and logs, by the file system hierarchy standard and by polkit's and APT's own rules.
const DATA_ONLY: [&str; 8] = [
    "/etc",
    "/run",
    "/usr/share/polkit-1",
    "/var/cache",
    "/var/lib/apt",
    "/var/lib/polkit-1",
    "/var/log",
    "/var/spool",
];
/// Copies of sources that package managers keep for building: nothing in them is installed or part of a project.
const SOURCE_CACHES: [&str; 3] = [".cargo/registry", ".cargo/git", "go/pkg/mod"];

/// Looks at a target once and says what software is on it.
pub fn inventory(
    system: &dyn System,
    options: &InventoryOptions,
) -> Result<Inventory, InventoryError> {
    inventory_of(system, options, None)
}

fn inventory_of(
    system: &dyn System,
    options: &InventoryOptions,
    layers: Option<Layers<'_>>,
) -> Result<Inventory, InventoryError> {
    let search = Search {
        system,
        scope: options.scope,
        detectors: detectors(options),
        skip_dirs: SkipList::new(&options.skip_dirs)?,
        skip_files: SkipList::new(&options.skip_files)?,
        found: Mutex::default(),
        layers,
    };
    let index = InterestIndex::new(&search.detectors);
    let walk = WalkOptions {
        start: options.start.clone(),
        cross_file_systems: options.cross_file_systems,
        deadline: options.deadline,
        ..WalkOptions::default()
    };
    let report = system.walk(&walk, &|entry| search.visit(&index, entry));
    let mut found =
        std::mem::take(&mut *search.found.lock().unwrap_or_else(PoisonError::into_inner));
    let left_out = report.elsewhere.iter().map(|path| shown(path)).collect();
    found.unseen.extend(search.unseen(report));
    let (operating_system, problems) = os::operating_system(system);
    found.unseen.extend(problems);
    let mut inventory = Inventory {
        os: operating_system,
        sets: gather(found.sets),
        unseen: found.unseen,
        left_out,
    };
    complete(system, &mut inventory, options);
    inventory.unseen.sort();
    inventory.unseen.dedup();
    Ok(inventory)
}

fn detectors(options: &InventoryOptions) -> Vec<&'static dyn Detector> {
    let language = language::detectors().chain(software::DETECTORS.iter().copied());
    let in_scope = language
        .filter(|detector| detector.scope() == Scope::Always || detector.scope() == options.scope);
    let os = os::DETECTORS.iter().copied().filter(|_| options.os_packages);
    os.chain(in_scope).collect()
}

struct Search<'a> {
    system: &'a dyn System,
    scope: Scope,
    detectors: Vec<&'static dyn Detector>,
    skip_dirs: SkipList,
    skip_files: SkipList,
    found: Mutex<Found>,
    /// Where the target is an image.
    layers: Option<Layers<'a>>,
}

#[derive(Default)]
struct Found {
    sets: Vec<PackageSet>,
    unseen: Vec<Unseen>,
}

impl Search<'_> {
    fn visit(&self, index: &InterestIndex, entry: &Entry<'_>) -> WalkStep {
        match entry.metadata.kind {
            EntryKind::Directory => {
                let is = |known: &&str| entry.path == Path::new(known);
                let is_root_file_system = self.scope == Scope::Installed;
                let skipped = (is_root_file_system && NEVER_WALKED.iter().any(is))
                    || (self.system.is_live() && OTHER_TARGETS.iter().any(is))
                    || entry.path.file_name().is_some_and(|name| name == ".git")
                    || SOURCE_CACHES.iter().any(|cache| entry.path.ends_with(cache))
                    || self.skip_dirs.has(entry.path);
                if skipped { WalkStep::Skip } else { WalkStep::Continue }
            }
            EntryKind::File => {
                self.file(index, entry);
                WalkStep::Continue
            }
            EntryKind::Other => {
                self.other(index, entry.path);
                WalkStep::Continue
            }
            EntryKind::Symlink => WalkStep::Continue,
        }
    }

    /// A FIFO or device in the place of a record is never opened, but said: what the record would name is missing.
    fn other(&self, index: &InterestIndex, path: &Path) {
        let mut wanted = Vec::new();
        index.by_path(path, &mut wanted);
        let Some(first) = wanted.first() else { return };
        if self.skip_files.has(path) {
            return;
        }
        let detail = format!("{}: not a regular file", self.detectors[*first].id());
        let path = path.to_string_lossy().into_owned();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.unseen.push(Unseen { path, reason: UnseenReason::Unsupported, detail });
    }

    fn file(&self, index: &InterestIndex, entry: &Entry<'_>) {
        let mut wanted = Vec::new();
        index.by_path(entry.path, &mut wanted);
        let maybe_elf = !index.elf().is_empty()
            && may_be_elf(entry)
            && entry.head.is_none_or(|head| head == ELF_MAGIC);
        if (wanted.is_empty() && !maybe_elf) || self.skip_files.has(entry.path) {
            return;
        }
        let file = TargetFile::new(self.system, entry.path, entry.metadata);
        if maybe_elf && (entry.head.is_some() || begins_as_elf(&file)) {
            wanted.extend(index.elf());
            wanted.sort_unstable();
            wanted.dedup();
        }
        for number in wanted {
            self.detect(self.detectors[number], &file);
        }
    }

    fn detect(&self, detector: &dyn Detector, file: &TargetFile<'_>) {
        let detected = match &self.layers {
            Some(layers) => layers.detect(detector, file),
            None => Detected::of(detector, file),
        };
        if detected.sets.is_empty() && detected.notes.is_empty() {
            return;
        }
        let note = |(reason, detail)| Unseen {
            path: shown(file.path),
            reason,
            detail: format!("{}: {detail}", detector.id()),
        };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.sets.extend(detected.sets);
        found.unseen.extend(detected.notes.into_iter().map(note));
    }

    /// What the walk could not see, as far as software could be there.
    fn unseen(&self, report: WalkReport) -> Vec<Unseen> {
        let mut found = Vec::new();
        for (path, kind, detail) in report.errors {
            let is_forbidden = kind == std::io::ErrorKind::PermissionDenied;
            if is_forbidden && self.system.is_live() && holds_no_software(&path) {
                continue;
            }
            found.push(if is_forbidden {
                // The reason says it all.
                let detail = String::new();
                Unseen { path: shown(&path), reason: UnseenReason::Permission, detail }
            } else {
                Unseen { path: shown(&path), reason: UnseenReason::Io, detail }
            });
        }
        // What a running system keeps in memory below /run is gone after a restart.
        let is_lasting = |path: &PathBuf| !path.starts_with("/run");
        for path in report.other_file_systems.into_iter().filter(is_lasting) {
            let detail = "not entered without --cross-file-systems".to_owned();
            found.push(Unseen {
                path: shown(&path),
                reason: UnseenReason::OtherFileSystem,
                detail,
            });
        }
        if report.timed_out {
            let detail = format!("the time was up after {} files and directories", report.entries);
            found.push(Unseen { path: "/".into(), reason: UnseenReason::Timeout, detail });
        }
        found
    }
}

/// Whether a directory that only root may read is one of those on every host in which keys, rules and logs lie, but no
/// programs: to name them would hide the few that matter.
fn holds_no_software(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "lost+found")
        // Without /etc itself not even the distribution is known.
        || (path != Path::new("/etc") && DATA_ONLY.iter().any(|data| path.starts_with(data)))
}

/// What one detector found in one file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Detected {
    sets: Vec<PackageSet>,
    notes: Vec<(UnseenReason, String)>,
}

impl Detected {
    fn of(detector: &dyn Detector, file: &TargetFile<'_>) -> Self {
        // A detector that panics on a strange file must not take the run with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| detector.detect(file)));
        let sets = match outcome {
            Ok(Ok(sets)) => sets,
            Ok(Err(problem)) => {
                if !is_gone(&problem) {
                    file.report(problem.reason(), problem.to_string());
                }
                Vec::new()
            }
            Err(_) => {
                let detail = "the reader failed on this file; please report it";
                file.report(UnseenReason::Malformed, detail);
                Vec::new()
            }
        };
        Self { sets, notes: file.take_notes() }
    }
}

/// A file that went away between listing and opening was not there.
fn is_gone(problem: &DetectError) -> bool {
    matches!(problem, DetectError::Io(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Executables and shared objects; anything shorter than an ELF header is neither.
fn may_be_elf(entry: &Entry<'_>) -> bool {
    const ELF_HEADER: u64 = 52;
    let executable = entry.metadata.mode & 0o111 != 0;
    let shared =
        || entry.path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"));
    entry.metadata.size >= ELF_HEADER && (executable || shared())
}

const ELF_MAGIC: [u8; 4] = *b"\x7fELF";

fn begins_as_elf(file: &TargetFile<'_>) -> bool {
    let mut magic = [0; 4];
    file.open().is_ok_and(|open| open.read_at(&mut magic, 0).is_ok()) && magic == ELF_MAGIC
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Joins sets of the same record, drops repeated packages and puts everything in order.
fn gather(sets: Vec<PackageSet>) -> Vec<PackageSet> {
    let mut joined: BTreeMap<(PackageType, String), Vec<Package>> = BTreeMap::new();
    for set in sets {
        joined.entry((set.kind, set.target)).or_default().extend(set.packages);
    }
    joined
        .into_iter()
        .map(|((kind, target), mut packages)| {
            packages.sort_by(|a, b| order(a).cmp(&order(b)));
            packages.dedup_by(|a, b| order(a) == order(b));
            PackageSet { kind, target, packages }
        })
        .collect()
}

fn order(package: &Package) -> (&str, &str, Option<&str>, Option<&str>) {
    (&package.name, &package.version, package.path.as_deref(), package.arch.as_deref())
}

/// Adds what needs the whole picture: package URLs of the distribution, and which language packages it owns.
fn complete(system: &dyn System, inventory: &mut Inventory, options: &InventoryOptions) {
    if let Some(os) = &inventory.os {
        for set in inventory.sets.iter_mut().filter(|set| set.kind.is_os()) {
            os::set_purls(os, &mut set.packages);
            if options.licenses {
                os::licenses(system, &mut set.packages);
            }
        }
    }
    let candidates: BTreeSet<String> = language_packages(&mut inventory.sets)
        .filter_map(|(target, package)| place(target, package))
        .collect();
    if candidates.is_empty() || !inventory.sets.iter().any(|set| set.kind.is_os()) {
        return;
    }
    let owners = os::owners(system, &candidates);
    for (target, package) in language_packages(&mut inventory.sets) {
        package.owner = place(target, package).and_then(|path| owners.get(&path).cloned());
    }
    // A program that a package manager installed is that package, and was listed as such.
    for set in inventory.sets.iter_mut().filter(|set| set.kind == PackageType::Binary) {
        set.packages.retain(|package| package.owner.is_none());
    }
    inventory.sets.retain(|set| !set.packages.is_empty());
}

fn language_packages(sets: &mut [PackageSet]) -> impl Iterator<Item = (&str, &mut Package)> {
    sets.iter_mut()
        .filter(|set| !set.kind.is_os())
        .flat_map(|set| set.packages.iter_mut().map(|package| (set.target.as_str(), package)))
}

/// The absolute path of the file that a package was read from; of a nested JAR, the outermost archive's.
fn place(target: &str, package: &Package) -> Option<String> {
    let path = package
        .path
        .as_deref()
        .or(Some(target).filter(|_| package.kind.aggregate_target().is_none()))?;
    let outer = ["jar", "war", "ear", "par"]
        .iter()
        .find_map(|kind| path.find(&format!(".{kind}/")).map(|at| at + kind.len() + 1));
    let path = outer.and_then(|end| path.get(..end)).unwrap_or(path);
    Some(format!("/{}", path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests;
