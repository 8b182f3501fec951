//! The list of a layer's entries, compact: an image can have hundreds of thousands.

use super::limits::{MAX_ENTRIES, MAX_NAMES, MAX_PROBLEMS};
use pasu_system::{EntryKind, Metadata};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What an entry of a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LayerKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of a file, by its path in the image.
    HardLink,
    /// FIFO or device.
    Other,
}

/// One entry of a layer.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct LayerEntry {
    pub(crate) path: Span,
    pub(crate) link: Span,
    /// Kind.
    pub kind: LayerKind,
    /// Permission bits, `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of content.
    pub size: u64,
    /// Last change, seconds since 1970.
    pub modified: i64,
    /// Where the content begins in the layer's uncompressed tar, in bytes.
    pub offset: u64,
    /// The first bytes of the content, where they were seen.
    pub head: Option<[u8; 4]>,
}

/// A part of [`LayerTable::names`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    start: u32,
    length: u16,
}

impl Span {
    pub(crate) fn start(self) -> u32 {
        self.start
    }

    /// The parts of a path whose bytes these are, from the last to the first.
    pub(crate) fn parts_backwards(self, bytes: &[u8]) -> impl Iterator<Item = Self> + '_ {
        let mut end = bytes.len();
        bytes.rsplit(|byte| *byte == b'/').filter_map(move |part| {
            let start = end - part.len();
            end = start.saturating_sub(1);
            let start = self.start + u32::try_from(start).ok()?;
            let length = u16::try_from(part.len()).ok()?;
            (length > 0 && part != b".").then_some(Self { start, length })
        })
    }

    /// The path without its last part.
    pub(crate) fn parent(self, bytes: &[u8]) -> Self {
        let slash = bytes.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        Self { start: self.start, length: u16::try_from(slash).unwrap_or(0) }
    }
}

impl LayerEntry {
    /// The attributes as a target has them; a hard link's are those of its file, which is known after merging.
    #[must_use]
    pub fn metadata(&self) -> Metadata {
        Metadata {
            kind: match self.kind {
                LayerKind::File | LayerKind::HardLink => EntryKind::File,
                LayerKind::Directory => EntryKind::Directory,
                LayerKind::Symlink => EntryKind::Symlink,
                LayerKind::Other => EntryKind::Other,
            },
            size: self.size,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            device: 0,
            inode: 0,
            links: 1,
            modified: self.modified,
        }
    }
}

/// Everything that is known of one layer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LayerTable {
    names: Vec<u8>,
    entries: Vec<LayerEntry>,
    /// Extended attributes that matter: POSIX lists, file capabilities; by entry.
    xattrs: Vec<(u32, String, Vec<u8>)>,
    /// What could not be read in the layer: the path as written and why.
    pub problems: Vec<(String, String)>,
}

impl LayerTable {
    /// The entries, in the order of the archive.
    #[must_use]
    pub fn entries(&self) -> &[LayerEntry] {
        &self.entries
    }

    /// An entry's path: relative, without `.` and `..`, empty for the root. Bytes as written.
    #[must_use]
    pub fn path(&self, entry: &LayerEntry) -> &[u8] {
        self.bytes(entry.path)
    }

    /// Where a link leads: as written for a symbolic one, normalised like a path for a hard one.
    #[must_use]
    pub fn link(&self, entry: &LayerEntry) -> &Path {
        Path::new(OsStr::from_bytes(self.bytes(entry.link)))
    }

    /// An extended attribute of an entry.
    #[must_use]
    pub fn xattr(&self, entry: u32, name: &str) -> Option<&[u8]> {
        let start = self.xattrs.partition_point(|(number, ..)| *number < entry);
        let of_entry = self.xattrs[start..].iter().take_while(|(number, ..)| *number == entry);
        of_entry.into_iter().find(|(_, key, _)| key == name).map(|(.., value)| value.as_slice())
    }

    pub(crate) fn xattrs(&self) -> &[(u32, String, Vec<u8>)] {
        &self.xattrs
    }

