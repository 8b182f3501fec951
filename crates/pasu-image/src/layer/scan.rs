//! Reads a layer's archive once: lists it, and hands over what is wanted of it while it passes.

use super::header::{Forward, Skip, TarItem, TarReader};
use super::limits::{MAX_ENTRIES, MAX_KEEP, MAX_LOOK, MAX_NAME};
use super::one_file::OneFile;
use super::region::Region;
use super::table::{LayerEntry, LayerKind, LayerTable};
use crate::digest::{Digest, HashingReader};
use crate::image::Blob;
use pasu_system::{Metadata, System};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tar::EntryType;

/// What is wanted of a file in a layer that passes by and cannot be gone back to cheaply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    /// Its content is wanted again later: records that are read by their path.
    pub keep: bool,
    /// It is wanted whatever its size: a package database.
    pub database: bool,
    /// It can be looked at alone, at once.
    pub look: bool,
}

/// Says what is wanted of layers.
pub trait Gather: Sync {
    /// What is wanted of a regular file, by its absolute path, its attributes and its first bytes (four, or all).
    fn wish(&self, path: &Path, metadata: &Metadata, head: &[u8]) -> Wish;

    /// Looks at a file alone, `system` holding nothing else: what each analyzer found, in bytes of its own.
    fn look(&self, system: &dyn System, path: &Path, metadata: Metadata) -> Vec<(String, Vec<u8>)>;
}

/// Wants nothing.
pub struct NoGather;

impl Gather for NoGather {
    fn wish(&self, _path: &Path, _metadata: &Metadata, _head: &[u8]) -> Wish {
        Wish::default()
    }

    fn look(
        &self,
        _system: &dyn System,
        _path: &Path,
        _metadata: Metadata,
    ) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }
}

/// How a layer is read.
#[derive(Clone, Copy)]
pub struct ScanOptions<'a> {
    /// What is wanted.
    pub gather: &'a dyn Gather,
    /// How many bytes may still be kept; shared by all layers of an image.
    pub room: &'a AtomicU64,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What one pass over a layer gave.
pub struct Scanned {
    /// The list.
    pub table: Arc<LayerTable>,
    /// Contents that were asked to be kept, by entry.
    pub kept: HashMap<u32, Arc<[u8]>>,
    /// What analyzers found: entry, analyzer, its bytes; in the order of the entries.
    pub found: Vec<(u32, String, Vec<u8>)>,
    /// Digest of the uncompressed archive.
    pub diff_id: Digest,
    /// Bytes of the uncompressed archive.
    pub size: u64,
    /// Where it can be read again, if anywhere: files that were not kept are read from there.
    pub again: Option<Arc<dyn Blob>>,
}

impl Scanned {
    /// What an analyzer found in the file that an entry is.
    #[must_use]
    pub fn found(&self, entry: u32, analyzer: &str) -> Option<&[u8]> {
        let start = self.found.partition_point(|(number, ..)| *number < entry);
        let of_entry = self.found[start..].iter().take_while(|(number, ..)| *number == entry);
        of_entry
            .into_iter()
            .find(|(_, name, _)| name == analyzer)
            .map(|(.., found)| found.as_slice())
    }
}

/// Reads an uncompressed layer to its end.
pub fn scan(reader: impl Read, options: ScanOptions<'_>) -> io::Result<Scanned> {
    let mut tar = TarReader::new(Forward(HashingReader::new(reader)));
    let mut pass = Pass { table: LayerTable::default(), kept: HashMap::new(), found: Vec::new() };
    while let Some(item) = tar.next_item()? {
        check(options.deadline, pass.table.entries().len())?;
        if let Some(number) = add(&mut pass.table, &item)? {
            pass.content(&mut tar, &item, number, options)?;
        }
    }
    pass.table.shrink();
    let (diff_id, size) = tar.into_inner().0.finish()?;
    let table = Arc::new(pass.table);
    Ok(Scanned { table, kept: pass.kept, found: pass.found, diff_id, size, again: None })
}

/// Lists an uncompressed layer that lies in a file, by its headers alone.
pub fn list(region: &Region, deadline: Option<Instant>) -> io::Result<LayerTable> {
    let mut tar = TarReader::new(region.reader());
    let mut table = LayerTable::default();
    while let Some(item) = tar.next_item()? {
        check(deadline, table.entries().len())?;
        add(&mut table, &item)?;
    }
    table.shrink();
    Ok(table)
}

fn check(deadline: Option<Instant>, entries: usize) -> io::Result<()> {
    if entries > MAX_ENTRIES {
        let message = format!("more than {MAX_ENTRIES} entries in one layer");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    if entries.is_multiple_of(64) && deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "the time given with --timeout is up"));
    }
    Ok(())
}

struct Pass {
    table: LayerTable,
    kept: HashMap<u32, Arc<[u8]>>,
    found: Vec<(u32, String, Vec<u8>)>,
}

