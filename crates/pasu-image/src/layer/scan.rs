//! Reads a layer's archive once: lists it, and hands over what is wanted of it while it passes.

use super::build::Builder;
use super::entry::{LayerEntry, LayerKind};
use super::header::{Forward, Skip, TarItem, TarReader};
use super::limits::{MAX_KEEP, MAX_LOOK, MAX_NAME};
use super::one_file::OneFile;
use super::region::Region;
use super::room::Room;
use super::table::LayerTable;
use crate::digest::{Digest, HashingReader};
use crate::image::Blob;
use pasu_system::{Metadata, System};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

    /// Whether a file that is kept may be stored between runs: it holds no secrets.
    fn may_be_stored(&self, _path: &Path) -> bool {
        false
    }
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
    /// How many bytes may be in memory; shared by all layers of an image.
    pub room: &'a Room,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What one pass over a layer gave.
pub struct Scanned {
    /// The list.
    pub table: Arc<LayerTable>,
    /// Contents that were asked to be kept, by entry.
    pub kept: HashMap<u32, Arc<Vec<u8>>>,
    /// What analyzers found: entry, analyzer, its bytes; in the order of the entries.
    pub found: Vec<(u32, String, Vec<u8>)>,
    /// Digest of the uncompressed archive.
    pub diff_id: Digest,
    /// Bytes of the uncompressed archive.
    pub size: u64,
    /// Where it can be read again, if anywhere: files that were not kept are read from there.
    pub again: Option<Arc<dyn Blob>>,
    /// It passed by in an earlier run and was stored.
    pub recalled: bool,
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
    let reader = Timely { inner: reader, deadline: options.deadline };
    let mut tar = TarReader::new(Forward(HashingReader::new(reader)));
    let mut pass = Pass::default();
    while let Some(item) = tar.next_item()? {
        if let Some(added) = add(&mut pass.list, &item)? {
            pass.content(&mut tar, &item, &added, options)?;
        }
    }
    let (diff_id, size) = tar.into_inner().0.finish()?;
    let (table, kept, found) = pass.finish()?;
    Ok(Scanned { table: Arc::new(table), kept, found, diff_id, size, again: None, recalled: false })
}

/// Lists an uncompressed layer that lies in a file, by its headers alone.
pub fn list(region: &Region, deadline: Option<Instant>) -> io::Result<LayerTable> {
    let mut tar = TarReader::new(region.reader());
    let mut list = Builder::default();
    let mut items = 0_u64;
    while let Some(item) = tar.next_item()? {
        if items.is_multiple_of(64) {
            in_time(deadline)?;
        }
        items += 1;
        add(&mut list, &item)?;
    }
    Ok(list.finish(&[])?.0)
}

/// What is said when the time is up.
pub(crate) const LATE: &str = "the time given with --timeout is up";

fn in_time(deadline: Option<Instant>) -> io::Result<()> {
    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        return Err(io::Error::new(io::ErrorKind::TimedOut, LATE));
    }
    Ok(())
}

/// Stops at the deadline, however much a few compressed bytes unfold to.
pub(crate) struct Timely<R> {
    pub inner: R,
    pub deadline: Option<Instant>,
}

impl<R: Read> Read for Timely<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        in_time(self.deadline)?;
        self.inner.read(buffer)
    }
}

/// What analyzers found: entry, analyzer, its bytes.
type Found = Vec<(u32, String, Vec<u8>)>;
/// Contents by entry.
type Kept = HashMap<u32, Arc<Vec<u8>>>;

/// What is gathered while a layer passes; entries are named by their turns.
#[derive(Default)]
struct Pass {
    list: Builder,
    kept: Kept,
    found: Found,
}

/// An entry that was added to the list.
struct Added {
    turn: u32,
    path: Vec<u8>,
    entry: LayerEntry,
}

impl Pass {
    /// Whether another package database can be kept of this layer.
    fn has_room(&self, size: u64) -> bool {
        let kept: u64 = self.kept.values().map(|bytes| bytes.len() as u64).sum();
        kept.saturating_add(size) <= MAX_KEEP
    }

    /// Reads what is wanted of the content.
    fn content<R: Skip>(
        &mut self,
        tar: &mut TarReader<R>,
        item: &TarItem,
        added: &Added,
        options: ScanOptions<'_>,
    ) -> io::Result<()> {
        let Added { turn, path, entry } = added;
        if entry.kind != LayerKind::File || entry.size == 0 {
            return Ok(());
        }
        let mut head = [0; 4];
        let seen = fill(tar, item, &mut head)?;
        if seen == 4 {
            self.list.set_head(head);
        }
        let path = absolute(path);
        let metadata = entry.metadata();
        let wish = options.gather.wish(&path, &metadata, &head[..seen]);
        let look = wish.look && entry.size <= MAX_LOOK;
        let keep = wish.database && self.has_room(entry.size)
            || wish.keep && entry.size <= MAX_LOOK && options.room.keep(entry.size);
        if !look && !keep {
            return Ok(());
        }
        let _held = options.room.look(entry.size);
        let bytes = Arc::new(whole(tar, item, &head[..seen])?);
        if look {
            let file = OneFile { path: &path, metadata, bytes: Arc::clone(&bytes) };
            let found = options.gather.look(&file, &path, metadata);
            self.found.extend(found.into_iter().map(|(analyzer, found)| (*turn, analyzer, found)));
        }
        if keep {
            let mut bytes = Arc::unwrap_or_clone(bytes);
            bytes.shrink_to_fit();
            self.kept.insert(*turn, Arc::new(bytes));
        }
        Ok(())
    }

