//! A layer whose order matters - a path that is there twice, a file below a link of the same layer - as an engine unpacks
//! it into a folder of its own, one item after the other. What is there in the end is listed again, each path once.
//!
//! Few layers are so, and no engine writes them.

use super::build::{Builder, refuse, too_large};
use super::entry::{LayerEntry, LayerKind, Traits};
use super::limits::MAX_LINKS;
use super::record::Fields;
use super::table::WHITEOUT;
use std::collections::HashMap;
use std::io;

/// The steps that unpacking may take: parts of paths looked up, and paths taken away.
const MAX_STEPS: u64 = 100_000_000;
/// Items of a layer that is unpacked so, each taking some 400 bytes while it is.
const MAX_ITEMS: usize = 500_000;
const ROOT: usize = 0;

/// An item of the archive.
struct Item {
    turn: u32,
    path: Vec<u8>,
    link: Vec<u8>,
    traits: Traits,
    fields: Fields,
}

impl Item {
    fn entry(&self) -> LayerEntry {
        LayerEntry::of(0, 0, self.traits, &self.fields)
    }

    fn is_whiteout(&self) -> bool {
        self.path.rsplit(|byte| *byte == b'/').next().is_some_and(|name| name.starts_with(WHITEOUT))
    }
}

/// What a path is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Nothing,
    /// A folder that is not listed.
    Implied,
    /// The item with that number.
    Item(usize),
}

struct Node {
    parent: usize,
    name: Vec<u8>,
    children: Vec<usize>,
    state: State,
    /// It was something else than a folder: what lower layers have below it does not come back.
    cut: bool,
}

/// The layer, unpacked as far as it came.
struct Folder<'a> {
    items: &'a [Item],
    nodes: Vec<Node>,
    index: HashMap<(usize, Vec<u8>), usize>,
    /// The items that are hard links, and the item that each is.
    linked: HashMap<usize, usize>,
    steps: u64,
}

/// Too many steps.
struct TooMuch;

/// What becomes of folders on the way to a path that are not there, or something else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// They are made.
    Made,
    /// The path leads nowhere.
    Missing,
}

/// A list in which order does not matter any more, and for each turn of the first list the one in it.
pub(super) fn plain(mut builder: Builder) -> io::Result<(Builder, HashMap<u32, u32>)> {
    let Some(items) = items(&mut builder) else { return too_large() };
    if items.len() >= MAX_ITEMS {
        return refuse(format!(
            "paths that are there twice or lie below links, in a layer of more than {MAX_ITEMS} entries"
        ));
    }
    let mut plain = Builder::default();
    plain.problems = std::mem::take(&mut builder.problems);
    let mut folder = Folder::new(&items);
    let Ok(problems) = folder.unpack() else {
        return refuse("the layer takes more work to unpack than any real one".to_owned());
    };
    for (item, problem) in problems {
        plain.problem(&items[item].path, &problem);
    }
    let places = folder.list(&mut plain)?;
    for (turn, name, value) in builder.xattrs.drain(..) {
        if let Some(turn) = places.get(&turn) {
            plain.push_xattr(*turn, name, value);
        }
    }
    plain.xattrs.sort_by_key(|(turn, ..)| *turn);
    Ok((plain, places))
}

/// The items in the order of the archive.
fn items(builder: &mut Builder) -> Option<Vec<Item>> {
    let Builder { names, runs, traits, links, targets, .. } = builder;
    let mut items = Vec::new();
    runs.each(false, &mut |entry| {
        if entry.turn == 0 || items.len() >= MAX_ITEMS {
            return Some(());
        }
        let link = links.binary_search_by_key(&entry.turn, |(turn, ..)| *turn).ok();
        let link = link.and_then(|at| links.get(at)).and_then(|(_, start, length)| {
            targets.get(*start as usize..)?.get(..usize::from(*length))
        });
        items.push(Item {
            turn: entry.turn,
            path: names.path(entry.folder, entry.name),
            link: link.unwrap_or_default().to_vec(),
            traits: *traits.get(entry.fields.traits as usize)?,
            fields: entry.fields,
        });
        Some(())
    })?;
    items.sort_unstable_by_key(|item| item.turn);
    Some(items)
}

