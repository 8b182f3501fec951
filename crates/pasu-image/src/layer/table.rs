//! The list of a layer: every path once, folder by folder, a folder's entries in the order of their names.
//!
//! It takes some 15 bytes a path, and is read where it is packed: an entry is looked for among the first names of blocks,
//! and in one block.

use super::build::Attribute;
use super::entry::{LayerEntry, LayerKind, Traits};
use super::names::{Names, TOP};
use super::record::Coder;
use super::segments::Segments;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What names of whiteouts begin with: the name after it is taken away.
pub(crate) const WHITEOUT: &[u8] = b".wh.";
/// Entries of a folder that are packed together: the first of them stands for itself.
pub(super) const BLOCK: usize = 32;

/// Where the entries of a folder are.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Range {
    /// The number of the first one; the next range's is behind the last.
    pub first: u32,
    /// Where its first block lies.
    pub start: u32,
    /// Where the places of its other blocks stand in [`LayerTable::skips`].
    pub skip: u32,
}

/// Everything that is known of one layer.
#[derive(Debug, Default)]
pub struct LayerTable {
    pub(crate) names: Names,
    /// What entries have in common: kind, mode, owners.
    pub(crate) traits: Vec<Traits>,
    /// One for each folder, and one behind.
    pub(crate) ranges: Vec<Range>,
    pub(crate) skips: Vec<u32>,
    pub(crate) packed: Segments,
    /// Folders that hold whiteouts.
    pub(crate) whiteouts: Vec<u32>,
    /// Where links lead, by entry: where that begins in [`LayerTable::targets`] and how long it is.
    pub(crate) links: Vec<(u32, u32, u16)>,
    pub(crate) targets: Vec<u8>,
    /// Extended attributes that matter: POSIX lists, file capabilities; by entry.
    pub(crate) xattrs: Vec<Attribute>,
    /// What could not be read in the layer: the path as written and why.
    pub problems: Vec<(String, String)>,
}