    /// A list that was stored; `None` if it cannot have been one.
    pub(crate) fn from_parts(
        names: Vec<u8>,
        entries: Vec<LayerEntry>,
        xattrs: Vec<(u32, String, Vec<u8>)>,
        problems: Vec<(String, String)>,
    ) -> Option<Self> {
        let is_inside = |span: Span| span.start as usize + usize::from(span.length) <= names.len();
        let whole = entries.iter().all(|entry| is_inside(entry.path) && is_inside(entry.link));
        whole.then_some(Self { names, entries, xattrs, problems })
    }

    pub(crate) fn names(&self) -> &[u8] {
        &self.names
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.names.get(start..start + usize::from(span.length)).unwrap_or_default()
    }

    /// Bytes that names and attributes take.
    pub(crate) fn weight(&self) -> usize {
        self.names.len()
            + self.xattrs.iter().map(|(_, name, value)| name.len() + value.len()).sum::<usize>()
    }

    /// Notes what was not seen, until there is too much of it.
    pub(crate) fn problem(&mut self, path: &[u8], why: &str) {
        match self.problems.len() {
            0..MAX_PROBLEMS => {
                let shown = String::from_utf8_lossy(path).chars().take(200).collect();
                self.problems.push((shown, why.to_owned()));
            }
            MAX_PROBLEMS => {
                self.problems
                    .push((String::new(), "further entries that are not taken over".to_owned()));
            }
            _ => {}
        }
    }

    /// Adds an entry with its path and link; its number.
    ///
    /// # Errors
    ///
    /// There are too many, or too much of their names.
    pub(crate) fn add(&mut self, path: &[u8], link: &[u8], entry: LayerEntry) -> io::Result<u32> {
        let refuse = |message: String| Err(io::Error::new(io::ErrorKind::InvalidData, message));
        if self.entries.len() >= MAX_ENTRIES {
            return refuse(format!("more than {MAX_ENTRIES} entries in one layer"));
        }
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        match (self.name(path), self.name(link)) {
            (Some(path), Some(link)) => self.entries.push(LayerEntry { path, link, ..entry }),
            _ => return refuse(format!("more than {MAX_NAMES} bytes of names in one layer")),
        }
        Ok(number)
    }

    pub(crate) fn push(&mut self, entry: LayerEntry) {
        self.entries.push(entry);
    }

    /// Stores a name; `None` if there is no room for it.
    pub(crate) fn name(&mut self, name: &[u8]) -> Option<Span> {
        let span = Span {
            start: u32::try_from(self.names.len()).ok()?,
            length: u16::try_from(name.len()).ok()?,
        };
        self.names.extend_from_slice(name);
        (self.names.len() <= MAX_NAMES).then_some(span)
    }

    pub(crate) fn push_xattr(&mut self, entry: u32, name: String, value: Vec<u8>) {
        self.xattrs.push((entry, name, value));
    }

    pub(crate) fn set_head(&mut self, head: [u8; 4]) {
        if let Some(entry) = self.entries.last_mut() {
            entry.head = Some(head);
        }
    }

    /// Puts the entries in another order, and gives them their attributes, which go by the old numbers in order.
    pub(crate) fn reorder(&mut self, order: &[u32], attributes: &[(u32, String, Vec<u8>)]) {
        let old = &self.entries;
        let mut xattrs = Vec::with_capacity(attributes.len());
        for (new, number) in (0_u32..).zip(order) {
            let start = attributes.partition_point(|(other, ..)| other < number);
            let of_entry = attributes[start..].iter().take_while(|(other, ..)| other == number);
            xattrs.extend(of_entry.map(|(_, name, value)| (new, name.clone(), value.clone())));
        }
        self.entries =
            order.iter().filter_map(|number| old.get(*number as usize).copied()).collect();
        self.xattrs = xattrs;
    }

    /// Gives back what growing took too much.
    pub(crate) fn shrink(&mut self) {
        self.names.shrink_to_fit();
        self.entries.shrink_to_fit();
    }
}
