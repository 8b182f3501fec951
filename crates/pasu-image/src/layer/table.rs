//! The list of a layer's entries, compact: an image can have hundreds of thousands.

use super::entry::{LayerEntry, LayerKind, Packed, Traits, WIDE, Wide};
use super::limits::{MAX_ENTRIES, MAX_NAMES, MAX_PROBLEMS};
use super::names::{Names, Span};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An extended attribute: the entry that has it, its name and value.
type Attribute = (u32, String, Vec<u8>);

/// Everything that is known of one layer.
#[derive(Debug, Default)]
pub struct LayerTable {
    pub(crate) names: Names,
    pub(crate) entries: Vec<Packed>,
    /// What entries have in common: kind, mode, owners.
    pub(crate) traits: Vec<Traits>,
    /// What is too large for an entry as it is kept; by entry.
    pub(crate) wide: Vec<(u32, Wide)>,
    /// Where links lead; by entry.
    pub(crate) links: Vec<(u32, Span)>,
    /// Extended attributes that matter: POSIX lists, file capabilities; by entry.
    pub(crate) xattrs: Vec<Attribute>,
    /// What could not be read in the layer: the path as written and why.
    pub problems: Vec<(String, String)>,
    /// The traits by what they are, while there may be more.
    pub(crate) known: HashMap<Traits, u32>,
}

/// What belongs to an entry in a list that is sorted by entries.
fn of_entry<T>(list: &[(u32, T)], entry: u32) -> Option<&T> {
    let at = list.binary_search_by_key(&entry, |(number, _)| *number).ok()?;
    list.get(at).map(|(_, found)| found)
}

