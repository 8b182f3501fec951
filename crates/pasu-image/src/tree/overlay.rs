//! The merged tree. Layers lie over each other as folders of overlayfs do: only folders are merged, and what is in them is
//! looked for in the layers' own lists, from the newest to the oldest. So a path takes no memory here, but a folder does.

use crate::layer::{LayerEntry, LayerKind, LayerTable, TOP, WHITEOUT};
use hashbrown::{DefaultHashBuilder, HashTable};
use pasu_system::Metadata;
use std::ffi::OsStr;
use std::hash::BuildHasher;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// No folder, mark or entry.
pub(super) const NONE: u32 = u32::MAX;
/// The folder that all lie in.
pub(super) const ROOT: u32 = 0;
/// What aufs keeps for itself in the root is no part of the image.
const OF_AUFS: [&[u8]; 3] = [b".wh..wh.plnk", b".wh..wh.orph", b".wh..wh.aufs"];

/// A path that is, or was in some layer, a folder in which something lies.
#[derive(Clone, Copy)]
struct Folder {
    parent: u32,
    /// What the newest layer that has something to say of it says.
    newest: u32,
    /// Its name is that of a folder of this layer.
    layer: u16,
    named: u32,
}

/// What a layer says of a folder.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub layer: u16,
    pub what: What,
    /// What lower layers have at the path is not seen from here on.
    pub cut: bool,
    /// What lower layers have in the folder is not, but it is the same folder.
    pub opaque: bool,
    /// The mark below.
    before: u32,
}

/// What a folder's path is in a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A folder: by what number its entries are found in the layer's list, and its own entry's; [`NONE`] where the layer has
    /// none, or does not list it.
    Folder { below: u32, entry: u32 },
    /// Something else: an entry of the list of another layer, if it is a hard link.
    Other { source: u16, entry: u32 },
    /// Taken away.
    Gone,
}

/// A folder as it is seen from a layer: lower layers than `floor` say nothing of what is in it.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// [`NONE`] where nothing lies in it in any layer.
    folder: u32,
    floor: u16,
}

impl Seen {
    /// A folder with all that any layer has in it.
    pub fn whole(folder: u32) -> Self {
        Self { folder, floor: 0 }
    }
}

/// What is at a path.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The layer that said so.
    pub layer: u16,
    /// The layer whose list holds the entry: another one for hard links.
    pub source: u16,
    /// The number there; [`NONE`] for folders that no layer lists.
    pub entry: u32,
    /// The folder, if it is one.
    pub folder: Option<Seen>,
}

impl Place {
    pub fn is_directory(&self) -> bool {
        self.folder.is_some()
    }
}

