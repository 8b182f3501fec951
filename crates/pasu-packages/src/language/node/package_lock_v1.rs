//! npm's `package-lock.json`, lockfile version 1 (npm 5 and 6):
//! ```json
//! "debug": { "version": "2.6.8", "requires": { "ms": "2.0.0" }, "dependencies": { … } }
//! ```
//! Nesting in `dependencies` is nesting in `node_modules`.

use super::manifest::wanted_by_project;
use super::{package, specifier};
use crate::TargetFile;
use crate::language::entry_lines::EntryLines;
use crate::language::lenient::{Scalar, Table};
use pasu_model::{Package, PackageType, Relationship};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// One module; its depth is limited by the JSON reader.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    version: Scalar<'a>,
    dev: Scalar<'a>,
    #[serde(borrow)]
    requires: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    dependencies: Table<'a, Entry<'a>>,
}

type Level<'a> = HashMap<&'a str, &'a Entry<'a>>;

/// The packages of a version 1 tree. Which are direct is known only to the `package.json` beside the lock file.
pub(super) fn packages(
    file: &TargetFile<'_>,
    tree: &Table<'_, Entry<'_>>,
    lines: &mut EntryLines<'_>,
) -> Vec<Package> {
    // Workspaces came with npm 7, whose lock files are of version 2.
    let wanted = wanted_by_project(file);
    let wanted = wanted
        .map(|wanted| wanted.into_iter().map(|wanted| wanted.name).collect::<HashSet<String>>());
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), wanted.as_ref(), lines, &mut found);
    found
}

fn collect<'a>(
    tree: &'a Table<'_, Entry<'a>>,
    levels: &mut Vec<Level<'a>>,
    wanted: Option<&HashSet<String>>,
    lines: &mut EntryLines<'_>,
    found: &mut Vec<Package>,
) {
    levels.push(level(tree));
    let top = levels.len() == 1;
    for (name, entry) in &tree.0 {
        if let Some(mut package) = read(name, entry) {
            package.relationship = match wanted {
                None => Relationship::Unknown,
                Some(wanted) if top && wanted.contains(name.as_ref()) => Relationship::Direct,
                Some(_) => Relationship::Indirect,
            };
            package.depends_on = depends_on(entry, levels);
            package.lines.extend(lines.of(name));
            found.push(package);
        }
        if !entry.dependencies.0.is_empty() {
            collect(&entry.dependencies, levels, wanted, lines, found);
        }
    }
    levels.pop();
}

/// A module of the registry; `None` for a folder of the project or a git repository, whose version is an address.
fn read(name: &str, entry: &Entry<'_>) -> Option<Package> {
    let version = entry.version.text()?;
    let mut found = match specifier::registry_package(version) {
        Some((name, version)) => package(PackageType::Npm, &name, version)?,
        None => package(PackageType::Npm, name, version)?,
    };
    found.dev = entry.dev.is_set();
    Some(found)
}

fn depends_on(entry: &Entry<'_>, levels: &[Level<'_>]) -> Vec<String> {
    if entry.requires.0.is_empty() {
        return Vec::new();
    }
    let own = level(&entry.dependencies);
    let find = |name: &str| {
        let above = || levels.iter().rev().find_map(|level| level.get(name).copied());
        read(name, own.get(name).copied().or_else(above)?)
    };
    entry.requires.keys().filter_map(|name| Some(find(name)?.id())).collect()
}

fn level<'a>(table: &'a Table<'_, Entry<'a>>) -> Level<'a> {
    table.0.iter().map(|(name, entry)| (name.as_ref(), entry)).collect()
}