impl LayerTable {
    /// How many entries there are, folders that are not listed among them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.first as usize)
    }

    /// The entries, folder by folder; folders that are not listed are none.
    pub fn entries(&self) -> impl Iterator<Item = LayerEntry> + '_ {
        (TOP..self.names.count())
            .flat_map(|folder| self.entries_in(folder))
            .filter(|entry| !entry.implied)
    }

    fn entries_in(&self, folder: u32) -> impl Iterator<Item = LayerEntry> + '_ {
        let mut cursor = self.cursor(folder);
        std::iter::from_fn(move || cursor.next())
    }

    /// An entry by its number.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<LayerEntry> {
        self.at(number).map(|(entry, _)| entry)
    }

    /// An entry with the cursor that is on it.
    fn at(&self, number: u32) -> Option<(LayerEntry, Cursor<'_>)> {
        let folder = self.ranges.partition_point(|range| range.first <= number).checked_sub(1)?;
        let mut cursor = self.cursor(u32::try_from(folder).ok()?);
        let place = number.checked_sub(cursor.number)? as usize;
        cursor.go_to_block(place / BLOCK);
        loop {
            let entry = cursor.next()?;
            if entry.number == number {
                return Some((entry, cursor));
            }
        }
    }

    /// An entry of a folder by its name.
    pub(crate) fn find(&self, folder: u32, name: &[u8]) -> Option<LayerEntry> {
        let mut cursor = self.cursor(folder);
        cursor.go_before(name);
        loop {
            let entry = cursor.next()?;
            match cursor.name().cmp(name) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Some(entry),
                std::cmp::Ordering::Greater => return None,
            }
        }
    }

    /// Reads the entries of a folder, by the order of their names.
    pub(crate) fn cursor(&self, folder: u32) -> Cursor<'_> {
        let here = folder as usize;
        let (first, end) = match self.ranges.get(here).zip(self.ranges.get(here + 1)) {
            Some((range, next)) => (range.first, next.first),
            None => (0, 0),
        };
        let coder = Coder::default();
        Cursor { table: self, folder, first, number: first, end, rest: &[], coder }
    }

    /// Where a block of a folder begins.
    fn block(&self, folder: u32, block: usize) -> &[u8] {
        let place = self.ranges.get(folder as usize).and_then(|range| match block {
            0 => Some(range.start),
            _ => self.skips.get(range.skip as usize + block - 1).copied(),
        });
        place.and_then(|place| self.packed.from(place)).unwrap_or_default()
    }

    /// Whether the layer takes a name away that lower ones have in a folder.
    pub(crate) fn takes_away(&self, folder: u32, name: &[u8]) -> bool {
        let whiteout = || self.find(folder, &[WHITEOUT, name].concat());
        self.has_whiteouts(folder) && whiteout().is_some_and(|entry| !entry.implied)
    }

    /// Whether a folder holds whiteouts.
    pub(crate) fn has_whiteouts(&self, folder: u32) -> bool {
        self.whiteouts.binary_search(&folder).is_ok()
    }

    /// An entry's path: relative, without `.` and `..`, empty for the root. Bytes as written.
    #[must_use]
    pub fn path(&self, entry: &LayerEntry) -> Vec<u8> {
        let found = self.at(entry.number);
        found.map_or_else(Vec::new, |(entry, cursor)| self.names.path(entry.folder, cursor.name()))
    }

    /// Where a link leads: as written for a symbolic one, normalised like a path for a hard one.
    #[must_use]
    pub fn link(&self, entry: &LayerEntry) -> &Path {
        Path::new(OsStr::from_bytes(self.target(entry).unwrap_or_default()))
    }

    fn target(&self, entry: &LayerEntry) -> Option<&[u8]> {
        if !matches!(entry.kind, LayerKind::Symlink | LayerKind::HardLink) {
            return None;
        }
        let at = self.links.binary_search_by_key(&entry.number, |(number, ..)| *number).ok()?;
        let (_, start, length) = *self.links.get(at)?;
        self.targets.get(start as usize..)?.get(..usize::from(length))
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
        let folders = self.names.count();
        let leads_down = |entry: LayerEntry| entry.below == 0 || entry.below > entry.folder;
        let whole = self.ranges.len() == folders as usize + 1
            && self.ranges.is_sorted_by_key(|range| range.first)
            && (TOP..folders).flat_map(|folder| self.entries_in(folder)).all(leads_down)
            && (TOP..folders).map(|folder| self.entries_in(folder).count()).sum::<usize>()
                == self.count();
        whole.then_some(self)
    }

    /// Bytes of all files' contents.
    pub(crate) fn content(&self) -> u64 {
        self.entries().map(|entry| entry.size).fold(0, u64::saturating_add)
    }

    /// Bytes that names and attributes take.
    pub(crate) fn weight(&self) -> usize {
        self.packed.memory()
            + self.names.bytes().len()
            + self.targets.len()
            + self.xattrs.iter().map(|(_, name, value)| name.len() + value.len()).sum::<usize>()
    }

    /// Bytes that all of it takes.
    pub(crate) fn memory(&self) -> usize {
        self.weight()
            + size_of_val(self.names.folders())
            + size_of_val(self.traits.as_slice())
            + size_of_val(self.ranges.as_slice())
            + size_of_val(self.skips.as_slice())
            + size_of_val(self.links.as_slice())
    }
}

/// A place in a folder of a list.
pub(crate) struct Cursor<'a> {
    table: &'a LayerTable,
    folder: u32,
    first: u32,
    /// The next entry, and the one behind the last.
    number: u32,
    end: u32,
    /// What is left of the block, and all behind it.
    rest: &'a [u8],
    coder: Coder,
}

