//! Lays the chosen packages over the image as `apk upgrade` does, without running anything.

use super::super::Request;
use super::super::choose::{Chosen, place};
use super::super::error::LayerError;
use super::super::nodes::{Node, Nodes, What};
use super::database::{Database, Record};
use super::package::{checksum, quoted, read_data};
use crate::layer::{TarItem, absolute};
use pasu_model::Text;
use pasu_system::EntryKind;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use tar::EntryType;

/// The largest configuration file that is compared, in bytes.
const MAX_CONFIG: u64 = 64 << 20;

/// Installs; returns the newest time in the layer, seconds since 1970.
pub(super) fn install(
    request: &Request<'_>,
    database: &Database,
    chosen: &[Chosen<'_>],
    nodes: &mut Nodes<'_>,
    notes: &mut Vec<Text>,
) -> Result<i64, LayerError> {
    let mut kept = BTreeSet::new();
    let mut records = Vec::with_capacity(chosen.len());
    let mut newest = 0;
    for chosen in chosen {
        let old = &database.records[chosen.record];
        let mut unpacking = Unpacking {
            nodes: &mut *nodes,
            notes: &mut *notes,
            old: old.files(),
            real: BTreeMap::new(),
            sums: BTreeMap::new(),
            folders: Vec::new(),
            newest: chosen.control.newest,
        };
        let file = request.packages.open(chosen.available)?;
        let expected = chosen.control.stanza.text("Checksum");
        let done = read_data(file, expected, |item, content| unpacking.item(item, content));
        done.map_err(|error: io::Error| LayerError::Package {
            place: place(chosen.available),
            problem: error.to_string(),
        })?;
        newest = newest.max(unpacking.newest);
        records.push(record(old, chosen, &unpacking.folders));
        kept.extend(unpacking.real.into_values());
    }
    let time = request.epoch.unwrap_or(newest);
    remove_old(database, chosen, &kept, nodes);
    database.write(chosen, &records, nodes, time)?;
    Ok(time)
}

/// A folder in the new record.
struct Folder {
    path: String,
    owner: (u32, u64, u64),
    /// Name, attributes where they are not the usual ones, checksum.
    files: Vec<(String, (u32, u64, u64), String)>,
}

struct Unpacking<'a, 'n> {
    nodes: &'n mut Nodes<'a>,
    notes: &'n mut Vec<Text>,
    /// What the old version has.
    old: BTreeMap<PathBuf, Option<String>>,
    /// Where the package's paths are in the image.
    real: BTreeMap<PathBuf, PathBuf>,
    /// Checksums of its files, for hard links.
    sums: BTreeMap<PathBuf, String>,
    folders: Vec<Folder>,
    newest: i64,
}

impl Unpacking<'_, '_> {
    fn item(&mut self, item: &TarItem, content: &mut dyn Read) -> io::Result<()> {
        let path = absolute(&item.path);
        if item.path.is_empty() {
            return Ok(());
        }
        self.newest = self.newest.max(item.modified);
        let real = self.nodes.real(&path)?;
        self.real.insert(path.clone(), real.clone());
        let id = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let mut node = Node {
            what: What::Directory,
            mode: item.mode,
            uid: id(item.uid),
            gid: id(item.gid),
            modified: item.modified,
        };
        let owner = (item.mode, item.uid, item.gid);
        let wrong = |what: &str| {
            let message = format!("{}: {what}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let sum = match item.kind {
            Some(EntryType::Directory) => {
                self.folder(&relative(&path), Some(owner));
                if !self.nodes.is_folder(&real) {
                    if self.nodes.metadata(&real).is_some() {
                        return Err(wrong("the image has something there that is no folder"));
                    }
                    self.nodes.put(real, node);
                }
                return Ok(());
            }
            Some(EntryType::Symlink) => {
                node.what = What::Symlink(PathBuf::from(OsStr::from_bytes(&item.link)));
                checksum(&item.link)
            }
            Some(EntryType::Regular | EntryType::Continuous) => {
                let stored = self.nodes.spool.store(content)?;
                node.what = What::File(stored);
                sum(&mut self.nodes.spool.region(stored).reader())?
            }
            Some(EntryType::Link) => {
                let target = absolute(&item.link);
                let found = self.real.get(&target).cloned();
                node.what = What::HardLink(found.ok_or_else(|| wrong("a hard link to nothing"))?);
                self.sums.get(&target).cloned().unwrap_or_default()
            }
            _ => return Err(wrong("a device or the like")),
        };
        if self.nodes.metadata(&real).is_some_and(|found| found.kind == EntryKind::Directory) {
            return Err(wrong("the image has a folder there"));
        }
        self.sums.insert(path.clone(), sum.clone());
        let folder = path.parent().map(relative).unwrap_or_default();
        let at = self.folder(&folder, None);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.folders[at].files.push((name, owner, sum.clone()));
        let real = if self.is_changed(&path, &real, &sum)? {
            self.notes.push(Text::new(
                format!("{0}: 이미지에서 변경된 설정 파일이므로 그대로 두고, 패키지의 새 파일은 {0}.apk-new로 저장했습니다", path.display()),
                format!("{0} was changed in the image and stays; the package's new file is {0}.apk-new", path.display()),
            ));
            let mut beside = real.into_os_string();
            beside.push(".apk-new");
            PathBuf::from(beside)
        } else {
            real
        };
        self.nodes.put(real, node);
        Ok(())
    }

    /// Whether a file of `/etc` was changed since the old version was installed, and is not what the new one brings.
    fn is_changed(&mut self, path: &Path, real: &Path, new: &str) -> io::Result<bool> {
        let file = |found: pasu_system::Metadata| found.kind == EntryKind::File;
        let protected = path.starts_with("/etc") && !path.starts_with("/etc/init.d");
        if !protected || !self.nodes.metadata(real).is_some_and(file) {
            return Ok(false);
        }
        let current = checksum(&self.nodes.read(real, MAX_CONFIG)?);
        let old = self.old.get(path).cloned().flatten().unwrap_or_default();
        Ok(current != old && current != new)
    }

    fn folder(&mut self, path: &str, owner: Option<(u32, u64, u64)>) -> usize {
        let at = self.folders.iter().position(|folder| folder.path == path).unwrap_or_else(|| {
            self.folders.push(Folder {
                path: path.to_owned(),
                owner: (0o755, 0, 0),
                files: Vec::new(),
            });
            self.folders.len() - 1
        });
        self.folders[at].owner = owner.unwrap_or(self.folders[at].owner);
        at
    }
}

fn relative(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches('/').to_owned()
}

/// The checksum of a content.
fn sum(reader: &mut impl Read) -> io::Result<String> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(quoted(context.finish().as_ref())),
            read => context.update(&buffer[..read]),
        }
    }
}

