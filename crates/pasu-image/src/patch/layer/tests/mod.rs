//! Small packages made by hand are laid over small images.

mod alpine;
mod debian;

use super::{LayerError, Order, Outcome, Request, Upgrade, build};
use crate::compression::decode;
use crate::layer::{Forward, TarReader};
use crate::patch::export::NewLayer;
use crate::patch::packages::{Folder, FolderOptions};
use crate::patch::tar::{TarEntry, finish, write_content, write_header};
use flate2::write::GzEncoder;
use pasu_system::MemorySystem;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use tar::EntryType;

/// One file of a package: path, kind, mode, content or target.
type File<'a> = (&'a str, EntryType, u32, &'a [u8]);

const FILE: EntryType = EntryType::Regular;
const FOLDER: EntryType = EntryType::Directory;
const LINK: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

fn tar(files: &[File<'_>], end: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, kind, mode, content) in files {
        let is_link = matches!(*kind, LINK | HARD);
        let entry = TarEntry {
            path: path.as_bytes(),
            link: if is_link { content } else { b"" },
            kind: *kind,
            mode: *mode,
            uid: 0,
            gid: 0,
            size: if is_link { 0 } else { content.len() as u64 },
            modified: 1_700_000_000,
            xattrs: &[],
        };
        write_header(&mut bytes, &entry).unwrap();
        if !is_link {
            write_content(&mut bytes, &mut &content[..], content.len() as u64).unwrap();
        }
    }
    if end {
        finish(&mut bytes).unwrap();
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Versions are numbers here.
const ORDER: Order = |a, b| {
    let number = |text: &str| text.parse::<f64>().ok();
    number(a)?.partial_cmp(&number(b)?).or(Some(Ordering::Equal))
};

fn upgrade(name: &str, installed: &str, fixed: &str) -> Upgrade {
    Upgrade {
        name: name.to_owned(),
        source: name.to_owned(),
        architecture: String::new(),
        installed: installed.to_owned(),
        fixed: fixed.to_owned(),
        least: fixed.to_owned(),
    }
}

/// Builds a layer of packages in a folder of their own.
fn run(
    system: &MemorySystem,
    packages: &[(&str, Vec<u8>)],
    upgrades: &[Upgrade],
    skip_scripts: bool,
) -> Result<Outcome, LayerError> {
    let folder = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    for (name, bytes) in packages {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let host = MemorySystem::new();
    let options = FolderOptions { system, host: &host, keyrings: &[], scratch: scratch.path() };
    let packages = Folder::open(folder.path(), &options).unwrap();
    assert!(packages.problems.is_empty(), "{:?}", packages.problems);
    build(&Request {
        system,
        upgrades,
        packages: &packages,
        order: ORDER,
        epoch: None,
        skip_scripts,
        scratch: scratch.path(),
    })
}

/// What a layer holds: by path its content, a link as `-> target`, a hard link as `=> target`, a folder as `/`.
fn contents(layer: &NewLayer) -> BTreeMap<String, String> {
    let mut tar = TarReader::new(Forward(decode(Box::new(layer.blob.reader())).unwrap()));
    let mut found = BTreeMap::new();
    let mut last = PathBuf::new();
    while let Some(item) = tar.next_item().unwrap() {
        let path = String::from_utf8(item.path.clone()).unwrap();
        let link = String::from_utf8(item.link.clone()).unwrap();
        let mut content = vec![0; usize::try_from(item.size).unwrap()];
        let mut filled = 0;
        while filled < content.len() {
            filled += tar.read_content(&item, &mut content[filled..]).unwrap();
        }
        let shown = match item.kind.unwrap() {
            EntryType::Directory => "/".to_owned(),
            EntryType::Symlink => format!("-> {link}"),
            EntryType::Link => format!("=> {link}"),
            _ => String::from_utf8_lossy(&content).into_owned(),
        };
        assert!(!Path::new(&path).is_absolute());
        // Sorted by what they are about; hard links come last.
        let about = PathBuf::from(path.replace(".wh.", ""));
        let is_link = item.kind == Some(EntryType::Link);
        assert!(is_link || last < about, "{} before {}", last.display(), about.display());
        last = about;
        found.insert(path.trim_end_matches('/').to_owned(), shown);
    }
    found
}
