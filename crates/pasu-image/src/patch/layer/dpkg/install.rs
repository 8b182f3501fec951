//! Lays the chosen packages over the image: their files, what their old versions leave behind, and their records.

use super::super::choose::Chosen;
use super::super::error::LayerError;
use super::super::nodes::Nodes;
use super::super::{Request, Stanza};
use super::database::{Database, MAX_RECORD, Record};
use super::files::{Unpacked, Unpacking};
use super::rules::Rules;
use pasu_model::Text;
use pasu_system::EntryKind;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const INFO: &str = "/var/lib/dpkg/info";

/// Installs; returns the newest time in the packages, seconds since 1970.
pub(super) fn install(
    request: &Request<'_>,
    database: &Database,
    chosen: &[Chosen<'_>],
    nodes: &mut Nodes<'_>,
    notes: &mut Vec<Text>,
) -> Result<i64, LayerError> {
    let rules = Rules::read(request.system)?;
    let mut unpacked = Vec::with_capacity(chosen.len());
    for chosen in chosen {
        let mut unpacking = Unpacking {
            nodes: &mut *nodes,
            rules: &rules,
            notes: &mut *notes,
            split: database.split,
        };
        let old = &database.records[chosen.record].stanza;
        unpacked.push(unpacking.unpack(chosen, old, request.packages)?);
    }
    let newest = unpacked.iter().map(|unpacked| unpacked.newest).max().unwrap_or_default();
    let time = request.epoch.unwrap_or(newest);
    let failed = |error: io::Error| record(INFO, &error);
    remove_old(database, chosen, &unpacked, &rules, nodes)?;
    for (chosen, unpacked) in chosen.iter().zip(&unpacked) {
        let old = &database.records[chosen.record];
        if database.split {
            sums(old, chosen, time, nodes).map_err(failed)?;
        } else {
            info(old, chosen, unpacked, time, nodes).map_err(failed)?;
        }
    }
    Ok(newest)
}

fn record(path: &str, error: &io::Error) -> LayerError {
    LayerError::Record { path: path.into(), problem: error.to_string() }
}

/// Takes away what the old versions had and nobody has any more.
fn remove_old(
    database: &Database,
    chosen: &[Chosen<'_>],
    unpacked: &[Unpacked],
    rules: &Rules,
    nodes: &mut Nodes<'_>,
) -> Result<(), LayerError> {
    let kept: BTreeSet<&PathBuf> = unpacked.iter().flat_map(|unpacked| &unpacked.real).collect();
    let mut gone: BTreeSet<PathBuf> = BTreeSet::new();
    for chosen in chosen {
        let old = &database.records[chosen.record];
        for path in owned(old, nodes)? {
            let placed = rules.place(&path, old.name()).to_path_buf();
            let Ok(real) = nodes.real(&placed) else { continue };
            if real != Path::new("/") && !kept.contains(&real) && nodes.metadata(&real).is_some() {
                gone.insert(real);
            }
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let new: BTreeSet<usize> = chosen.iter().map(|chosen| chosen.record).collect();
    for (number, record) in database.records.iter().enumerate() {
        if !new.contains(&number) && record.is_there() {
            for path in owned(record, nodes)? {
                if let Ok(real) = nodes.real(rules.place(&path, record.name())) {
                    gone.remove(&real);
                }
            }
        }
    }
    // The deepest first: a folder goes when it is empty.
    for path in gone.iter().rev() {
        let Some(found) = nodes.metadata(path) else { continue };
        if found.kind != EntryKind::Directory || nodes.list(path).is_empty() {
            nodes.remove(path);
        }
    }
    Ok(())
}

/// The paths of an old version.
fn owned(record: &Record, nodes: &mut Nodes<'_>) -> Result<Vec<PathBuf>, LayerError> {
    let path = match &record.file {
        Some(file) => beside(file),
        None => match old_info(record, "list", nodes) {
            Some(path) => path,
            None => return Ok(Vec::new()),
        },
    };
    // What this layer writes there already is the new one's.
    if nodes.base.symlink_metadata(&path).is_err() {
        return Ok(Vec::new());
    }
    let bytes = nodes
        .base
        .read(&path, MAX_RECORD)
        .map_err(|error| LayerError::Record { path: path.clone(), problem: error.to_string() })?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(match record.file {
        // `0123…  usr/lib/x`
        Some(_) => lines
            .filter_map(|line| line.get(34..))
            .map(|path| Path::new("/").join(OsStr::from_bytes(path)))
            .collect(),
        None => {
            lines.filter(|line| *line != b"/.").map(|line| OsStr::from_bytes(line).into()).collect()
        }
    })
}

/// `status.d/bash` and `status.d/bash.md5sums`.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".md5sums");
    PathBuf::from(name)
}

/// Where the image has a record of an old version: with its architecture or without.
fn old_info(record: &Record, kind: &str, nodes: &Nodes<'_>) -> Option<PathBuf> {
    let (name, architecture) = (record.name(), record.architecture());
    let names = [format!("{name}:{architecture}.{kind}"), format!("{name}.{kind}")];
    let paths = names.iter().map(|name| Path::new(INFO).join(name));
    paths.into_iter().find(|path| nodes.base.exists(path))
}

/// Writes `info`: the list, the checksums, the scripts, and takes the old ones away.
fn info(
    old: &Record,
    chosen: &Chosen<'_>,
    unpacked: &Unpacked,
    time: i64,
    nodes: &mut Nodes<'_>,
) -> io::Result<()> {
    let stanza: &Stanza = &chosen.control.stanza;
    let mut files: BTreeMap<PathBuf, (Vec<u8>, u32)> = BTreeMap::new();
    let mut list = Vec::new();
    let mut seen = BTreeSet::new();
    for path in &unpacked.list {
        if seen.insert(path) {
            let bytes = path.as_os_str().as_bytes();
            list.extend_from_slice(if bytes == b"/" { b"/." } else { bytes });
            list.push(b'\n');
        }
    }
    files.insert(Database::info(stanza, "list"), (list, 0o644));
    for (name, bytes) in &chosen.control.files {
        let script =
            matches!(name.as_str(), "preinst" | "postinst" | "prerm" | "postrm" | "config");
        let mode = if script { 0o755 } else { 0o644 };
        files.insert(Database::info(stanza, name), (bytes.clone(), mode));
    }
    for path in old_files(old, nodes) {
        if !files.contains_key(&path) {
            let real = nodes.real(&path)?;
            nodes.remove(&real);
        }
    }
    for (path, (bytes, mode)) in files {
        let real = nodes.real(&path)?;
        nodes.put_bytes(real.clone(), &bytes, time)?;
        if let Some(node) = nodes.entries.get_mut(&real) {
            node.mode = mode;
        }
    }
    Ok(())
}

/// All that the image has in `info` of an old version.
fn old_files(old: &Record, nodes: &Nodes<'_>) -> Vec<PathBuf> {
    let with = format!("{}:{}.", old.name(), old.architecture());
    let without = format!("{}.", old.name());
    let mut names = nodes.base.read_dir(Path::new(INFO)).unwrap_or_default();
    names.retain(|(name, _)| {
        let name = name.to_string_lossy();
        // Package names have dots, too: `python3.9` is no file of `python3`.
        let kind = name.strip_prefix(&with).or_else(|| name.strip_prefix(&without));
        kind.is_some_and(|kind| !kind.contains('.'))
    });
    names.into_iter().map(|(name, _)| Path::new(INFO).join(name)).collect()
}

/// Writes the checksums beside a record in `status.d`.
fn sums(old: &Record, chosen: &Chosen<'_>, time: i64, nodes: &mut Nodes<'_>) -> io::Result<()> {
    let Some(file) = &old.file else { return Ok(()) };
    let path = beside(file);
    let real = nodes.real(&path)?;
    match chosen.control.files.get("md5sums") {
        Some(bytes) => nodes.put_bytes(real, bytes, time),
        None => {
            nodes.remove(&real);
            Ok(())
        }
    }
}
