//! Which layer brought a package, and what is recalled instead of read.

use super::{LayerScanner, Recall, Wanted, inventory_of_layers};
use crate::inventory::InventoryOptions;
use pasu_model::Inventory;
use pasu_system::{
    Acl, Entry, EntryKind, Layered, MemorySystem, Metadata, Removed, System, SystemFile,
    WalkOptions, WalkReport, WalkStep,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const STATUS: &str = "/var/lib/dpkg/status";

/// An image as it was after each layer, and which layers wrote which file.
#[derive(Default)]
struct Steps {
    views: Vec<MemorySystem>,
    writes: BTreeMap<PathBuf, Vec<usize>>,
}

impl Steps {
    /// A layer that writes some files; all others stay as they were.
    fn layer(mut self, files: &[(&str, &str)]) -> Self {
        let number = self.views.len();
        let before = self.views.last().cloned().unwrap_or_else(|| {
            MemorySystem::new().with_file("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        });
        let view = files.iter().fold(before, |view, (path, text)| view.with_file(path, text));
        self.views.push(view);
        for (path, _) in files {
            self.writes.entry(path.into()).or_default().push(number);
        }
        self
    }

    /// A layer that takes a file away: what was before does not count any more. (It stays to be seen, but is no
    /// version that anybody asks for.)
    fn removed(mut self, path: &str) -> Self {
        self = self.layer(&[]);
        self.writes.remove(Path::new(path));
        self
    }

    fn top(&self) -> &MemorySystem {
        self.views.last().unwrap()
    }
}

impl System for Steps {
    fn is_live(&self) -> bool {
        false
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.top().symlink_metadata(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        self.top().open(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        self.top().read_dir(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.top().read_link(path)
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        self.top().acl(path)
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        self.top().walk(options, visit)
    }
}

impl Layered for Steps {
    fn writes(&self, path: &Path) -> Vec<usize> {
        self.writes.get(path).cloned().unwrap_or_default()
    }

    fn at<'a>(&'a self, layer: usize) -> Box<dyn System + 'a> {
        Box::new(self.views[layer].clone())
    }

    fn removed<'a>(
        &'a self,
        _wanted: &'a dyn Fn(&OsStr) -> bool,
    ) -> Box<dyn Iterator<Item = Removed> + 'a> {
        Box::new(std::iter::empty())
    }
}

/// Remembers everything, by layer, path and analyzer.
#[derive(Default)]
struct Memory {
    found: Mutex<BTreeMap<(usize, PathBuf, String), Vec<u8>>>,
    recalled: Mutex<Vec<usize>>,
}

impl Recall for Memory {
    fn recall(&self, layer: usize, path: &Path, analyzer: &str) -> Option<Vec<u8>> {
        let key = (layer, path.to_path_buf(), analyzer.to_owned());
        let found = self.found.lock().unwrap().get(&key).cloned();
        if found.is_some() {
            self.recalled.lock().unwrap().push(layer);
        }
        found
    }

    fn remember(&self, layer: usize, path: &Path, analyzer: &str, found: &[u8]) {
        let key = (layer, path.to_path_buf(), analyzer.to_owned());
        self.found.lock().unwrap().insert(key, found.to_vec());
    }
}

fn look(steps: &Steps, memory: &Memory) -> Inventory {
    let top = steps.views.len() - 1;
    inventory_of_layers(steps, top, &InventoryOptions::installed(), memory).unwrap()
}

/// Each package as `name version`, with the layer that brought it.
fn layers(steps: &Steps) -> Vec<(String, Option<usize>)> {
    let found = look(steps, &Memory::default());
    assert!(found.unseen.is_empty(), "{:?}", found.unseen);
    let packages = found.sets.into_iter().flat_map(|set| set.packages);
    packages.map(|found| (format!("{} {}", found.name, found.version), found.layer)).collect()
}

fn check(steps: &Steps, expected: &[(&str, usize)]) {
    let expected: Vec<(String, Option<usize>)> =
        expected.iter().map(|(name, layer)| ((*name).to_owned(), Some(*layer))).collect();
    assert_eq!(layers(steps), expected);
}

fn status(packages: &[(&str, &str)]) -> String {
    let record = |(name, version): &(&str, &str)| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
        )
    };
    packages.iter().map(record).collect()
}

#[test]
fn a_package_stays_with_the_lowest_layer_from_which_on_it_was_always_there() {
    let base = status(&[("bash", "5.2"), ("curl", "7.88")]);
    let more = status(&[("bash", "5.2"), ("curl", "7.88"), ("nginx", "1.22")]);
    let upgraded = status(&[("bash", "5.2"), ("curl", "7.89"), ("nginx", "1.22")]);
    let steps = Steps::default()
        .layer(&[(STATUS, &base)])
        .layer(&[("/srv/readme", "x")])
        .layer(&[(STATUS, &more)])
        .layer(&[(STATUS, &upgraded)]);
    check(&steps, &[("bash 5.2", 0), ("curl 7.89", 3), ("nginx 1.22", 2)]);
}

#[test]
fn a_record_written_anew_without_a_change_moves_nothing() {
    // So does a change of its mode, which makes engines store the whole file again.
    let base = status(&[("bash", "5.2")]);
    let steps = Steps::default().layer(&[(STATUS, &base)]).layer(&[(STATUS, &base)]);
    check(&steps, &[("bash 5.2", 0)]);
}

#[test]
fn what_was_away_in_between_came_with_the_layer_that_brought_it_back() {
    let with = status(&[("bash", "5.2"), ("curl", "7.88")]);
    let without = status(&[("bash", "5.2")]);
    let steps = Steps::default()
        .layer(&[(STATUS, &with)])
        .layer(&[(STATUS, &without)])
        .layer(&[(STATUS, &with)]);
    check(&steps, &[("bash 5.2", 0), ("curl 7.88", 2)]);
    let file = "/srv/node_modules/lodash/package.json";
    let lodash = r#"{"name": "lodash", "version": "4.17.20"}"#;
    let steps = Steps::default().layer(&[(file, lodash)]).removed(file).layer(&[(file, lodash)]);
    check(&steps, &[("lodash 4.17.20", 2)]);
}

#[test]
fn a_record_of_its_own_for_each_package_stays_with_its_layer() {
    let record = |name: &str| format!("Package: {name}\nArchitecture: amd64\nVersion: 1\n");
    let steps = Steps::default()
        .layer(&[("/var/lib/dpkg/status.d/base", &record("base-files"))])
        .layer(&[("/var/lib/dpkg/status.d/libssl3", &record("libssl3"))]);
    check(&steps, &[("base-files 1", 0), ("libssl3 1", 1)]);
}

#[test]
fn what_was_found_in_lower_versions_is_recalled() {
    let base = status(&[("bash", "5.2")]);
    let more = status(&[("bash", "5.2"), ("curl", "7.88")]);
    let steps = Steps::default().layer(&[(STATUS, &base)]).layer(&[(STATUS, &more)]);
    let memory = Memory::default();
    let first = look(&steps, &memory);
    assert!(memory.recalled.lock().unwrap().is_empty());
    let second = look(&steps, &memory);
    assert_eq!(first, second);
    let mut recalled = memory.recalled.lock().unwrap().clone();
    recalled.sort_unstable();
    recalled.dedup();
    assert_eq!(recalled, [0, 1]);
    // What is recalled counts, and not what is there: the layers are the same ones.
    let emptied = Steps::default().layer(&[(STATUS, "x")]).layer(&[(STATUS, "x")]);
    assert_eq!(look(&emptied, &memory), first);
}

#[test]
fn what_is_damaged_in_memory_is_found_again() {
    let steps = Steps::default().layer(&[(STATUS, &status(&[("bash", "5.2")]))]);
    let memory = Memory::default();
    let first = look(&steps, &memory);
    for found in memory.found.lock().unwrap().values_mut() {
        found.truncate(1);
    }
    assert_eq!(look(&steps, &memory), first);
}

#[test]
fn only_what_reading_packages_needs_is_stored_between_runs() {
    for (path, stored) in [
        ("/etc/os-release", true),
        ("/etc/alpine-release", true),
        ("/etc/debian_version", true),
        ("/usr/lib/os-release", true),
        ("/var/lib/dpkg/status", true),
        ("/var/lib/dpkg/status.d/base", true),
        ("/var/lib/dpkg/info/bash.list", true),
        ("/var/lib/dpkg/info/mysql-server.postinst", false),
        ("/var/lib/rpm/rpmdb.sqlite", true),
        ("/etc/shadow", false),
        ("/etc/ssl/private/server.key", false),
        ("/etc/apt/auth.conf", false),
        ("/etc/app/my-release", false),
        ("/root/.ssh/id_ed25519", false),
    ] {
        assert_eq!(LayerScanner::may_be_stored(Path::new(path)), stored, "{path}");
    }
}

#[test]
fn wishes_follow_from_where_a_file_lies_and_what_it_is() {
    let scanner = LayerScanner::new(&InventoryOptions::installed()).unwrap();
    let system = MemorySystem::new().with_executable("/usr/bin/x", [0; 100]);
    let metadata = system.symlink_metadata(Path::new("/usr/bin/x")).unwrap();
    let wanted = |path: &str, head: &[u8]| scanner.wanted(Path::new(path), &metadata, head);
    let keep = Wanted { keep: true, ..Wanted::default() };
    assert_eq!(wanted("/usr/share/doc/x", b"text"), Wanted::default());
    assert_eq!(wanted("/etc/hostname", b"host"), keep);
    assert_eq!(wanted(STATUS, b"Pack"), Wanted { look: true, ..keep });
    assert_eq!(wanted("/usr/bin/x", b"\x7fELF"), Wanted { look: true, ..Wanted::default() });
    assert_eq!(wanted("/usr/bin/x", b"#!/b"), Wanted::default());
    let database = wanted("/var/lib/rpm/rpmdb.sqlite", b"SQLi");
    // Its log lies beside it: it cannot be looked at alone.
    assert!(database.keep && database.database && !database.look);
}
