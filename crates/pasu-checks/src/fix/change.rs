//! What becomes of one path, complete enough to be carried out and to be judged.

use crate::host::{FileFacts, FileKind};
use pasu_system::transaction::{Change, Seen};
use pasu_system::{Acl, EntryKind, Layer, Metadata, Wanted, Wish};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// How a path changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A file is made, or its bytes change, perhaps its attributes too.
    Content,
    /// Only attributes change.
    Attributes,
    /// A directory is made.
    Directory,
    /// A symbolic link is made, or leads elsewhere.
    Link,
    /// What is there goes.
    Remove,
}

/// A path with what is there and what would be.
#[derive(Debug, Clone)]
pub struct PathChange {
    /// Absolute path inside the target, without symbolic links but perhaps its own.
    pub path: String,
    /// How it changes.
    pub kind: ChangeKind,
    /// Slugs of the items that want it.
    pub items: Vec<String>,
    /// What is there; `None` for nothing.
    pub before: Option<FileFacts>,
    /// The bytes that were judged, of a file that was read.
    pub old: Option<Arc<[u8]>>,
    /// Where a link that is there leads.
    pub old_target: Option<String>,
    /// What would be there; of a removal it means nothing.
    pub new: NewState,
}

/// What a path would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewState {
    /// New bytes, where they change.
    pub content: Option<Arc<[u8]>>,
    /// Where a link leads.
    pub target: Option<String>,
    /// Bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Whether the access list goes.
    pub drop_acl: bool,
}

impl PathChange {
    /// As a step of a transaction, which refuses it where the path is no longer as it was judged.
    #[must_use]
    pub fn step(&self) -> Change {
        Change { path: PathBuf::from(&self.path), seen: self.seen(), wanted: self.wanted() }
    }

    fn seen(&self) -> Seen {
        let Some(facts) = &self.before else { return Seen::Absent };
        let (mode, uid, gid) = (facts.mode, facts.uid, facts.gid);
        match facts.kind {
            FileKind::File => {
                // A file that nobody edits may grow while its mode is changed: a log.
                let judged = self.old.as_deref().filter(|_| self.kind != ChangeKind::Attributes);
                Seen::File { sha256: judged.map(sha256), mode, uid, gid }
            }
            FileKind::Directory => Seen::Directory { mode, uid, gid },
            FileKind::Symlink => {
                Seen::Symlink { target: self.old_target.clone().unwrap_or_default().into() }
            }
            FileKind::Other => Seen::Other { mode, uid, gid },
        }
    }

    fn wanted(&self) -> Wanted {
        let new = &self.new;
        let wish =
            Wish { mode: Some(new.mode), owner: Some((new.uid, new.gid)), drop_acl: new.drop_acl };
        match self.kind {
            ChangeKind::Remove => Wanted::Absent,
            ChangeKind::Content => Wanted::File { content: new.content.clone(), attributes: wish },
            ChangeKind::Attributes => Wanted::Attributes(wish),
            ChangeKind::Directory => Wanted::Directory(wish),
            ChangeKind::Link => Wanted::Symlink(new.target.clone().unwrap_or_default().into()),
        }
    }

    /// As what covers the path, for judging.
    pub(crate) fn layer(&self, acl: Option<Acl>) -> Layer {
        let kind = match (self.kind, self.before.as_ref().map(|facts| facts.kind)) {
            (ChangeKind::Link, _) => EntryKind::Symlink,
            (ChangeKind::Directory, _) | (_, Some(FileKind::Directory)) => EntryKind::Directory,
            (_, Some(FileKind::Other)) => EntryKind::Other,
            _ => EntryKind::File,
        };
        let size = self.new.content.as_ref().map(|content| content.len() as u64);
        let metadata = Metadata {
            kind,
            size: size.or(self.before.as_ref().map(|facts| facts.size)).unwrap_or(0),
            mode: self.new.mode,
            uid: self.new.uid,
            gid: self.new.gid,
            device: 0,
            inode: 0,
            links: self.before.as_ref().map_or(1, |facts| facts.links),
            modified: self.before.as_ref().map_or(0, |facts| facts.modified),
        };
        let acl = acl.filter(|_| !self.new.drop_acl);
        match self.kind {
            ChangeKind::Remove => Layer::Absent,
            ChangeKind::Content => {
                Layer::File(self.new.content.clone().unwrap_or_default(), metadata, acl)
            }
            ChangeKind::Attributes => Layer::Attributes(metadata, acl),
            ChangeKind::Directory => Layer::Directory(metadata),
            ChangeKind::Link => {
                Layer::Symlink(self.new.target.clone().unwrap_or_default().into(), metadata)
            }
        }
    }
}

/// In hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
