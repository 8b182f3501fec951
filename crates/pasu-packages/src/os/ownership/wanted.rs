//! The files whose owner is asked for.

use pasu_system::System;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// The directories that a merged `/usr` makes links of, and those that some distributions merged inside `/usr`.
const MERGED: [&str; 8] =
    ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr/sbin", "usr/lib64"];

/// A link from a directory to another: what a path in it begins with, and what to write instead.
type Link = (String, String);

/// The files whose owner is still unknown, and the owners that were found.
pub struct Wanted {
    /// The canonical form of a path, without its first `/`, to the forms in which it was asked for.
    open: HashMap<Vec<u8>, Vec<String>>,
    ends: Ends,
    links: Vec<Link>,
    found: BTreeMap<String, String>,
}

impl Wanted {
    /// Everything is open.
    pub fn new(system: &dyn System, candidates: &BTreeSet<String>) -> Self {
        let mut wanted = Self {
            open: HashMap::new(),
            ends: Ends([0; 64]),
            links: MERGED.iter().filter_map(|directory| link(system, directory)).collect(),
            found: BTreeMap::new(),
        };
        for candidate in candidates {
            let canonical = wanted.canonical(candidate.as_bytes());
            if !canonical.is_empty() {
                wanted.ends.insert(&canonical);
                wanted.open.entry(canonical).or_default().push(candidate.clone());
            }
        }
        wanted
    }

    /// Whether nothing is left to find.
    pub fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// The canonical form of a path in a list, which may or may not begin with `/`, if its owner is asked for.
    pub fn is_open(&self, path: &[u8]) -> Option<Vec<u8>> {
        if !self.ends.may_hold(path) {
            return None;
        }
        Some(self.canonical(path)).filter(|canonical| self.open.contains_key(canonical))
    }

    /// A package has the file of this canonical path; the first that says so keeps it.
    pub fn give(&mut self, canonical: &[u8], package: &str) {
        for candidate in self.open.remove(canonical).unwrap_or_default() {
            self.found.insert(candidate, package.to_owned());
        }
    }

    /// A package says it has this file, which may or may not be asked for.
    pub fn offer(&mut self, path: &[u8], package: &str) {
        if let Some(canonical) = self.is_open(path) {
            self.give(&canonical, package);
        }
    }

    /// The owners by path.
    pub fn into_owners(self) -> BTreeMap<String, String> {
        self.found
    }

    /// Without the first `/`, and in the directory that a link leads to.
    fn canonical(&self, path: &[u8]) -> Vec<u8> {
        let mut path = path.strip_prefix(b"/").unwrap_or(path).to_vec();
        // `/sbin` may lead to `/usr/sbin` and that to `/usr/bin`.
        for _ in 0..2 {
            let link = self.links.iter().find(|(from, _)| path.starts_with(from.as_bytes()));
            let Some((from, to)) = link else { break };
            path.splice(..from.len(), to.bytes());
        }
        path
    }
}

/// A bit for each of 4096 classes of path ends: lists have some hundred thousand lines, and this dismisses nearly all
/// of them without building or hashing a path.
struct Ends([u64; 64]);

impl Ends {
    fn insert(&mut self, path: &[u8]) {
        let (word, bit) = Self::class(path);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn may_hold(&self, path: &[u8]) -> bool {
        let (word, bit) = Self::class(path);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The class of the last eight bytes of the file's name, which every form of its path has in common.
    fn class(path: &[u8]) -> (usize, u64) {
        let name = path.iter().rev().take(8).take_while(|byte| **byte != b'/');
        let end = name.fold(0u64, |end, byte| (end << 8) | u64::from(*byte));
        let class = end.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        ((class >> 6) as usize, 1 << (class & 63))
    }
}

/// Where a directory leads, if it is a link: `bin` to `usr/bin`, `usr/sbin` to `bin` beside it.
fn link(system: &dyn System, directory: &str) -> Option<Link> {
    let target = system.read_link(&Path::new("/").join(directory)).ok()?;
    let target = target.to_str()?;
    let parent = directory.rsplit_once('/').map_or("", |(parent, _)| parent);
    let to = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{parent}/{target}").trim_start_matches('/').to_owned(),
    };
    let plain = !to.is_empty() && !to.split('/').any(|part| matches!(part, "." | ".."));
    plain.then(|| (format!("{directory}/"), format!("{}/", to.trim_end_matches('/'))))
}
