//! A layer's list as it grows.

use super::entry::{LayerEntry, LayerKind, Traits};
use super::limits::{MAX_ENTRIES, MAX_NAMES, MAX_PROBLEMS};
use super::names::{Names, TOP};
use super::plain;
use super::record::{Coder, Fields};
use super::runs::{Coming, Runs};
use super::segments::Segments;
use super::table::{BLOCK, LayerTable, Range, WHITEOUT};
use std::collections::HashMap;
use std::io;

/// An extended attribute: the entry that has it, its name and value.
pub(super) type Attribute = (u32, String, Vec<u8>);

/// A list that grows. An entry is named by its turn, from 1 on, until the list is made.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pub(super) names: Names,
    pub(super) runs: Runs,
    pub(super) traits: Vec<Traits>,
    /// The traits by what they are.
    known: HashMap<Traits, u32>,
    /// Where links lead, by turn: where that begins in [`Builder::targets`] and how long it is.
    pub(super) links: Vec<(u32, u32, u16)>,
    pub(super) targets: Vec<u8>,
    /// Extended attributes that matter: POSIX lists, file capabilities; by turn.
    pub(super) xattrs: Vec<Attribute>,
    /// What could not be read in the layer: the path as written and why.
    pub(crate) problems: Vec<(String, String)>,
    turns: u32,
    /// Bytes of all names.
    weight: usize,
    has_hard_links: bool,
}