    /// The list, and what was gathered by its numbers: of files that a later item of the layer replaced, nothing.
    fn finish(self) -> io::Result<(LayerTable, Kept, Found)> {
        let mut turns: Vec<u32> =
            self.kept.keys().copied().chain(self.found.iter().map(|(turn, ..)| *turn)).collect();
        turns.sort_unstable();
        turns.dedup();
        let (table, numbers) = self.list.finish(&turns)?;
        let number = |turn: u32| numbers.get(turns.binary_search(&turn).ok()?).copied().flatten();
        let kept = self.kept.into_iter().filter_map(|(turn, bytes)| Some((number(turn)?, bytes)));
        let found = self.found.into_iter();
        let mut found: Found =
            found.filter_map(|(turn, by, found)| Some((number(turn)?, by, found))).collect();
        found.sort_by_key(|(number, ..)| *number);
        Ok((table, kept.collect(), found))
    }
}

/// The whole content, of which a beginning was read. What a header promises takes no memory before it is there.
fn whole<R: Skip>(tar: &mut TarReader<R>, item: &TarItem, head: &[u8]) -> io::Result<Vec<u8>> {
    const STEP: usize = 1 << 20;
    // The C library takes blocks of up to 32 MiB from its heap once one of that size was given back, and the heap seldom
    // shrinks; a larger one is always a mapping of its own, of which only what is written takes memory.
    const MAPPED: usize = 33 << 20;
    let size = usize::try_from(item.size).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(if size <= STEP { size } else { MAPPED });
    bytes.extend_from_slice(head);
    while bytes.len() < size {
        let start = bytes.len();
        bytes.resize(start + (size - start).min(STEP), 0);
        if fill(tar, item, &mut bytes[start..])? < bytes.len() - start {
            return Err(super::header::ends_early());
        }
    }
    Ok(bytes)
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
fn add(list: &mut Builder, item: &TarItem) -> io::Result<Option<Added>> {
    let refuse = |list: &mut Builder, why: &str| {
        list.problem(&item.path, why);
        Ok(None)
    };
    let Some(mut path) = normalise(&item.path) else {
        return refuse(list, "the path leads out of the image by `..`");
    };
    if path.len() > MAX_NAME || item.link.len() > MAX_NAME {
        return refuse(list, "a path of more than 4096 bytes");
    }
    let Some(mut kind) = kind_of(item) else { return refuse(list, "an unknown kind of entry") };
    let link = match kind {
        LayerKind::HardLink => match normalise(&item.link) {
            Some(link) => link,
            None => return refuse(list, "a hard link that leads out of the image by `..`"),
        },
        LayerKind::Symlink => item.link.clone(),
        _ => Vec::new(),
    };
    if kind == LayerKind::File && item.sparse {
        list.problem(&item.path, "a sparse file, stored without its holes; it is not read");
        kind = LayerKind::Other;
    }
    if item.kind == Some(EntryType::Char) && item.device == (0, 0) {
        // Engines make the device, and to overlayfs it is a whiteout.
        let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        path.splice(start..start, *b".wh.");
    }
    let entry = LayerEntry {
        implied: false,
        kind,
        mode: item.mode,
        uid: u32::try_from(item.uid).unwrap_or(u32::MAX),
        gid: u32::try_from(item.gid).unwrap_or(u32::MAX),
        size: item.size,
        modified: item.modified,
        offset: item.offset,
        ..LayerEntry::implied(0)
    };
    let turn = list.add(&path, &link, &entry)?;
    for (name, value) in &item.xattrs {
        let wanted = matches!(name.as_str(), "security.capability" | "system.posix_acl_access");
        if wanted && value.len() <= MAX_NAME {
            list.push_xattr(turn, name.clone(), value.clone());
        }
    }
    Ok(Some(Added { turn, path, entry }))
}

fn kind_of(item: &TarItem) -> Option<LayerKind> {
    Some(match item.kind? {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => LayerKind::File,
        EntryType::Link => LayerKind::HardLink,
        EntryType::Symlink => LayerKind::Symlink,
        EntryType::Directory => LayerKind::Directory,
        EntryType::Char | EntryType::Block | EntryType::Fifo => LayerKind::Other,
        _ => return None,
    })
}

/// A path from the root: without `.`, `..` and doubled `/`. An absolute one stays in the root when it climbs; of
/// another, `None` if it leads out.
pub(crate) fn normalise(path: &[u8]) -> Option<Vec<u8>> {
    let is_absolute = path.starts_with(b"/");
    let mut normal = Vec::with_capacity(path.len());
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if normal.is_empty() => {
                if !is_absolute {
                    return None;
                }
            }
            b".." => {
                let end = normal.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                normal.truncate(end);
            }
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
