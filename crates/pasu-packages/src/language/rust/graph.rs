//! Which crate of a `Cargo.lock` needs which, and which of them end up in the program.

use super::cargo_lock::Entry;
use super::cargo_toml::Manifests;
use super::package;
use pasu_model::{Package, PackageType, Relationship};
use std::collections::{HashMap, HashSet};

/// The entries of a lock file and, for each, the indices of those it needs.
pub(super) struct Graph<'a> {
    entries: Vec<&'a Entry>,
    edges: Vec<Vec<usize>>,
    /// For each, the names that several of those share.
    shared: Vec<HashSet<&'a str>>,
    /// The project's own crates.
    members: Vec<usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(entries: Vec<&'a Entry>) -> Self {
        let mut by_name = HashMap::<&str, Vec<usize>>::new();
        for (index, entry) in entries.iter().enumerate() {
            by_name.entry(&entry.name).or_default().push(index);
        }
        let edges: Vec<Vec<usize>> = entries
            .iter()
            .map(|entry| {
                let resolve = |needed: &String| resolve(needed, &entries, &by_name);
                let mut needed: Vec<usize> =
                    entry.dependencies.iter().filter_map(resolve).collect();
                needed.sort_unstable();
                needed.dedup();
                needed
            })
            .collect();
        let shared = edges.iter().map(|edges| shared_names(edges, &entries)).collect();
        let numbered = entries.iter().enumerate();
        let members =
            numbered.filter(|(_, entry)| is_member(entry)).map(|(index, _)| index).collect();
        Self { entries, edges, shared, members }
    }

    /// The packages in the order of the entries.
    pub(super) fn packages(&self, manifests: &Manifests) -> Vec<Package> {
        let linked = self.linked(manifests);
        let direct = self.direct(manifests, &linked);
        let entries = self.entries.iter().enumerate();
        entries
            .map(|(index, entry)| {
                let mut package = package(PackageType::Cargo, &entry.name, &entry.version);
                package.dev = !self.members.is_empty() && !is_marked(&linked, index);
                package.relationship = match (is_member(entry), is_marked(&direct, index)) {
                    (true, _) if self.members.len() == 1 => Relationship::Root,
                    (true, _) => Relationship::Workspace,
                    (false, true) => Relationship::Direct,
                    (false, false) if self.members.is_empty() => Relationship::Unknown,
                    (false, false) => Relationship::Indirect,
                };
                package.digest = entry.checksum.as_ref().map(|hash| format!("sha256:{hash}"));
                package.depends_on = self.ids(index);
                package
            })
            .collect()
    }

    fn edges(&self, index: usize) -> &[usize] {
        self.edges.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    fn ids(&self, index: usize) -> Vec<String> {
        let needed = self.edges(index).iter().filter_map(|needed| self.entries.get(*needed));
        let mut ids: Vec<String> =
            needed.map(|entry| format!("{}@{}", entry.name, entry.version)).collect();
        ids.sort_unstable();
        ids
    }

    /// What the project's crates name themselves: for a linked crate, in order to link it.
    fn direct(&self, manifests: &Manifests, linked: &[bool]) -> Vec<bool> {
        let mut direct = vec![false; self.entries.len()];
        for member in &self.members {
            for next in self.edges(*member) {
                if !is_marked(linked, *next) || self.is_linked(*member, *next, manifests) {
                    mark(&mut direct, *next);
                }
            }
        }
        direct
    }

    /// What is reachable from the project's crates by what they are linked with.
    fn linked(&self, manifests: &Manifests) -> Vec<bool> {
        let mut linked = vec![false; self.entries.len()];
        let mut open = self.members.clone();
        for member in &self.members {
            mark(&mut linked, *member);
        }
        while let Some(index) = open.pop() {
            for next in self.edges(index) {
                if self.is_linked(index, *next, manifests) && mark(&mut linked, *next) {
                    open.push(*next);
                }
            }
        }
        linked
    }

    /// Whether one entry is linked with another it names. Lock files leave out what crates from elsewhere need only
    /// for development, so the question is open for the project's own alone.
    fn is_linked(&self, index: usize, next: usize, manifests: &Manifests) -> bool {
        let (Some(entry), Some(needed)) = (self.entries.get(index), self.entries.get(next)) else {
            return false;
        };
        let ambiguous =
            || self.shared.get(index).is_some_and(|names| names.contains(needed.name.as_str()));
        !is_member(entry)
            || manifests.needs(
                &entry.name,
                &needed.name,
                ambiguous().then_some(needed.version.as_str()),
            )
    }
}

/// The names that more than one of the entries at `edges` has.
fn shared_names<'a>(edges: &[usize], entries: &[&'a Entry]) -> HashSet<&'a str> {
    let mut seen = HashSet::new();
    let names =
        edges.iter().filter_map(|index| entries.get(*index)).map(|entry| entry.name.as_str());
    names.filter(|name| !seen.insert(*name)).collect()
}

/// Whether an entry is part of the project: it has no source.
fn is_member(entry: &Entry) -> bool {
    entry.source.is_none()
}

/// Sets a flag; whether it was not set before.
fn mark(flags: &mut [bool], index: usize) -> bool {
    flags.get_mut(index).is_some_and(|flag| !std::mem::replace(flag, true))
}

fn is_marked(flags: &[bool], index: usize) -> bool {
    flags.get(index).copied().unwrap_or_default()
}

/// The entry behind `ryu`, `ryu 1.0.15` or `ryu 1.0.15 (registry+https://…)`: Cargo writes as much as is needed to
/// tell entries of one name apart.
fn resolve(needed: &str, entries: &[&Entry], by_name: &HashMap<&str, Vec<usize>>) -> Option<usize> {
    let mut words = needed.splitn(3, ' ');
    let candidates = by_name.get(words.next()?)?;
    let version = words.next();
    let source = words.next().map(|source| source.trim_matches(['(', ')']));
    candidates.iter().copied().find(|index| {
        entries.get(*index).is_some_and(|entry| {
            version.is_none_or(|version| entry.version == version)
                && source.is_none_or(|source| entry.source.as_deref() == Some(source))
        })
    })
}