impl LayerTable {
    /// How many entries there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// The entries, in the order of the archive.
    pub fn entries(&self) -> impl Iterator<Item = LayerEntry> + '_ {
        (0..).zip(&self.entries).filter_map(|(number, packed)| self.unpack(number, packed))
    }

    /// An entry by its number.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<LayerEntry> {
        self.unpack(number, self.entries.get(number as usize)?)
    }

    /// What an entry is.
    pub(crate) fn kind(&self, number: u32) -> Option<LayerKind> {
        let packed = self.entries.get(number as usize)?;
        self.traits.get(packed.traits()).map(|traits| traits.kind)
    }

    fn unpack(&self, number: u32, packed: &Packed) -> Option<LayerEntry> {
        let Traits { kind, mode, uid, gid } = *self.traits.get(packed.traits())?;
        let Wide { size, modified, offset } = match packed.size {
            WIDE => of_entry(&self.wide, number).copied().unwrap_or_default(),
            _ => packed.narrow(),
        };
        Some(LayerEntry {
            number,
            folder: packed.folder,
            name: self.names.name(packed.name),
            kind,
            mode,
            uid,
            gid,
            size,
            modified,
            offset,
            head: packed.head(),
        })
    }

    /// An entry's path: relative, without `.` and `..`, empty for the root. Bytes as written.
    #[must_use]
    pub fn path(&self, entry: &LayerEntry) -> Vec<u8> {
        self.names.path(entry.folder, entry.name)
    }

    /// The last part of an entry's path; empty for the root.
    pub(crate) fn name(&self, entry: &LayerEntry) -> &[u8] {
        self.names.get(entry.name)
    }

    /// Where a link leads: as written for a symbolic one, normalised like a path for a hard one.
    #[must_use]
    pub fn link(&self, entry: &LayerEntry) -> &Path {
        Path::new(OsStr::from_bytes(self.names.get(self.link_span(entry))))
    }

    pub(crate) fn link_span(&self, entry: &LayerEntry) -> Span {
        match entry.kind {
            LayerKind::Symlink | LayerKind::HardLink => {
                of_entry(&self.links, entry.number).copied().unwrap_or_default()
            }
            LayerKind::File | LayerKind::Directory | LayerKind::Other => Span::default(),
        }
    }

    /// An extended attribute of an entry.
    #[must_use]
    pub fn xattr(&self, entry: u32, name: &str) -> Option<&[u8]> {
        let start = self.xattrs.partition_point(|(number, ..)| *number < entry);
        let of_entry = self.xattrs[start..].iter().take_while(|(number, ..)| *number == entry);
        of_entry.into_iter().find(|(_, key, _)| key == name).map(|(.., value)| value.as_slice())
    }

    /// A list that was stored; `None` if it cannot have been one.
    pub(crate) fn checked(self) -> Option<Self> {
        let names = &self.names;
        let is_known = |entry: &Packed| {
            names.has_folder(entry.folder)
                && names.holds_name(entry.name)
                && entry.traits() < self.traits.len()
        };
        let whole = self.entries.iter().all(is_known)
            && self.links.iter().all(|(_, link)| names.holds(*link));
        whole.then_some(self)
    }

    /// Bytes of all files' contents.
    pub(crate) fn content(&self) -> u64 {
        self.entries().map(|entry| entry.size).fold(0, u64::saturating_add)
    }

    /// Bytes that names and attributes take.
    pub(crate) fn weight(&self) -> usize {
        self.names.bytes().len()
            + self.xattrs.iter().map(|(_, name, value)| name.len() + value.len()).sum::<usize>()
    }

    /// Bytes that all of it takes.
    pub(crate) fn memory(&self) -> usize {
        self.weight()
            + size_of_val(self.names.folders())
            + size_of_val(self.entries.as_slice())
            + size_of_val(self.traits.as_slice())
            + size_of_val(self.wide.as_slice())
            + size_of_val(self.links.as_slice())
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

    /// Adds an entry with its path and link; its number. The entry's own number, folder and name do not count.
    ///
    /// # Errors
    ///
    /// There are too many, or too much of their names.
    pub(crate) fn add(&mut self, path: &[u8], link: &[u8], entry: LayerEntry) -> io::Result<u32> {
        let refuse = |message: String| Err(io::Error::new(io::ErrorKind::InvalidData, message));
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if self.entries.len() >= MAX_ENTRIES {
            return refuse(format!("more than {MAX_ENTRIES} entries in one layer"));
        }
        let Some((folder, name)) = self.place(path) else {
            return refuse(format!(
                "more than {MAX_NAMES} bytes of names or {MAX_ENTRIES} folders in one layer"
            ));
        };
        if !link.is_empty() {
            let Some(link) = self.names.add_name(link) else {
                return refuse(format!("more than {MAX_NAMES} bytes of names in one layer"));
            };
            self.links.push((number, self.names.name(link)));
        }
        let LayerEntry { kind, mode, uid, gid, .. } = entry;
        let traits = self.traits_of(Traits { kind, mode, uid, gid });
        let (packed, wide) = Packed::new(folder, name, traits, &entry);
        self.entries.push(packed);
        self.wide.extend(wide.map(|wide| (number, wide)));
        Ok(number)
    }

    /// The folder of a path and where its last name begins; `None` if there is no room for them.
    fn place(&mut self, path: &[u8]) -> Option<(u32, u32)> {
        let slash = path.iter().rposition(|byte| *byte == b'/');
        let (folder, name) = slash.map_or((&[][..], path), |at| (&path[..at], &path[at + 1..]));
        Some((self.names.add_folder(folder)?, self.names.add_name(name)?))
    }

    /// The number of what an entry has in common with others.
    fn traits_of(&mut self, traits: Traits) -> u32 {
        let next = u32::try_from(self.traits.len()).unwrap_or(u32::MAX);
        let number = *self.known.entry(traits).or_insert(next);
        if number == next {
            self.traits.push(traits);
        }
        number
    }

    pub(crate) fn push_xattr(&mut self, entry: u32, name: String, value: Vec<u8>) {
        self.xattrs.push((entry, name, value));
    }

    pub(crate) fn set_head(&mut self, head: [u8; 4]) {
        if let Some(entry) = self.entries.last_mut() {
            entry.set_head(head);
        }
    }

    /// Sorts the entries: those of a folder together by their names, and the folders by their paths.
    pub(crate) fn sort(&mut self) {
        let folders = self.names.order();
        let mut order: Vec<u32> =
            (0..u32::try_from(self.entries.len()).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by_key(|number| {
            let entry = &self.entries[*number as usize];
            (folders[entry.folder as usize], self.names.get(self.names.name(entry.name)), *number)
        });
        let mut new = vec![0; order.len()];
        for (number, old) in (0..).zip(order) {
            new[old as usize] = number;
        }
        let renumber = |number: &mut u32| *number = new[*number as usize];
        self.wide.iter_mut().for_each(|(number, _)| renumber(number));
        self.links.iter_mut().for_each(|(number, _)| renumber(number));
        self.xattrs.iter_mut().for_each(|(number, ..)| renumber(number));
        self.wide.sort_unstable_by_key(|(number, _)| *number);
        self.links.sort_unstable_by_key(|(number, _)| *number);
        self.xattrs.sort_by_key(|(number, ..)| *number);
        // In place, each entry going to where it belongs.
        for at in 0..new.len() {
            while new[at] as usize != at {
                let to = new[at] as usize;
                self.entries.swap(at, to);
                new.swap(at, to);
            }
        }
    }

    /// Gives back what growing took too much.
    pub(crate) fn shrink(&mut self) {
        self.known = HashMap::new();
        self.names.shrink();
        self.entries.shrink_to_fit();
        self.traits.shrink_to_fit();
        self.wide.shrink_to_fit();
        self.links.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{LayerEntry, LayerKind, Packed};
    use super::super::names::{Names, Span};
    use super::LayerTable;
    use pasu_system::Metadata;

    fn entry(size: u64, modified: i64, offset: u64) -> LayerEntry {
        LayerEntry {
            number: 0,
            folder: 0,
            name: Span::default(),
            kind: LayerKind::File,
            mode: 0o644,
            uid: 1000,
            gid: 100,
            size,
            modified,
            offset,
            head: None,
        }
    }

    fn link(kind: LayerKind) -> LayerEntry {
        LayerEntry { kind, ..entry(0, 0, 0) }
    }

    #[test]
    fn an_entry_comes_back_whatever_its_numbers_and_names() {
        let (long, longer) = ("n".repeat(255), "d/".repeat(1000) + &"n".repeat(2000));
        let paths =
            ["", "a", "a/b", "a/b/c", "a.b", "a/d", "b/c/d/e", "b/c", &long, &longer, "a/b/d"];
        let numbers = [
            (0, 0, 0),
            (5, 1_700_000_000, 512),
            (u64::from(u32::MAX) - 1, 0, 512),
            (u64::from(u32::MAX), 0, 512),
            (u64::MAX, i64::MIN, u64::MAX),
            (1, -1, 512),
            (1, i64::from(u32::MAX) + 1, 512),
            (1, 1, 513),
            (1, 1, (1 << 32) * 512),
            (1, 1, ((1 << 32) - 1) * 512),
            (1, 1, 1024),
        ];
        let mut table = LayerTable::default();
        for (path, (size, modified, offset)) in paths.iter().zip(numbers) {
            table.add(path.as_bytes(), b"", entry(size, modified, offset)).unwrap();
        }
        table.set_head([0; 4]);
        table.shrink();
        for (found, (path, (size, modified, offset))) in
            table.entries().zip(paths.iter().zip(numbers))
        {
            assert_eq!(table.path(&found), path.as_bytes());
            let expected = Metadata { size, modified, ..entry(0, 0, 0).metadata() };
            assert_eq!((found.metadata(), found.offset), (expected, offset), "{path}");
            let is_last = found.number as usize + 1 == paths.len();
            assert_eq!(found.head, is_last.then_some([0; 4]));
        }
        assert_eq!(table.count(), paths.len());
    }

    #[test]
    fn what_is_said_twice_is_stored_once() {
        let mut table = LayerTable::default();
        for folder in 0..100 {
            for name in ["index.js", "package.json"] {
                let path = format!("srv/app/node_modules/package-{folder}/dist/{name}");
                table.add(path.as_bytes(), b"", entry(1, 1, 512)).unwrap();
            }
        }
        assert_eq!(table.names.folders().len(), 3 + 2 * 100);
        assert!(table.names.bytes().len() < 100 * 12 + 100, "{}", table.names.bytes().len());
        assert_eq!((table.traits.len(), size_of::<Packed>()), (1, 28));
    }

    #[test]
    fn sorting_takes_along_what_belongs_to_entries() {
        let mut table = LayerTable::default();
        for (path, target) in [("b/z", "far"), ("b", ""), ("a/y/x", "near"), ("", ""), ("a-b", "")]
        {
            let kind = if target.is_empty() { LayerKind::Directory } else { LayerKind::Symlink };
            let number = table.add(path.as_bytes(), target.as_bytes(), link(kind)).unwrap();
            table.push_xattr(number, "name".to_owned(), path.into());
        }
        table.add(b"a/y", b"", entry(u64::MAX, -7, 1)).unwrap();
        table.sort();
        let line = |entry: LayerEntry| {
            let path = String::from_utf8(table.path(&entry)).unwrap();
            if let Some(name) = table.xattr(entry.number, "name") {
                assert_eq!(name, path.as_bytes());
            }
            format!("{path}>{}{}", table.link(&entry).display(), entry.modified)
        };
        let found: Vec<String> = table.entries().map(line).collect();
        assert_eq!(found, [">0", "a-b>0", "b>0", "a/y>-7", "a/y/x>near0", "b/z>far0"]);
    }

    #[test]
    fn a_stored_list_that_leads_out_of_itself_is_none() {
        let mut table = LayerTable::default();
        table.add(b"a/b/c", b"", entry(1, 1, 512)).unwrap();
        table.add(b"a/l", b"to", link(LayerKind::Symlink)).unwrap();
        let copy = |names: &[u8], folders: usize| {
            let names =
                Names::from_parts(names.to_vec(), table.names.folders()[..folders].to_vec())?;
            LayerTable {
                names,
                entries: table.entries.clone(),
                traits: table.traits.clone(),
                links: table.links.clone(),
                ..LayerTable::default()
            }
            .checked()
        };
        let names = table.names.bytes();
        assert!(copy(names, 2).is_some());
        assert!(copy(names, 1).is_none(), "a folder is missing");
        assert!(copy(&names[..names.len() - 1], 2).is_none(), "a name is cut");
        assert!(LayerTable { traits: Vec::new(), ..copy(names, 2).unwrap() }.checked().is_none());
    }
}