impl Pass {
    /// Reads what is wanted of the content.
    fn content<R: Skip>(
        &mut self,
        tar: &mut TarReader<R>,
        item: &TarItem,
        number: u32,
        options: ScanOptions<'_>,
    ) -> io::Result<()> {
        let Some(entry) = self.table.entries().last().copied() else { return Ok(()) };
        if entry.kind != LayerKind::File || entry.size == 0 {
            return Ok(());
        }
        let mut head = [0; 4];
        let seen = fill(tar, item, &mut head)?;
        if seen == 4 {
            self.table.set_head(head);
        }
        let path = absolute(self.table.path(&entry));
        let metadata = entry.metadata();
        let wish = options.gather.wish(&path, &metadata, &head[..seen]);
        let look = wish.look && entry.size <= MAX_LOOK;
        let keep = wish.database && entry.size <= MAX_KEEP
            || wish.keep && entry.size <= MAX_LOOK && take_room(options.room, entry.size);
        if !look && !keep {
            return Ok(());
        }
        let mut bytes = vec![0; usize::try_from(entry.size).unwrap_or(usize::MAX)];
        bytes[..seen].copy_from_slice(&head[..seen]);
        if fill(tar, item, &mut bytes[seen..])? + seen < bytes.len() {
            return Err(super::header::ends_early());
        }
        let bytes: Arc<[u8]> = bytes.into();
        if look {
            let file = OneFile { path: &path, metadata, bytes: Arc::clone(&bytes) };
            let found = options.gather.look(&file, &path, metadata);
            self.found.extend(found.into_iter().map(|(analyzer, found)| (number, analyzer, found)));
        }
        if keep {
            self.kept.insert(number, bytes);
        }
        Ok(())
    }
}

/// Takes room for some bytes if there is enough.
fn take_room(room: &AtomicU64, bytes: u64) -> bool {
    room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
}

fn fill<R: Skip>(tar: &mut TarReader<R>, item: &TarItem, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match tar.read_content(item, &mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

pub(crate) fn absolute(path: &[u8]) -> PathBuf {
    let mut absolute = PathBuf::from("/");
    absolute.push(OsStr::from_bytes(path));
    absolute
}

/// Adds an item to the list; `None` where it is nothing that can be in an image.
fn add(table: &mut LayerTable, item: &TarItem) -> io::Result<Option<u32>> {
    let refuse = |table: &mut LayerTable, why: &str| {
        if table.problems.len() < 100 {
            let shown = String::from_utf8_lossy(&item.path).chars().take(200).collect();
            table.problems.push((shown, why.to_owned()));
        }
        Ok(None)
    };
    let Some(path) = normalise(&item.path) else {
        return refuse(table, "the path leads out of the image by `..`");
    };
    if path.len() > MAX_NAME || item.link.len() > MAX_NAME {
        return refuse(table, "a path of more than 4096 bytes");
    }
    let Some(kind) = kind_of(item) else { return refuse(table, "an unknown kind of entry") };
    let link = match kind {
        LayerKind::HardLink => match normalise(&item.link) {
            Some(link) => link,
            None => return refuse(table, "a hard link that leads out of the image by `..`"),
        },
        LayerKind::Symlink => item.link.clone(),
        _ => Vec::new(),
    };
    let number = u32::try_from(table.entries().len()).unwrap_or(u32::MAX);
    let (Some(path), Some(link)) = (table.name(&path), table.name(&link)) else {
        let message = "more than 4 GiB of names in one layer";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    };
    table.push(LayerEntry {
        path,
        link,
        kind,
        mode: item.mode,
        uid: u32::try_from(item.uid).unwrap_or(u32::MAX),
        gid: u32::try_from(item.gid).unwrap_or(u32::MAX),
        size: item.size,
        modified: item.modified,
        offset: item.offset,
        head: None,
    });
    for (name, value) in &item.xattrs {
        if matches!(name.as_str(), "security.capability" | "system.posix_acl_access") {
            table.push_xattr(number, name.clone(), value.clone());
        }
    }
    Ok(Some(number))
}

fn kind_of(item: &TarItem) -> Option<LayerKind> {
    Some(match item.kind? {
        EntryType::Regular if item.path.ends_with(b"/") => LayerKind::Directory,
        EntryType::Regular | EntryType::Continuous => LayerKind::File,
        EntryType::Link => LayerKind::HardLink,
        EntryType::Symlink => LayerKind::Symlink,
        EntryType::Directory => LayerKind::Directory,
        EntryType::Char | EntryType::Block | EntryType::Fifo => LayerKind::Other,
        _ => return None,
    })
}

/// A path without leading `/`, `.` and doubled `/`; `None` with a `..`.
pub(crate) fn normalise(path: &[u8]) -> Option<Vec<u8>> {
    let mut normal = Vec::with_capacity(path.len());
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return None,
            part => {
                if !normal.is_empty() {
                    normal.push(b'/');
                }
                normal.extend_from_slice(part);
            }
        }
    }
    Some(normal)
}
