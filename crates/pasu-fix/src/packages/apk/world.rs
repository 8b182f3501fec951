//! `/etc/apk/world`: the packages that the administrator asked for, and which versions of them may be.

use std::collections::{BTreeMap, BTreeSet};

/// Where it is.
pub const WORLD: &str = "/etc/apk/world";

/// The name of an entry such as `zlib`, `zlib=1.3-r0`, `zlib@edge`, `zlib><Q1…` or `!zlib`.
fn name(entry: &str) -> &str {
    let end = entry.find(['@', '=', '<', '>', '~']).unwrap_or(entry.len());
    entry[..end].trim_start_matches('!')
}

/// Names whose version, repository or very file is pinned, with the entry. A lower bound alone (`zlib>1.2`) holds
/// nothing back.
pub fn pinned(world: &str) -> BTreeMap<String, String> {
    let mut pinned = BTreeMap::new();
    for entry in world.split_whitespace().filter(|entry| !entry.starts_with('!')) {
        let rest = &entry[name(entry).len()..];
        let is_bound = rest.starts_with('>') && !rest.starts_with("><") && !rest.contains('@');
        if !rest.is_empty() && !is_bound {
            pinned.insert(name(entry).to_owned(), entry.to_owned());
        }
    }
    pinned
}

/// Names that stand in it.
pub fn names(world: &str) -> BTreeSet<&str> {
    world.split_whitespace().filter(|entry| !entry.starts_with('!')).map(name).collect()
}

/// The world as it was before packages of these names were put in it, but with what somebody else changed since.
pub fn undone(before: &str, now: &str, ours: &BTreeSet<&str>) -> String {
    let is_ours = |entry: &&str| ours.contains(name(entry));
    let of_others = |world: &'_ str| -> BTreeSet<String> {
        world.split_whitespace().filter(|entry| !is_ours(entry)).map(str::to_owned).collect()
    };
    let others = of_others(now);
    if others == of_others(before) {
        return before.to_owned();
    }
    let kept = before.split_whitespace().filter(is_ours).map(str::to_owned);
    let mut entries: Vec<String> = others.into_iter().chain(kept).collect();
    entries.sort();
    entries.iter().map(|entry| format!("{entry}\n")).collect()
}
