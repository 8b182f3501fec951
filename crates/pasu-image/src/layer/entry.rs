//! An entry of a layer, as it is asked for, and what many have in common.

use super::record::Fields;
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
    /// Of a folder, the number by which what lies in it is found; 0 if nothing does.
    pub(crate) below: u32,
    /// It is a folder that the layer does not list, but that something lies in.
    pub(crate) implied: bool,
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
    /// A folder that nobody listed.
    pub(crate) fn implied(below: u32) -> Self {
        Self {
            number: 0,
            folder: 0,
            below,
            implied: true,
            kind: LayerKind::Directory,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size: 0,
            modified: 0,
            offset: 0,
            head: None,
        }
    }

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

    /// What it has in common with others.
    pub(super) fn traits(&self) -> Traits {
        let Self { kind, mode, uid, gid, implied, .. } = *self;
        Traits { kind, mode, uid, gid, implied }
    }

    /// What it has for itself.
    pub(super) fn fields(&self, traits: u32) -> Fields {
        let is_folder = self.kind == LayerKind::Directory;
        let size = if is_folder { u64::from(self.below) } else { self.size };
        Fields { traits, size, modified: self.modified, offset: self.offset, head: self.head }
    }

    /// An entry of both.
    pub(super) fn of(number: u32, folder: u32, traits: Traits, fields: &Fields) -> Self {
        let is_folder = traits.kind == LayerKind::Directory;
        Self {
            number,
            folder,
            below: if is_folder { u32::try_from(fields.size).unwrap_or(0) } else { 0 },
            implied: traits.implied,
            kind: traits.kind,
            mode: traits.mode,
            uid: traits.uid,
            gid: traits.gid,
            size: if is_folder { 0 } else { fields.size },
            modified: fields.modified,
            offset: fields.offset,
            head: fields.head,
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
    /// The folder is not listed.
    pub implied: bool,
}