/// The new record. apk writes its fields in this order.
fn record(old: &Record, chosen: &Chosen<'_>, folders: &[Folder]) -> String {
    let stanza = &chosen.control.stanza;
    let info = String::from_utf8_lossy(&chosen.control.raw).into_owned();
    let all = |key: &str| -> Vec<String> {
        let lines = info.lines().filter_map(|line| line.split_once(" = "));
        lines.filter(|(name, _)| *name == key).map(|(_, value)| value.trim().to_owned()).collect()
    };
    let mut text = String::new();
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{key}:{value}\n"));
        }
    };
    put("C", stanza.text("Checksum"));
    put("P", stanza.text("Package"));
    put("V", stanza.text("Version"));
    // The database says the repository's architecture also of packages that fit all.
    put("A", &old.line("A").unwrap_or_else(|| stanza.text("Architecture").to_owned()));
    put("S", chosen.available.fields.text("Size"));
    for (key, word) in [
        ("I", "size"),
        ("T", "pkgdesc"),
        ("U", "url"),
        ("L", "license"),
        ("o", "origin"),
        ("m", "maintainer"),
        ("t", "builddate"),
        ("c", "commit"),
        ("k", "provider_priority"),
        ("D", "depend"),
        ("p", "provides"),
        ("i", "install_if"),
        ("r", "replaces"),
        ("q", "replaces_priority"),
    ] {
        put(key, &all(word).join(" "));
    }
    for key in ["s", "f"] {
        put(key, &old.line(key).unwrap_or_default());
    }
    for folder in folders {
        text.push_str(&format!("F:{}\n", folder.path));
        if folder.owner != (0o755, 0, 0) {
            text.push_str(&format!("M:{}\n", owner(folder.owner)));
        }
        for (name, attributes, sum) in &folder.files {
            text.push_str(&format!("R:{name}\n"));
            if *attributes != (0o644, 0, 0) {
                text.push_str(&format!("a:{}\n", owner(*attributes)));
            }
            if !sum.is_empty() {
                text.push_str(&format!("Z:{sum}\n"));
            }
        }
    }
    text
}

/// `0:0:755`
fn owner((mode, uid, gid): (u32, u64, u64)) -> String {
    format!("{uid}:{gid}:{mode:o}")
}

/// Takes away what the old versions had and nobody has any more; a configuration file that was changed stays.
fn remove_old(
    database: &Database,
    chosen: &[Chosen<'_>],
    kept: &BTreeSet<PathBuf>,
    nodes: &mut Nodes<'_>,
) {
    let mut gone = BTreeSet::new();
    for chosen in chosen {
        for (path, sum) in database.records[chosen.record].files() {
            let Ok(real) = nodes.real(&path) else { continue };
            let found = nodes.metadata(&real);
            if kept.contains(&real) || found.is_none() || real == Path::new("/") {
                continue;
            }
            let is_file = found.is_some_and(|found| found.kind == EntryKind::File);
            let bytes = if path.starts_with("/etc") && is_file {
                nodes.read(&real, MAX_CONFIG).ok()
            } else {
                None
            };
            let was_changed = bytes.is_some_and(|bytes| Some(checksum(&bytes)) != sum);
            if !was_changed {
                gone.insert(real);
            }
        }
    }
    for (number, record) in database.records.iter().enumerate() {
        if !chosen.iter().any(|chosen| chosen.record == number) {
            for path in record.files().into_keys() {
                if let Ok(real) = nodes.real(&path) {
                    gone.remove(&real);
                }
            }
        }
    }
    // The deepest first: a folder goes when it is empty.
    for path in gone.iter().rev() {
        let folder = nodes.metadata(path).is_some_and(|found| found.kind == EntryKind::Directory);
        if !folder || nodes.list(path).is_empty() {
            nodes.remove(path);
        }
    }
}
