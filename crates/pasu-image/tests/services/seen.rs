//! What is in an image, as Pasu sees it and as `docker export` gives it: one line a path, to be compared.

use super::common::sha256;
use super::host::docker;
use pasu_image::tree::ImageSystem;
use pasu_system::{Entry, EntryKind, System, WalkOptions, WalkStep};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A line for each path.
pub type Lines = BTreeMap<String, String>;

/// What Docker puts into every container.
const DOCKERS: [&str; 9] = [
    "/",
    "/.dockerenv",
    "/dev",
    "/etc",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/proc",
    "/sys",
];

fn is_dockers(path: &str) -> bool {
    DOCKERS.contains(&path) || path.starts_with("/dev/") || path == "/etc/mtab"
}

/// What Pasu sees; every file is read.
pub fn seen(system: &ImageSystem) -> Lines {
    let entries: Mutex<Vec<(PathBuf, pasu_system::Metadata)>> = Mutex::default();
    let report = system.walk(&WalkOptions::default(), &|entry: &Entry| {
        entries.lock().unwrap().push((entry.path.to_path_buf(), entry.metadata));
        WalkStep::Continue
    });
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let mut lines = Lines::new();
    for (path, metadata) in entries.into_inner().unwrap() {
        let name = String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned();
        if name == "/" || is_dockers(&name) && name != "/etc" {
            continue;
        }
        let end = match metadata.kind {
            EntryKind::File => sha256(&system.read(&path, 1 << 30).unwrap()),
            EntryKind::Directory => "folder".to_owned(),
            EntryKind::Symlink => format!("-> {}", system.read_link(&path).unwrap().display()),
            EntryKind::Other => "other".to_owned(),
        };
        let mode = if metadata.kind == EntryKind::Symlink { 0o777 } else { metadata.mode };
        let (uid, gid, time) = (metadata.uid, metadata.gid, metadata.modified);
        lines.insert(name, format!("{mode:o} {uid}:{gid} @{time} {end}"));
    }
    lines
}

/// What a container of the image would see.
pub fn exported(image: &str) -> Lines {
    let created = docker(&["create", image, "/tool"], b"");
    let id = String::from_utf8(created).unwrap().trim().to_owned();
    let bytes = docker(&["export", &id], b"");
    docker(&["rm", "-f", &id], b"");
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut lines = Lines::new();
    let mut raw: HashMap<PathBuf, String> = HashMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = Path::new("/").join(entry.path().unwrap());
        let header = entry.header();
        let (mode, time) = (header.mode().unwrap() & 0o7777, header.mtime().unwrap());
        let (uid, gid) = (header.uid().unwrap(), header.gid().unwrap());
        let link = entry.link_name().unwrap().map(|link| link.into_owned()).unwrap_or_default();
        let line = match entry.header().entry_type() {
            tar::EntryType::Link => raw[&Path::new("/").join(link)].clone(),
            kind => {
                let end = match kind {
                    tar::EntryType::Regular => {
                        let mut content = Vec::new();
                        entry.read_to_end(&mut content).unwrap();
                        sha256(&content)
                    }
                    tar::EntryType::Directory => "folder".to_owned(),
                    tar::EntryType::Symlink => format!("-> {}", link.display()),
                    _ => "other".to_owned(),
                };
                format!("{mode:o} {uid}:{gid} @{time} {end}")
            }
        };
        let name = path.to_string_lossy().trim_end_matches('/').to_owned();
        raw.insert(PathBuf::from(&name), line.clone());
        if !name.is_empty() && !is_dockers(&name) {
            lines.insert(name, line);
        }
    }
    lines
}