pub(super) fn refuse<T>(message: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

impl Builder {
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

    /// Adds an entry with its path (relative, without `.` and `..`) and link; its turn. What the entry says of its number
    /// and place does not count.
    ///
    /// # Errors
    ///
    /// There are too many, or too much of their names.
    pub(crate) fn add(&mut self, path: &[u8], link: &[u8], entry: &LayerEntry) -> io::Result<u32> {
        if self.turns as usize >= MAX_ENTRIES {
            return refuse(format!("more than {MAX_ENTRIES} entries in one layer"));
        }
        let turn = self.turns + 1;
        if self.place(path, link, turn, entry).is_none() || self.weight > MAX_NAMES {
            return refuse(format!(
                "more than {MAX_NAMES} bytes of names or {MAX_ENTRIES} folders in one layer"
            ));
        }
        self.turns = turn;
        self.has_hard_links |= entry.kind == LayerKind::HardLink;
        Ok(turn)
    }

    /// Puts an entry where it belongs, and before it the folders that it lies in; `None` if there is no room.
    fn place(&mut self, path: &[u8], link: &[u8], turn: u32, entry: &LayerEntry) -> Option<()> {
        let slash = path.iter().rposition(|byte| *byte == b'/');
        let (folder, name) = slash.map_or((&[][..], path), |at| (&path[..at], &path[at + 1..]));
        let known = self.names.count();
        let folder = self.names.add(folder)?;
        for new in known..self.names.count() {
            let implied = LayerEntry::implied(new);
            let fields = implied.fields(self.traits_of(implied.traits()));
            let (folder, name) = (self.names.parent(new)?, self.names.name(new));
            self.weight += name.len();
            self.runs.add(Coming { folder, turn: 0, name, fields })?;
        }
        let fields = LayerEntry { below: 0, ..*entry }.fields(self.traits_of(entry.traits()));
        self.weight += name.len() + link.len();
        self.runs.add(Coming { folder, turn, name, fields })?;
        if !link.is_empty() {
            let start = u32::try_from(self.targets.len()).ok()?;
            self.links.push((turn, start, u16::try_from(link.len()).ok()?));
            self.targets.extend_from_slice(link);
        }
        Some(())
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

    pub(crate) fn push_xattr(&mut self, turn: u32, name: String, value: Vec<u8>) {
        self.xattrs.push((turn, name, value));
    }

    /// Sets the first bytes of the entry that came last.
    pub(crate) fn set_head(&mut self, head: [u8; 4]) {
        self.runs.set_head(head);
    }

    /// The list, and the number of each entry of which the turn is asked for, in their order; `None` where a later one took
    /// its place.
    ///
    /// # Errors
    ///
    /// There is too much of it.
    pub(crate) fn finish(mut self, turns: &[u32]) -> io::Result<(LayerTable, Vec<Option<u32>>)> {
        if !self.is_plain()? {
            let (plain, came_from) = plain::plain(self)?;
            let turn_now = |turn: &u32| came_from.get(turn).copied().unwrap_or(0);
            let mut asked: Vec<u32> = turns.iter().map(turn_now).collect();
            let unsorted = asked.clone();
            asked.sort_unstable();
            let (table, numbers) = plain.finish_plain(&asked)?;
            let number =
                |turn: &u32| numbers.get(asked.binary_search(turn).ok()?).copied().flatten();
            let found = unsorted.iter().map(number).collect();
            return Ok((table, found));
        }
        self.finish_plain(turns)
    }

    /// Whether the order of the archive does not matter: no path is there twice but as a folder, or as files of which the
    /// last counts, and nothing lies below what is no folder.
    fn is_plain(&mut self) -> io::Result<bool> {
        let (traits, has_hard_links) = (&self.traits, self.has_hard_links);
        let mut groups = Groups::new(traits);
        let mut plain = true;
        let seen = self.runs.each(true, &mut |entry| {
            if let Some(group) = groups.next(entry) {
                plain &= group.is_plain(has_hard_links);
            }
            Some(())
        });
        if seen.is_none() {
            return too_large();
        }
        Ok(plain && groups.last.is_none_or(|group| group.is_plain(has_hard_links)))
    }

    fn finish_plain(mut self, turns: &[u32]) -> io::Result<(LayerTable, Vec<Option<u32>>)> {
        let mut asked: Vec<u32> = turns.to_vec();
        asked.extend(self.links.iter().map(|(turn, ..)| turn));
        asked.extend(self.xattrs.iter().map(|(turn, ..)| turn));
        asked.sort_unstable();
        asked.dedup();
        let mut writer = Writer { numbers: vec![None; asked.len()], asked, ..Writer::default() };
        self.known = HashMap::new();
        self.names.shrink();
        let traits = std::mem::take(&mut self.traits);
        let mut groups = Groups::new(&traits);
        let seen = self.runs.each(false, &mut |entry| {
            groups.next(entry).map_or(Some(()), |group| writer.write(&group))
        });
        let last = groups.last.take();
        if seen.is_none() || last.is_some_and(|group| writer.write(&group).is_none()) {
            return too_large();
        }
        let Some(()) = writer.end(self.names.count()) else { return too_large() };
        let numbers = turns.iter().map(|turn| writer.number(*turn)).collect();
        let of_turn = |(turn, start, length)| Some((writer.number(turn)?, start, length));
        let mut links: Vec<(u32, u32, u16)> = self.links.drain(..).filter_map(of_turn).collect();
        links.sort_unstable();
        links.shrink_to_fit();
        let of_turn = |(turn, name, value)| Some((writer.number(turn)?, name, value));
        let mut xattrs: Vec<Attribute> = self.xattrs.drain(..).filter_map(of_turn).collect();
        xattrs.sort_by_key(|(number, ..)| *number);
        self.targets.shrink_to_fit();
        let table = LayerTable {
            names: self.names,
            traits,
            ranges: writer.ranges,
            skips: writer.skips,
            packed: writer.packed,
            whiteouts: writer.whiteouts,
            links,
            targets: self.targets,
            xattrs,
            problems: self.problems,
        };
        Ok((table, numbers))
    }
}

pub(super) fn too_large<T>() -> io::Result<T> {
    refuse("more entries and names than one layer may have".to_owned())
}

/// All entries of one path, of which one counts.
struct Group {
    folder: u32,
    name: Vec<u8>,
    /// The turn of the one that counts.
    turn: u32,
    fields: Fields,
    kind: LayerKind,
    /// How many there are that are listed.
    listed: usize,
    all_are_files: bool,
    has_other_than_folders: bool,
    /// The number by which what lies in it is found.
    below: u32,
}

impl Group {
    fn is_plain(&self, has_hard_links: bool) -> bool {
        let is_alone = self.listed <= 1 && self.below == 0;
        let is_whiteout = self.name.starts_with(WHITEOUT) && self.below == 0;
        let the_last_counts = self.all_are_files && self.below == 0 && !has_hard_links;
        is_alone || is_whiteout || the_last_counts || !self.has_other_than_folders
    }
}

/// Puts together what has one path.
struct Groups<'a> {
    traits: &'a [Traits],
    last: Option<Group>,
}

impl<'a> Groups<'a> {
    fn new(traits: &'a [Traits]) -> Self {
        Self { traits, last: None }
    }

    /// Takes the next entry; the group before, if it is of another one.
    fn next(&mut self, entry: Coming<'_>) -> Option<Group> {
        let kind = self.traits.get(entry.fields.traits as usize).map(|traits| traits.kind);
        let kind = kind.unwrap_or(LayerKind::Other);
        let is_listed = entry.turn > 0;
        if let Some(group) = &mut self.last
            && group.folder == entry.folder
            && group.name == entry.name
        {
            // What is not listed comes first, and the last of the others counts.
            (group.turn, group.fields, group.kind) = (entry.turn, entry.fields, kind);
            group.listed += usize::from(is_listed);
            group.all_are_files &= kind == LayerKind::File;
            group.has_other_than_folders |= kind != LayerKind::Directory;
            return None;
        }
        let below = if is_listed { 0 } else { u32::try_from(entry.fields.size).unwrap_or(0) };
        let mut group = Group {
            folder: entry.folder,
            name: Vec::new(),
            turn: entry.turn,
            fields: entry.fields,
            kind,
            listed: usize::from(is_listed),
            all_are_files: kind == LayerKind::File,
            has_other_than_folders: kind != LayerKind::Directory,
            below,
        };
        group.name.extend_from_slice(entry.name);
        self.last.replace(group)
    }
}

/// Writes the list in its form.
#[derive(Default)]
struct Writer {
    ranges: Vec<Range>,
    skips: Vec<u32>,
    packed: Segments,
    whiteouts: Vec<u32>,
    /// The block that is being written, of the folder that [`Writer::ranges`] ends with.
    block: Vec<u8>,
    in_block: usize,
    blocks: usize,
    coder: Coder,
    count: u32,
    /// Turns of which the numbers are asked for, and those.
    asked: Vec<u32>,
    numbers: Vec<Option<u32>>,
}

impl Writer {
    fn number(&self, turn: u32) -> Option<u32> {
        self.numbers.get(self.asked.binary_search(&turn).ok()?).copied().flatten()
    }

    fn write(&mut self, group: &Group) -> Option<()> {
        self.open(group.folder)?;
        if self.in_block == BLOCK {
            self.close_block()?;
        }
        let mut fields = group.fields;
        if group.kind == LayerKind::Directory {
            fields.size = u64::from(group.below);
        }
        if group.name.starts_with(WHITEOUT)
            && group.turn > 0
            && self.whiteouts.last() != Some(&group.folder)
        {
            self.whiteouts.push(group.folder);
        }
        self.coder.encode(&mut self.block, &group.name, &fields);
        self.in_block += 1;
        // Turn 0 is that of every folder which is not listed.
        if group.turn > 0
            && let Ok(at) = self.asked.binary_search(&group.turn)
            && let Some(slot) = self.numbers.get_mut(at)
        {
            *slot = Some(self.count);
        }
        self.count += 1;
        Some(())
    }

    /// Begins the folders up to one.
    fn open(&mut self, folder: u32) -> Option<()> {
        while self.ranges.len() <= folder as usize {
            self.close_block()?;
            self.blocks = 0;
            let skip = u32::try_from(self.skips.len()).ok()?;
            self.ranges.push(Range { first: self.count, start: 0, skip });
        }
        Some(())
    }

    fn close_block(&mut self) -> Option<()> {
        if self.in_block > 0 {
            let place = self.packed.push(&self.block)?;
            match self.ranges.last_mut() {
                Some(range) if self.blocks == 0 => range.start = place,
                _ => self.skips.push(place),
            }
            self.blocks += 1;
        }
        self.in_block = 0;
        self.block.clear();
        self.coder.restart();
        Some(())
    }

    /// Ends the list: one more range says where it does.
    fn end(&mut self, folders: u32) -> Option<()> {
        self.open(folders.max(TOP + 1))?;
        self.packed.shrink();
        self.ranges.shrink_to_fit();
        self.skips.shrink_to_fit();
        Some(())
    }
}