/// All layers of an image, one over the other.
pub(super) struct Overlay {
    pub tables: Vec<Arc<LayerTable>>,
    /// Of each layer, by its hard links: the layer and the number of the entry that each is. Those that lead nowhere are
    /// not there.
    pub links: Vec<Vec<(u32, u16, u32)>>,
    folders: Vec<Folder>,
    marks: Vec<Mark>,
    /// Folders by their parent and name.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Overlay {
    pub fn new() -> Self {
        let root = Folder { parent: NONE, newest: NONE, layer: 0, named: TOP };
        Self {
            tables: Vec::new(),
            links: Vec::new(),
            folders: vec![root],
            marks: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    fn name(&self, folder: u32) -> &[u8] {
        let table = |folder: &Folder| {
            self.tables.get(usize::from(folder.layer)).map(|table| table.names.name(folder.named))
        };
        self.folders.get(folder as usize).and_then(table).unwrap_or_default()
    }

    /// A folder in a folder by its name, in whatever layer it is one.
    pub fn child(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one((parent, name));
        let is_it = |number: &u32| {
            self.folders.get(*number as usize).is_some_and(|folder| folder.parent == parent)
                && self.name(*number) == name
        };
        self.index.find(hash, is_it).copied()
    }

    /// Adds a folder that is not there yet, by the number that it has in a layer's list.
    pub fn add_folder(&mut self, parent: u32, layer: u16, named: u32) -> u32 {
        let number = u32::try_from(self.folders.len()).unwrap_or(NONE);
        self.folders.push(Folder { parent, newest: NONE, layer, named });
        let hash = self.hasher.hash_one((parent, self.name(number)));
        let (folders, tables, hasher) = (&self.folders, &self.tables, &self.hasher);
        self.index.insert_unique(hash, number, |number| {
            let folder = &folders[*number as usize];
            let name = tables[usize::from(folder.layer)].names.name(folder.named);
            hasher.hash_one((folder.parent, name))
        });
        number
    }

    /// Says what a folder's path is in a layer. The layer's last word counts, but what it took from lower ones stays taken.
    pub fn mark(&mut self, folder: u32, layer: u16, what: What, cut: bool) {
        let before = self.folders[folder as usize].newest;
        if let Some(mark) = self.marks.get_mut(before as usize)
            && mark.layer == layer
        {
            let is_gone = what == What::Gone;
            mark.cut |= cut || is_gone || mark.what == What::Gone;
            if !is_gone {
                mark.what = what;
            }
            return;
        }
        let number = u32::try_from(self.marks.len()).unwrap_or(NONE);
        let cut = cut || what == What::Gone;
        self.marks.push(Mark { layer, what, cut, opaque: false, before });
        self.folders[folder as usize].newest = number;
    }

    /// Says that a layer hides what lower ones have in a folder of which it has something to say.
    pub fn mark_opaque(&mut self, folder: u32) {
        let newest = self.folders[folder as usize].newest;
        if let Some(mark) = self.marks.get_mut(newest as usize) {
            mark.opaque = true;
        }
    }

    /// What the layers up to one say of a folder, from the newest on.
    pub fn marks(&self, folder: u32, layer: u16) -> impl Iterator<Item = Mark> + '_ {
        let mut next = self.folders.get(folder as usize).map_or(NONE, |folder| folder.newest);
        let all = std::iter::from_fn(move || {
            let mark = *self.marks.get(next as usize)?;
            next = mark.before;
            Some(mark)
        });
        all.skip_while(move |mark| mark.layer > layer)
    }

    /// The layers that list something in a folder, from the newest on, and by what number.
    pub fn lists(&self, seen: Seen, layer: u16) -> impl Iterator<Item = (u16, u32)> + '_ {
        let marks = self.marks(seen.folder, layer).take_while(move |mark| mark.layer >= seen.floor);
        marks.filter_map(|mark| match mark.what {
            What::Folder { below, .. } if below != NONE => Some((mark.layer, below)),
            _ => None,
        })
    }

    fn table(&self, layer: u16) -> Option<&LayerTable> {
        self.tables.get(usize::from(layer)).map(AsRef::as_ref)
    }

    /// The root as it is seen from a layer.
    pub fn root(&self, layer: u16) -> Place {
        self.folder(ROOT, 0, layer)
    }

    /// A folder as it is seen from a layer, of which the newest mark says that it is one.
    fn folder(&self, folder: u32, floor: u16, layer: u16) -> Place {
        let mut place = Place { layer, source: layer, entry: NONE, folder: None };
        let mut low = floor;
        let marks = self.marks(folder, layer).take_while(|mark| mark.layer >= floor);
        for (number, mark) in marks.enumerate() {
            let What::Folder { entry, .. } = mark.what else {
                low = low.max(mark.layer.saturating_add(1));
                break;
            };
            if mark.opaque {
                low = low.max(mark.layer);
            }
            if number == 0 || place.entry == NONE && entry != NONE {
                place = Place { layer: mark.layer, source: mark.layer, entry, folder: None };
            }
            if mark.cut {
                low = low.max(mark.layer);
                break;
            }
        }
        place.folder = Some(Seen { folder, floor: low });
        place
    }

    /// What has a name in a folder, as it is seen from a layer.
    pub fn find(&self, seen: Seen, name: &[u8], layer: u16) -> Option<Place> {
        if seen.folder == ROOT && OF_AUFS.contains(&name) {
            return None;
        }
        self.find_any(seen, name, layer)
    }