impl Cursor<'_> {
    /// The name of the last entry that was read.
    pub(crate) fn name(&self) -> &[u8] {
        &self.coder.name
    }

    /// The next entry.
    pub(crate) fn next(&mut self) -> Option<LayerEntry> {
        if self.number >= self.end {
            return None;
        }
        let place = (self.number - self.first) as usize;
        if place.is_multiple_of(BLOCK) {
            self.rest = self.table.block(self.folder, place / BLOCK);
            self.coder.restart();
        }
        let Some(fields) = self.coder.decode(&mut self.rest) else {
            self.number = self.end;
            return None;
        };
        let traits = *self.table.traits.get(fields.traits as usize)?;
        let entry = LayerEntry::of(self.number, self.folder, traits, &fields);
        self.number += 1;
        Some(entry)
    }

    /// Goes to where a block begins.
    fn go_to_block(&mut self, block: usize) {
        let number = u32::try_from(block * BLOCK).ok().and_then(|n| self.first.checked_add(n));
        self.number = number.unwrap_or(self.end);
    }

    /// Goes to a block before which no entry has a name, if one has it.
    pub(crate) fn go_before(&mut self, name: &[u8]) {
        let blocks = ((self.end - self.first) as usize).div_ceil(BLOCK);
        let (mut low, mut high) = (0, blocks);
        // The last block that begins with the name or one before it.
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            self.go_to_block(middle);
            match self.next() {
                Some(_) if self.name() <= name => low = middle,
                _ => high = middle,
            }
        }
        self.go_to_block(low);
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::Builder;
    use super::super::entry::{LayerEntry, LayerKind};
    use super::super::names::Names;
    use super::*;
    use pasu_system::Metadata;

    fn entry(size: u64, modified: i64, offset: u64) -> LayerEntry {
        let (kind, mode, uid, gid) = (LayerKind::File, 0o644, 1000, 100);
        LayerEntry {
            implied: false,
            kind,
            mode,
            uid,
            gid,
            size,
            modified,
            offset,
            ..LayerEntry::implied(0)
        }
    }

    fn table(builder: Builder) -> LayerTable {
        builder.finish(&[]).unwrap().0
    }

    fn found(table: &LayerTable, path: &str) -> LayerEntry {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let below = |at: u32, part: &str| table.find(at, part.as_bytes()).unwrap().below;
        let folder = folder.split('/').filter(|part| !part.is_empty()).fold(TOP, below);
        table.find(folder, name.as_bytes()).unwrap()
    }

    #[test]
    fn an_entry_comes_back_whatever_its_numbers_and_names() {
        let (long, longer) = ("n".repeat(255), "d/".repeat(1000) + &"n".repeat(2000));
        let paths =
            ["", "a", "a.c/b", "a.c/b2/c", "a.b", "a.c/d", "b/c/d/e", "b/k", &long, &longer, "b.c"];
        let numbers = [
            (0, 0, 0),
            (5, 1_700_000_000, 512),
            (u64::from(u32::MAX) - 1, 0, 512),
            (u64::from(u32::MAX), 0, 512),
            (u64::MAX, i64::MIN, u64::MAX),
            (1, -1, 512),
            (1, i64::MAX, 512),
            (1, 1, 513),
            (1, 1, (1 << 32) * 512),
            (1, 1, ((1 << 32) - 1) * 512),
            (1, 1, 1024),
        ];
        let mut builder = Builder::default();
        for (path, (size, modified, offset)) in paths.iter().zip(numbers) {
            builder.add(path.as_bytes(), b"", &entry(size, modified, offset)).unwrap();
        }
        builder.set_head([0; 4]);
        let table = table(builder);
        for (path, (size, modified, offset)) in paths.iter().zip(numbers) {
            let found = found(&table, path);
            assert_eq!(table.path(&found), path.as_bytes());
            let expected = Metadata { size, modified, ..entry(0, 0, 0).metadata() };
            assert_eq!((found.metadata(), found.offset), (expected, offset), "{path}");
            assert_eq!(found.head, (*path == "b.c").then_some([0; 4]));
            let again = table.entry(found.number).unwrap();
            assert_eq!((again.metadata(), again.folder), (found.metadata(), found.folder));
        }
        assert_eq!(table.entries().count(), paths.len());
    }

    #[test]
    fn every_name_of_a_large_folder_is_found() {
        let mut builder = Builder::default();
        for number in (0..1000).rev() {
            builder
                .add(format!("d/{:04}", number * 2).as_bytes(), b"", &entry(number, 0, 0))
                .unwrap();
        }
        let table = table(builder);
        let folder = table.find(TOP, b"d").unwrap();
        assert!(folder.implied && table.find(TOP, b"e").is_none());
        for number in 0..1000 {
            let entry = table.find(folder.below, format!("{:04}", number * 2).as_bytes()).unwrap();
            assert_eq!(entry.size, number);
            assert!(
                table.find(folder.below, format!("{:04}", number * 2 + 1).as_bytes()).is_none()
            );
        }
        assert!(table.find(folder.below, b"").is_none() && table.find(7, b"x").is_none());
    }

    #[test]
    fn what_is_said_twice_is_stored_once() {
        let mut builder = Builder::default();
        let mut offset = 512;
        for folder in 0..1000 {
            for number in 0..50 {
                let path = format!("srv/app/node_modules/package-{folder}/dist/file-{number}.js");
                builder.add(path.as_bytes(), b"", &entry(number, 1_700_000_000, offset)).unwrap();
                offset += 1024;
            }
        }
        let table = table(builder);
        assert_eq!(table.names.folders().len(), 3 + 2 * 1000);
        assert!(table.memory() < 14 * 50_000, "{} bytes", table.memory());
    }

    #[test]
    fn the_last_of_several_files_counts_and_the_numbers_of_others_are_none() {
        let mut builder = Builder::default();
        for (size, path) in [(1, "b"), (2, "a"), (3, "b"), (4, "d/e"), (5, "c")] {
            builder.add(path.as_bytes(), b"", &entry(size, 0, 0)).unwrap();
        }
        let (table, numbers) = builder.finish(&[1, 2, 3, 5]).unwrap();
        assert_eq!(numbers[0], None);
        for (number, size) in numbers[1..].iter().zip([2, 3, 5]) {
            assert_eq!(table.entry(number.unwrap()).unwrap().size, size);
        }
    }

    #[test]
    fn what_belongs_to_entries_stays_with_them() {
        let mut builder = Builder::default();
        for (path, target) in [("b/z", "far"), ("a/y/x", "near"), ("a-b", "")] {
            let kind = if target.is_empty() { LayerKind::File } else { LayerKind::Symlink };
            let entry = LayerEntry { kind, ..entry(0, 0, 0) };
            let turn = builder.add(path.as_bytes(), target.as_bytes(), &entry).unwrap();
            builder.push_xattr(turn, "name".to_owned(), path.into());
        }
        let table = table(builder);
        for (path, target) in [("b/z", "far"), ("a/y/x", "near"), ("a-b", "")] {
            let entry = found(&table, path);
            assert_eq!(table.xattr(entry.number, "name"), Some(path.as_bytes()));
            assert_eq!(table.link(&entry), Path::new(target));
        }
        assert_eq!(table.xattr(found(&table, "b").number, "name"), None);
    }

    #[test]
    fn a_stored_list_that_leads_out_of_itself_is_none() {
        let mut builder = Builder::default();
        builder.add(b"a/b/c", b"", &entry(1, 1, 512)).unwrap();
        let table = table(builder);
        let copy = |folders: usize, packed: usize| {
            let names = table.names.bytes().to_vec();
            let parts = table.packed.parts().iter().map(|part| part[..packed].to_vec()).collect();
            LayerTable {
                names: Names::from_parts(names, table.names.folders()[..folders].to_vec())?,
                traits: table.traits.clone(),
                ranges: table.ranges.clone(),
                packed: Segments::from_parts(parts),
                ..LayerTable::default()
            }
            .checked()
        };
        let length = table.packed.memory();
        assert!(copy(2, length).is_some());
        assert!(copy(1, length).is_none(), "a folder is missing");
        assert!(copy(2, length - 1).is_none(), "an entry is cut");
        assert!(LayerTable { traits: Vec::new(), ..copy(2, length).unwrap() }.checked().is_none());
    }
}
