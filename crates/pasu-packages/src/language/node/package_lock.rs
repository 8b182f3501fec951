//! npm's `package-lock.json` and `npm-shrinkwrap.json`, lockfile versions 2 and 3 (npm 7 and later):
//! ```json
//! "node_modules/debug": { "version": "2.6.8", "license": "MIT", "dependencies": { "ms": "2.0.0" } }
//! ```
//! Keys of `packages` are places: `""` is the project, a place without `node_modules` is a member of its workspace.

use super::package_lock_v1::{self, Entry as OldEntry};
use super::{inside_node_modules, package, specifier};
use crate::language::entry_lines::EntryLines;
use crate::language::lenient::{Scalar, Table};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Reads `package-lock.json`.
pub(super) struct PackageLock;

impl Detector for PackageLock {
    fn id(&self) -> &'static str {
        "npm/package-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["package-lock.json", "npm-shrinkwrap.json"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if inside_node_modules(file.path) {
            return Ok(Vec::new());
        }
        let text = file.json_object()?;
        let lock: Lock<'_> = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let mut lines = EntryLines::new(text);
        let packages = if lock.packages.0.is_empty() {
            package_lock_v1::packages(file, &lock.dependencies, &mut lines)
        } else {
            Places::new(&lock.packages).packages(&mut lines)
        };
        Ok(listing::set(PackageType::Npm, file.target(), packages))
    }
}

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    packages: Table<'a, Entry<'a>>,
    /// Version 1's tree; version 2 repeats it for npm 6.
    #[serde(borrow, default)]
    dependencies: Table<'a, OldEntry<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry<'a> {
    /// Only where the folder is called otherwise: an alias, or a member of the workspace.
    #[serde(borrow)]
    name: Scalar<'a>,
    #[serde(borrow)]
    version: Scalar<'a>,
    #[serde(borrow)]
    resolved: Scalar<'a>,
    #[serde(borrow)]
    license: Scalar<'a>,
    link: Scalar<'a>,
    dev: Scalar<'a>,
    extraneous: Scalar<'a>,
    #[serde(borrow)]
    dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    dev_dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    optional_dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    peer_dependencies: Table<'a, Scalar<'a>>,
}

impl Entry<'_> {
    /// The names of what it needs when it runs.
    fn needs(&self) -> impl Iterator<Item = &str> {
        let tables = [&self.dependencies, &self.optional_dependencies, &self.peer_dependencies];
        tables.into_iter().flat_map(Table::keys)
    }
}

const FOLDER: &str = "node_modules/";

/// No file system holds a longer path, nor npm deeper nesting; looking for modules from such a place stops.
const MAX_PLACE: usize = 4096;
const MAX_NESTING: usize = 64;

/// The places of a lock file; `by_path` holds their position.
struct Places<'a> {
    entries: &'a [(Cow<'a, str>, Entry<'a>)],
    by_path: HashMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    fn new(table: &'a Table<'a, Entry<'a>>) -> Self {
        let paths = table.keys().enumerate();
        Self { entries: &table.0, by_path: paths.map(|(index, path)| (path, index)).collect() }
    }

    fn packages(&self, lines: &mut EntryLines<'_>) -> Vec<Package> {
        let direct = self.direct();
        let found: Vec<Option<Package>> =
            self.entries.iter().map(|(path, entry)| read(path, entry)).collect();
        let ids: Vec<Option<String>> =
            found.iter().map(|found| found.as_ref().map(Package::id)).collect();
        let mut packages = Vec::new();
        for (index, ((path, entry), package)) in self.entries.iter().zip(found).enumerate() {
            let Some(mut package) = package else { continue };
            let is_direct = direct.contains(&index);
            package.relationship =
                if is_direct { Relationship::Direct } else { Relationship::Indirect };
            let needs = entry.needs().filter_map(|name| self.find(path, name));
            package.depends_on = needs.filter_map(|need| ids.get(need).cloned()?).collect();
            package.lines.extend(lines.of(path));
            packages.push(package);
        }
        packages
    }

    /// Places that the project or a member of its workspace names.
    fn direct(&self) -> HashSet<usize> {
        let projects = self.entries.iter().filter(|(path, _)| folder_name(path).is_none());
        let mut direct = HashSet::new();
        for (path, project) in projects {
            for name in project.needs().chain(project.dev_dependencies.keys()) {
                direct.extend(self.find(path, name));
            }
        }
        direct
    }

    /// Where Node.js finds a module from a place: in the nearest `node_modules` on the way up.
    fn find(&self, from: &str, name: &str) -> Option<usize> {
        if from.len() > MAX_PLACE {
            return None;
        }
        let mut base = from;
        let mut place = String::with_capacity(from.len() + FOLDER.len() + name.len() + 1);
        for _ in 0..MAX_NESTING {
            place.clear();
            place.push_str(base);
            place.push_str(if base.is_empty() { "" } else { "/" });
            place.push_str(FOLDER);
            place.push_str(name);
            if let Some(index) = self.by_path.get(place.as_str()) {
                return Some(*index);
            }
            if base.is_empty() {
                return None;
            }
            base = parent(base);
        }
        None
    }
}

/// The installed package at a place; `None` for the project, the members of its workspace and links to them.
fn read(path: &str, entry: &Entry<'_>) -> Option<Package> {
    let folder = folder_name(path)?;
    if entry.link.is_set() || entry.extraneous.is_set() {
        return None;
    }
    let name = entry.name.text().unwrap_or(folder);
    let mut found = match entry.version.text() {
        Some(version) => package(PackageType::Npm, name, version)?,
        // A tarball whose own package.json has no version.
        None => {
            let (name, version) = specifier::tarball(entry.resolved.text()?)?;
            package(PackageType::Npm, &name, version)?
        }
    };
    found.dev = entry.dev.is_set();
    found.licenses.extend(entry.license.text().map(str::to_owned));
    Some(found)
}

/// `node_modules/a/node_modules/b` -> `node_modules/a` -> ``; `packages/x` -> ``.
fn parent(place: &str) -> &str {
    match place.rfind(FOLDER) {
        Some(at) => place.get(..at).unwrap_or_default().trim_end_matches('/'),
        None => "",
    }
}

/// The module's folder below the last `node_modules`; `None` if the place is not inside one.
fn folder_name(path: &str) -> Option<&str> {
    let (before, name) = path.rsplit_once(FOLDER)?;
    (before.is_empty() || before.ends_with('/')).then_some(name)
}
