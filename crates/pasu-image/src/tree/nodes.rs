//! The merged tree, with the history of every path: 36 bytes a path and its place in an index beside the layers' own lists.

use crate::layer::{LayerEntry, LayerKind, LayerTable};
use hashbrown::{DefaultHashBuilder, HashTable};
use pasu_system::{EntryKind, Metadata};
use std::ffi::OsStr;
use std::hash::BuildHasher;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// No node or version.
pub(super) const NONE: u32 = u32::MAX;
/// In [`Version::entry`]: the path was taken away.
pub(super) const REMOVED: u32 = u32::MAX;
/// In [`Version::entry`]: a folder that no layer lists, but that holds something.
pub(super) const IMPLIED: u32 = u32::MAX - 1;

/// One name in a folder.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub parent: u32,
    pub first_child: u32,
    pub next_sibling: u32,
    /// The newest version.
    pub version: u32,
    /// Its name: layer, place in that layer's names, length.
    name_layer: u16,
    name_length: u16,
    name_start: u32,
}

/// What a path was from one layer on.
#[derive(Clone, Copy)]
pub(super) struct Version {
    /// The layer that said so.
    pub layer: u16,
    /// The layer whose list holds the entry: another one for hard links.
    pub source: u16,
    /// Entry in the list of [`Version::source`], [`REMOVED`] or [`IMPLIED`].
    pub entry: u32,
    /// What was there before.
    pub before: Before,
}

/// The version before, and in the highest bit whether the same layer took that away.
#[derive(Clone, Copy)]
pub(super) struct Before(u32);

impl Before {
    /// There was nothing.
    pub const NOTHING: Self = Self(Self::NUMBER);
    const NUMBER: u32 = u32::MAX >> 1;

    fn new(number: u32, anew: bool) -> Self {
        Self(number.min(Self::NUMBER) | u32::from(anew) << 31)
    }

    /// Beyond all versions where there was nothing.
    fn number(self) -> u32 {
        self.0 & Self::NUMBER
    }

    fn anew(self) -> bool {
        self.0 != self.number()
    }
}

/// All paths of an image.
pub(super) struct Nodes {
    pub tables: Vec<Arc<LayerTable>>,
    pub nodes: Vec<Node>,
    pub versions: Vec<Version>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Steps that merging took so far.
    pub steps: u64,
}

pub(super) const ROOT: u32 = 0;

impl Nodes {
    pub fn new() -> Self {
        let root = Node {
            parent: NONE,
            first_child: NONE,
            next_sibling: NONE,
            version: 0,
            name_layer: 0,
            name_length: 0,
            name_start: 0,
        };
        Self {
            tables: Vec::new(),
            nodes: vec![root],
            versions: vec![Version {
                layer: 0,
                source: 0,
                entry: IMPLIED,
                before: Before::NOTHING,
            }],
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            steps: 0,
        }
    }

    /// A node's name.
    pub fn name(&self, node: u32) -> &OsStr {
        let Some(node) = self.nodes.get(node as usize) else { return OsStr::new("") };
        OsStr::from_bytes(self.name_bytes(node))
    }

    fn name_bytes(&self, node: &Node) -> &[u8] {
        let names = self.tables.get(usize::from(node.name_layer)).map(|table| table.names.bytes());
        let start = node.name_start as usize;
        names
            .and_then(|names| names.get(start..start + usize::from(node.name_length)))
            .unwrap_or(&[])
    }

    /// The child of a folder by its name, whether it is there now or was.
    pub fn child(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one((parent, name));
        let is_it = |number: &u32| {
            let node = &self.nodes[*number as usize];
            node.parent == parent && self.name_bytes(node) == name
        };
        self.index.find(hash, is_it).copied()
    }

    /// The child of a folder, made if need be. The name lies in a layer's names, from `start` on.
    pub fn child_or_new(&mut self, parent: u32, layer: u16, start: u32, name: &[u8]) -> u32 {
        if let Some(found) = self.child(parent, name) {
            return found;
        }
        let number = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        let first_child = &mut self.nodes[parent as usize].first_child;
        let next_sibling = std::mem::replace(first_child, number);
        self.nodes.push(Node {
            parent,
            first_child: NONE,
            next_sibling,
            version: NONE,
            name_layer: layer,
            name_length: u16::try_from(name.len()).unwrap_or(0),
            name_start: start,
        });
        let hash = self.hasher.hash_one((parent, name));
        let (nodes, tables, hasher) = (&self.nodes, &self.tables, &self.hasher);
        self.index.insert_unique(hash, number, |number| {
            let node = &nodes[*number as usize];
            let names = tables[usize::from(node.name_layer)].names.bytes();
            let start = node.name_start as usize;
            let name = &names[start..start + usize::from(node.name_length)];
            hasher.hash_one((node.parent, name))
        });
        number
    }