    /// The same, also what aufs keeps for itself.
    pub fn find_any(&self, seen: Seen, name: &[u8], layer: u16) -> Option<Place> {
        if let Some(folder) = self.child(seen.folder, name) {
            let mark = self.marks(folder, layer).next().filter(|mark| mark.layer >= seen.floor)?;
            return match mark.what {
                What::Folder { .. } => Some(self.folder(folder, seen.floor, layer)),
                What::Other { source, entry } => {
                    Some(Place { layer: mark.layer, source, entry, folder: None })
                }
                What::Gone => None,
            };
        }
        if is_whiteout(name) {
            return None;
        }
        for (layer, below) in self.lists(seen, layer) {
            let table = self.table(layer)?;
            if let Some(place) = table.find(below, name).and_then(|entry| self.place(layer, &entry))
            {
                return Some(place);
            }
            if table.takes_away(below, name) {
                return None;
            }
        }
        None
    }

    /// What an entry is, if it is no folder in which something lies; `None` for a hard link that leads nowhere.
    pub fn place(&self, layer: u16, entry: &LayerEntry) -> Option<Place> {
        let (source, number) = match entry.kind {
            LayerKind::HardLink => self.linked(layer, entry.number)?,
            _ => (layer, entry.number),
        };
        let is_folder = entry.kind == LayerKind::Directory;
        let folder = is_folder.then_some(Seen { folder: NONE, floor: 0 });
        Some(Place { layer, source, entry: number, folder })
    }

    fn linked(&self, layer: u16, entry: u32) -> Option<(u16, u32)> {
        let links = self.links.get(usize::from(layer))?;
        let at = links.binary_search_by_key(&entry, |(entry, ..)| *entry).ok()?;
        links.get(at).map(|(_, source, entry)| (*source, *entry))
    }

    /// The layers that wrote what has a name in a folder, lowest first, since it was last created.
    pub fn writes(&self, seen: Seen, name: &[u8], layer: u16) -> Vec<usize> {
        let mut found = Vec::new();
        if let Some(folder) = self.child(seen.folder, name) {
            for mark in self.marks(folder, layer).take_while(|mark| mark.layer >= seen.floor) {
                if !matches!(mark.what, What::Other { .. }) {
                    break;
                }
                found.push(usize::from(mark.layer));
                if mark.cut {
                    break;
                }
            }
        } else {
            for (layer, below) in self.lists(seen, layer) {
                let Some(table) = self.table(layer) else { break };
                if let Some(entry) = table.find(below, name) {
                    if entry.kind == LayerKind::Directory {
                        break;
                    }
                    if self.place(layer, &entry).is_some() {
                        found.push(usize::from(layer));
                    }
                }
                if table.takes_away(below, name) {
                    break;
                }
            }
        }
        found.reverse();
        found
    }

    /// The entry behind a place; `None` for folders that are only implied.
    pub fn entry(&self, place: Place) -> Option<LayerEntry> {
        self.table(place.source)?.entry(place.entry)
    }

    /// Where a place leads, if it is a symbolic link.
    pub fn link(&self, place: Place, entry: Option<&LayerEntry>) -> Option<&Path> {
        let entry = entry.filter(|entry| entry.kind == LayerKind::Symlink)?;
        Some(self.table(place.source)?.link(entry))
    }

    /// The attributes of a place, of which the entry is known.
    pub fn metadata(&self, place: Place, entry: Option<&LayerEntry>) -> Metadata {
        let implied = LayerEntry::implied(0);
        let mut metadata = entry.unwrap_or(&implied).metadata();
        if let Some(link) = self.link(place, entry) {
            metadata.size = link.as_os_str().as_bytes().len() as u64;
        }
        // One inode a content: hard links share it.
        metadata.inode = match (place.entry, place.folder) {
            (NONE, Some(seen)) => u64::from(seen.folder) | 1 << 63,
            (entry, _) => u64::from(place.source) << 32 | u64::from(entry),
        };
        metadata
    }
}

/// Whether a name is that of a whiteout, or of what aufs keeps for itself.
pub(super) fn is_whiteout(name: &[u8]) -> bool {
    name.starts_with(WHITEOUT)
}

/// A name as the system has names.
pub(super) fn os(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}
