//! An entry of a layer, as it is asked for and as it is kept.

use super::names::Span;
use pasu_system::{EntryKind, Metadata};
use serde::{Deserialize, Serialize};

/// What an entry of a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy)]
pub struct LayerEntry {
    /// Its number in the list.
    pub(crate) number: u32,
    /// The folder it lies in.
    pub(crate) folder: u32,
    /// Its name in there; empty for the root.
    pub(crate) name: Span,
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

/// What many entries have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Traits {
    pub kind: LayerKind,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// A size, time and offset that do not fit into [`Packed`].
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Wide {
    pub size: u64,
    pub modified: i64,
    pub offset: u64,
}

/// In [`Packed::size`]: the entry has a [`Wide`].
pub(super) const WIDE: u32 = u32::MAX;
/// In [`Packed::traits`]: the first bytes were seen.
const SEEN: u32 = 1 << 31;
/// Contents begin at multiples of this in an archive, in bytes.
const BLOCK: u64 = 512;

/// An entry as it is kept, in 28 bytes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Packed {
    pub folder: u32,
    /// Where its name begins.
    pub name: u32,
    traits: u32,
    pub size: u32,
    modified: u32,
    /// In blocks.
    offset: u32,
    head: [u8; 4],
}

impl Packed {
    /// Packs an entry; with what does not fit, if anything.
    pub fn new(folder: u32, name: u32, traits: u32, entry: &LayerEntry) -> (Self, Option<Wide>) {
        let size = u32::try_from(entry.size).ok().filter(|size| *size != WIDE);
        let blocks = u32::try_from(entry.offset / BLOCK).ok();
        let offset = blocks.filter(|_| entry.offset.is_multiple_of(BLOCK));
        let parts = size.zip(u32::try_from(entry.modified).ok()).zip(offset);
        let ((size, modified), offset) = parts.unwrap_or(((WIDE, 0), 0));
        let mut packed = Self { folder, name, traits, size, modified, offset, head: [0; 4] };
        if let Some(head) = entry.head {
            packed.set_head(head);
        }
        let (size, modified, offset) = (entry.size, entry.modified, entry.offset);
        (packed, parts.is_none().then_some(Wide { size, modified, offset }))
    }

    pub fn set_head(&mut self, head: [u8; 4]) {
        self.head = head;
        self.traits |= SEEN;
    }

    /// The number of its traits.
    pub fn traits(&self) -> usize {
        (self.traits & !SEEN) as usize
    }

    pub fn head(&self) -> Option<[u8; 4]> {
        (self.traits & SEEN != 0).then_some(self.head)
    }

    /// What fits into it.
    pub fn narrow(&self) -> Wide {
        Wide {
            size: u64::from(self.size),
            modified: i64::from(self.modified),
            offset: u64::from(self.offset) * BLOCK,
        }
    }
}