    /// Says what a path is from a layer on; within one layer the last word counts.
    pub fn set(&mut self, node: u32, version: Version) {
        let newest = self.nodes[node as usize].version;
        if let Some(old) = self.versions.get_mut(newest as usize)
            && old.layer == version.layer
            && node != ROOT
        {
            let anew = old.before.anew() || old.entry == REMOVED;
            *old = Version { before: Before::new(old.before.number(), anew), ..version };
            return;
        }
        let number = u32::try_from(self.versions.len()).unwrap_or(NONE);
        self.versions.push(Version { before: Before::new(newest, false), ..version });
        self.nodes[node as usize].version = number;
    }

    /// What a path is when a layer is the last; `None` where it is not there.
    pub fn at(&self, node: u32, layer: u16) -> Option<Version> {
        let version = self.version_at(node, layer)?;
        (version.entry != REMOVED).then_some(version)
    }

    fn version_at(&self, node: u32, layer: u16) -> Option<Version> {
        let mut number = self.nodes.get(node as usize)?.version;
        loop {
            let version = *self.versions.get(number as usize)?;
            if version.layer <= layer {
                return Some(version);
            }
            number = version.before.number();
        }
    }

    /// The layers that wrote a path as it is at a layer, lowest first, since it was last created.
    pub fn writes(&self, node: u32, layer: u16) -> Vec<usize> {
        let mut found = Vec::new();
        let mut number = self.nodes.get(node as usize).map_or(NONE, |node| node.version);
        while let Some(version) = self.versions.get(number as usize) {
            if version.layer <= layer {
                if version.entry == REMOVED || self.is_directory(*version) {
                    break;
                }
                found.push(usize::from(version.layer));
                if version.before.anew() {
                    break;
                }
            }
            number = version.before.number();
        }
        found.reverse();
        found
    }

    /// The entry behind a version; `None` for folders that are only implied.
    pub fn entry(&self, version: Version) -> Option<LayerEntry> {
        self.tables.get(usize::from(version.source))?.entry(version.entry)
    }

    /// What the entry behind a version is.
    fn kind(&self, version: Version) -> Option<LayerKind> {
        self.tables.get(usize::from(version.source))?.kind(version.entry)
    }

    /// Where a version leads, if it is a symbolic link.
    pub fn link(&self, version: Version) -> Option<&Path> {
        if self.kind(version)? != LayerKind::Symlink {
            return None;
        }
        let table = self.tables.get(usize::from(version.source))?;
        Some(table.link(&table.entry(version.entry)?))
    }

    /// Whether a version is a folder.
    pub fn is_directory(&self, version: Version) -> bool {
        version.entry == IMPLIED || self.kind(version) == Some(LayerKind::Directory)
    }

    /// The attributes of a version of a node.
    pub fn metadata(&self, node: u32, version: Version) -> Metadata {
        let entry = self.entry(version);
        let mut metadata = entry.as_ref().map_or(
            Metadata {
                kind: EntryKind::Directory,
                size: 0,
                mode: 0o755,
                uid: 0,
                gid: 0,
                device: 0,
                inode: 0,
                links: 1,
                modified: 0,
            },
            LayerEntry::metadata,
        );
        if let Some(link) = self.link(version) {
            metadata.size = link.as_os_str().as_bytes().len() as u64;
        }
        // One inode a content: hard links share it.
        metadata.inode = match version.entry {
            IMPLIED => u64::from(node) | 1 << 63,
            entry => u64::from(version.source) << 32 | u64::from(entry),
        };
        metadata
    }

    /// The children of a folder that are there at a layer.
    pub fn children(&self, parent: u32, layer: u16) -> impl Iterator<Item = (u32, Version)> + '_ {
        let mut next = self.nodes.get(parent as usize).map_or(NONE, |node| node.first_child);
        std::iter::from_fn(move || {
            while let Some(node) = self.nodes.get(next as usize) {
                let number = next;
                next = node.next_sibling;
                if let Some(version) = self.at(number, layer) {
                    return Some((number, version));
                }
            }
            None
        })
    }
}