/// The parts of a path, the first at the end.
fn parts(path: &[u8]) -> Vec<Vec<u8>> {
    let parts = path.rsplit(|byte| *byte == b'/');
    parts.filter(|part| !matches!(*part, b"" | b".")).map(<[u8]>::to_vec).collect()
}

impl<'a> Folder<'a> {
    fn new(items: &'a [Item]) -> Self {
        let root = Node {
            parent: ROOT,
            name: Vec::new(),
            children: Vec::new(),
            state: State::Implied,
            cut: false,
        };
        let (index, linked) = (HashMap::new(), HashMap::new());
        Self { items, nodes: vec![root], index, linked, steps: 0 }
    }

    fn step(&mut self) -> Result<(), TooMuch> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(TooMuch) } else { Ok(()) }
    }

    /// Unpacks all items; what could not be, and why.
    fn unpack(&mut self) -> Result<Vec<(usize, String)>, TooMuch> {
        let mut problems = Vec::new();
        // Whiteouts act on lower layers alone, so all of them come before what the layer adds.
        for (number, item) in self.items.iter().enumerate().filter(|(_, item)| item.is_whiteout()) {
            let mut node = ROOT;
            for part in parts(&item.path).into_iter().rev() {
                self.step()?;
                self.make_folder(node);
                node = self.child_or_new(node, part);
            }
            self.nodes[node].state = State::Item(number);
        }
        let mut later = Vec::new();
        for (number, item) in self.items.iter().enumerate().filter(|(_, item)| !item.is_whiteout())
        {
            let done = match item.traits.kind {
                LayerKind::HardLink => self.link(number)?,
                _ => self.put(number, true)?,
            };
            match (done, item.traits.kind) {
                (true, _) => {}
                (false, LayerKind::HardLink) => later.push(number),
                (false, _) => {
                    problems
                        .push((number, "its folder is behind too many symbolic links".to_owned()));
                }
            }
        }
        for number in self.links(later)? {
            let target = String::from_utf8_lossy(&self.items[number].link);
            // A lower layer may have it: then the merged tree shows the link.
            if !self.put(number, false)? {
                problems.push((
                    number,
                    format!("hard link to {target}, which is no file of the image"),
                ));
            }
        }
        Ok(problems)
    }

    /// Hard links whose file was not there yet, in as many rounds as they are linked to each other; those that are left.
    fn links(&mut self, mut links: Vec<usize>) -> Result<Vec<usize>, TooMuch> {
        loop {
            let mut left = Vec::new();
            for number in &links {
                if !self.link(*number)? {
                    left.push(*number);
                }
            }
            if left.len() == links.len() {
                return Ok(left);
            }
            links = left;
        }
    }

    /// Makes a hard link to a file of this layer; whether there is one.
    fn link(&mut self, number: usize) -> Result<bool, TooMuch> {
        let Some(file) = self.node(&self.items[number].link, Missing::Missing)? else {
            return Ok(false);
        };
        let State::Item(found) = self.nodes[file].state else { return Ok(false) };
        let found = self.linked.get(&found).copied().unwrap_or(found);
        if matches!(self.items[found].traits.kind, LayerKind::Directory | LayerKind::HardLink) {
            return Ok(false);
        }
        let Some(node) = self.node(&self.items[number].path, Missing::Made)? else {
            return Ok(false);
        };
        // A file cannot take the place of its own folder.
        let mut at = file;
        while at != ROOT {
            if at == node && at != file {
                return Ok(false);
            }
            at = self.nodes[at].parent;
        }
        if node == ROOT {
            return Ok(false);
        }
        self.remove_below(node)?;
        (self.nodes[node].state, self.nodes[node].cut) = (State::Item(number), true);
        self.linked.insert(number, found);
        Ok(true)
    }

    /// Puts an item where it belongs; `false` behind too many links, or if it may not take the place of anything.
    fn put(&mut self, number: usize, anything: bool) -> Result<bool, TooMuch> {
        let item = &self.items[number];
        let is_folder = item.traits.kind == LayerKind::Directory;
        if item.path.is_empty() {
            if is_folder {
                self.nodes[ROOT].state = State::Item(number);
            }
            return Ok(true);
        }
        let Some(node) = self.node(&item.path, Missing::Made)? else { return Ok(false) };
        if node == ROOT || !anything && self.nodes[node].state != State::Nothing {
            return Ok(false);
        }
        if !is_folder {
            self.remove_below(node)?;
            self.nodes[node].cut = true;
        }
        self.nodes[node].state = State::Item(number);
        Ok(true)
    }

    fn child_or_new(&mut self, parent: usize, name: Vec<u8>) -> usize {
        if let Some(found) = self.index.get(&(parent, name.clone())) {
            return *found;
        }
        let node = self.nodes.len();
        self.nodes.push(Node {
            parent,
            name: name.clone(),
            children: Vec::new(),
            state: State::Nothing,
            cut: false,
        });
        self.nodes[parent].children.push(node);
        self.index.insert((parent, name), node);
        node
    }

    fn is_folder(&self, node: usize) -> bool {
        match self.nodes[node].state {
            State::Nothing => false,
            State::Implied => true,
            State::Item(number) => self.items[number].traits.kind == LayerKind::Directory,
        }
    }

    fn make_folder(&mut self, node: usize) {
        if !self.is_folder(node) {
            self.nodes[node].state = State::Implied;
        }
    }

    /// Where a symbolic link leads that a path is.
    fn symlink(&self, node: usize) -> Option<&'a [u8]> {
        let State::Item(number) = self.nodes[node].state else { return None };
        let number = self.linked.get(&number).copied().unwrap_or(number);
        let item = &self.items[number];
        (item.traits.kind == LayerKind::Symlink).then_some(&item.link)
    }

    /// The node of a path. Links on the way are followed, but not the last part. `None` behind too many links, or where
    /// nothing is to be made and there is none.
    fn node(&mut self, path: &[u8], missing: Missing) -> Result<Option<usize>, TooMuch> {
        let mut rest = parts(path);
        let mut node = ROOT;
        let mut links = 0;
        while let Some(part) = rest.pop() {
            self.step()?;
            if part == b".." {
                node = self.nodes[node].parent;
                continue;
            }
            let folder = node;
            node = match missing {
                Missing::Made => self.child_or_new(folder, part),
                Missing::Missing => match self.index.get(&(folder, part)) {
                    Some(found) => *found,
                    None => return Ok(None),
                },
            };
            if rest.is_empty() || self.is_folder(node) {
                continue;
            }
            if let Some(target) = self.symlink(node) {
                links += 1;
                if links > MAX_LINKS {
                    return Ok(None);
                }
                node = if target.starts_with(b"/") { ROOT } else { folder };
                rest.extend(parts(target));
            } else if missing == Missing::Made {
                self.nodes[node].state = State::Implied;
            } else {
                return Ok(None);
            }
        }
        Ok(Some(node))
    }

    /// Takes away what is below a path.
    fn remove_below(&mut self, node: usize) -> Result<(), TooMuch> {
        let mut open = std::mem::take(&mut self.nodes[node].children);
        while let Some(at) = open.pop() {
            self.step()?;
            let name = std::mem::take(&mut self.nodes[at].name);
            self.index.remove(&(self.nodes[at].parent, name));
            self.nodes[at].state = State::Nothing;
            open.append(&mut self.nodes[at].children);
        }
        Ok(())
    }

    fn path(&self, mut node: usize) -> Vec<u8> {
        let mut parts = Vec::new();
        while node != ROOT {
            parts.push(self.nodes[node].name.as_slice());
            node = self.nodes[node].parent;
        }
        parts.reverse();
        parts.join(&b'/')
    }

    /// Adds what is there in the end to a list; the turn there of each turn here.
    fn list(&self, plain: &mut Builder) -> io::Result<HashMap<u32, u32>> {
        let mut nodes = vec![ROOT];
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut links = Vec::new();
        let mut turns = HashMap::new();
        while let Some(node) = nodes.pop() {
            nodes.extend(&self.nodes[node].children);
            self.add_cut(plain, node)?;
            let State::Item(number) = self.nodes[node].state else { continue };
            if self.linked.contains_key(&number) {
                links.push((node, number));
                continue;
            }
            places.insert(number, node);
            self.add(plain, node, number, &self.items[number].link, &mut turns)?;
        }
        // In the order of the archive: the first link to a file that is not there itself any more takes its place.
        links.sort_unstable_by_key(|(_, number)| *number);
        for (node, number) in links {
            let Some(file) = self.linked.get(&number).copied() else { continue };
            match places.get(&file) {
                Some(place) => self.add(plain, node, number, &self.path(*place), &mut turns)?,
                None => {
                    places.insert(file, node);
                    self.add(plain, node, file, &self.items[file].link, &mut turns)?;
                }
            }
        }
        Ok(turns)
    }

    /// Adds the whiteout of a folder that was something else.
    fn add_cut(&self, plain: &mut Builder, node: usize) -> io::Result<()> {
        let Node { parent, ref name, cut, .. } = self.nodes[node];
        let whiteout = [WHITEOUT, name].concat();
        if !cut || !self.is_folder(node) || self.index.contains_key(&(parent, whiteout.clone())) {
            return Ok(());
        }
        let mut path = self.path(parent);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend(whiteout);
        let entry = LayerEntry { implied: false, kind: LayerKind::File, ..LayerEntry::implied(0) };
        plain.add(&path, b"", &entry).map(drop)
    }

    fn add(
        &self,
        plain: &mut Builder,
        node: usize,
        number: usize,
        link: &[u8],
        turns: &mut HashMap<u32, u32>,
    ) -> io::Result<()> {
        let item = &self.items[number];
        let turn = plain.add(&self.path(node), link, &item.entry())?;
        turns.insert(item.turn, turn);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: LayerKind, size: u64) -> LayerEntry {
        LayerEntry { implied: false, kind, size, ..LayerEntry::implied(0) }
    }

    #[test]
    fn what_was_asked_for_by_turn_is_found_where_it_is_in_the_end() {
        let mut builder = Builder::default();
        let file = |size| entry(LayerKind::File, size);
        builder.add(b"t/x", b"", &file(1)).unwrap();
        builder.add(b"l", b"t", &entry(LayerKind::Symlink, 0)).unwrap();
        builder.add(b"l/y", b"", &file(3)).unwrap();
        builder.add(b"h", b"t/x", &entry(LayerKind::HardLink, 0)).unwrap();
        builder.add(b"t/x", b"", &file(5)).unwrap();
        let (table, numbers) = builder.finish(&[1, 2, 3, 4, 5]).unwrap();
        let path = |number: &Option<u32>| {
            let entry = table.entry((*number)?)?;
            Some((String::from_utf8(table.path(&entry)).ok()?, entry.size))
        };
        let found: Vec<_> = numbers.iter().map(path).collect();
        let at = |path: &str, size| Some((path.to_owned(), size));
        // The first content of `t/x` has no name left but the hard link's.
        assert_eq!(found, [at("h", 1), at("l", 0), at("t/y", 3), None, at("t/x", 5)]);
    }

    #[test]
    fn a_large_layer_in_which_order_matters_is_refused() {
        let mut builder = Builder::default();
        builder.add(b"a", b"", &entry(LayerKind::File, 0)).unwrap();
        builder.add(b"a", b"b", &entry(LayerKind::Symlink, 0)).unwrap();
        for number in 2..MAX_ITEMS {
            builder.add(format!("d/{number}").as_bytes(), b"", &entry(LayerKind::File, 0)).unwrap();
        }
        let error = builder.finish(&[]).unwrap_err();
        assert!(error.to_string().contains("twice"), "{error}");
    }
}
