//! Everything that an undo has to bring back of a tree: bytes, modes, owners, extended attributes, times, targets.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What Pasu keeps inside a tree.
const OWN: &str = "var/lib/pasu";

/// One line a path, but for what Pasu keeps.
pub fn manifest(root: &Path) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    walk(root, root, &mut lines);
    lines
}

fn walk(root: &Path, folder: &Path, lines: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if name == OWN {
            continue;
        }
        let found = fs::symlink_metadata(&path).unwrap();
        lines.insert(name, describe(&path, &found));
        if found.is_dir() {
            walk(root, &path, lines);
        }
    }
}

fn describe(path: &Path, found: &fs::Metadata) -> String {
    let mut line = format!("{:o} {}:{}", found.mode(), found.uid(), found.gid());
    if found.is_symlink() {
        write!(line, " -> {}", fs::read_link(path).unwrap().display()).unwrap();
        return line;
    }
    if found.is_file() {
        // The time of a folder follows what is done in it.
        write!(line, " {}.{:09}", found.mtime(), found.mtime_nsec()).unwrap();
        write!(line, " {:?}", String::from_utf8_lossy(&fs::read(path).unwrap())).unwrap();
    }
    if !found.file_type().is_fifo() {
        for name in attribute_names(path) {
            let mut value = vec![0; 64 << 10];
            let length = rustix::fs::lgetxattr(path, name.as_str(), &mut value[..]).unwrap();
            write!(line, " {name}={:?}", &value[..length]).unwrap();
        }
    }
    line
}

fn attribute_names(path: &Path) -> Vec<String> {
    let mut names = vec![0_u8; 64 << 10];
    let length = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut names: Vec<String> =
        names.map(|name| String::from_utf8(name.to_vec()).unwrap()).collect();
    names.sort();
    names
}

/// What differs, for a message.
pub fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<String> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| format!("{name}: {:?} -> {:?}", before.get(name), after.get(name)))
        .collect()
}
