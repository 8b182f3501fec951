//! `yarn.lock` of Yarn 1 (`# yarn lockfile v1`) and of Yarn 2 and later ("berry"):
//! ```text
//! "lodash-old@npm:lodash@4.17.20":
//!   version: 4.17.20
//!   resolution: "lodash@npm:4.17.20"
//! ```
//! Neither says what is for development: that comes from the `package.json` beside it.

use super::manifest::{Wanted, wanted_beside};
use super::specifier::{is_local, registry_package, split_name};
use super::yarn_entry::{Entry, entries};
use super::{inside_node_modules, package};
use crate::language::listing;
use crate::language::reach::{MAX_SAME_NAME, dev_only};
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

/// Reads `yarn.lock`.
pub(super) struct YarnLock;

impl Detector for YarnLock {
    fn id(&self) -> &'static str {
        "npm/yarn-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["yarn.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if inside_node_modules(file.path) {
            return Ok(Vec::new());
        }
        let entries = entries(file.text()?)?;
        let wanted = wanted_beside(file, &members(&entries));
        let packages = Graph::new(&entries).packages(wanted.as_deref());
        Ok(listing::set(PackageType::Yarn, file.target(), packages))
    }
}

/// The folders of the workspace that the lock file itself names: `@demo/util@workspace:packages/util`.
fn members(entries: &[Entry]) -> Vec<PathBuf> {
    let resolutions = entries.iter().filter_map(|entry| entry.resolution.as_deref());
    resolutions
        .filter_map(|resolution| split_name(resolution)?.1.strip_prefix("workspace:"))
        .filter(|folder| *folder != "." && !folder.starts_with('/') && !folder.contains(".."))
        .map(PathBuf::from)
        .collect()
}

/// The entries and which of them answers which descriptor.
struct Graph<'a> {
    entries: &'a [Entry],
    packages: Vec<Option<Package>>,
    by_descriptor: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        let mut by_descriptor = HashMap::new();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for descriptor in &entry.descriptors {
                by_descriptor.insert(descriptor.as_str(), index);
                if let Some((name, _)) = split_name(descriptor) {
                    by_name.entry(name).or_default().push(index);
                }
            }
        }
        let packages = entries.iter().map(read).collect();
        Self { entries, packages, by_descriptor, by_name }
    }

    fn packages(mut self, wanted: Option<&[Wanted]>) -> Vec<Package> {
        let edges: Vec<Vec<usize>> =
            self.entries.iter().map(|entry| self.needs(&entry.dependencies)).collect();
        let ids: Vec<Option<String>> =
            self.packages.iter().map(|found| found.as_ref().map(Package::id)).collect();
        let (prod, dev) = self.roots(wanted.unwrap_or_default());
        let direct: HashSet<usize> = prod.iter().chain(&dev).copied().collect();
        let for_development = dev_only(&edges, &prod, &dev);
        let mut result = Vec::new();
        for (index, found) in self.packages.iter_mut().enumerate() {
            let Some(mut package) = found.take() else { continue };
            package.dev = for_development.get(index).copied().unwrap_or(false);
            package.relationship = match wanted {
                None => Relationship::Unknown,
                Some(_) if direct.contains(&index) => Relationship::Direct,
                Some(_) => Relationship::Indirect,
            };
            let needs = edges.get(index).map(Vec::as_slice).unwrap_or_default();
            package.depends_on =
                needs.iter().filter_map(|need| ids.get(*need).cloned().flatten()).collect();
            result.push(package);
        }
        result
    }

    fn needs(&self, dependencies: &[(String, String)]) -> Vec<usize> {
        dependencies.iter().flat_map(|(name, range)| self.find(name, range)).collect()
    }

    fn roots(&self, wanted: &[Wanted]) -> (Vec<usize>, Vec<usize>) {
        let mut roots = (Vec::new(), Vec::new());
        for wanted in wanted {
            let side = if wanted.dev { &mut roots.1 } else { &mut roots.0 };
            side.extend(self.find(&wanted.name, &wanted.range));
        }
        roots
    }

    /// The entries for a dependency. A `resolutions` field changes ranges after the fact, so that no descriptor is
    /// the one asked for: then every entry of that name may be meant.
    fn find(&self, name: &str, range: &str) -> Vec<usize> {
        let exact = self
            .by_descriptor
            .get(format!("{name}@{range}").as_str())
            .or_else(|| self.by_descriptor.get(format!("{name}@npm:{range}").as_str()));
        match exact {
            Some(index) => vec![*index],
            None => {
                let named = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
                named.iter().copied().take(MAX_SAME_NAME).collect()
            }
        }
    }
}

/// The package of an entry; `None` for members of the workspace, linked folders and `__metadata`.
fn read(entry: &Entry) -> Option<Package> {
    let descriptor = entry.descriptors.first()?;
    let (name, source) = match &entry.resolution {
        Some(resolution) => split_name(resolution)?,
        None => split_name(descriptor)?,
    };
    // Yarn gives what it links instead of fetching this version.
    if entry.version == "0.0.0-use.local" || is_local(source) {
        return None;
    }
    let alias = entry.resolution.is_none().then(|| aliased(source)).flatten();
    let mut package = package(PackageType::Yarn, alias.as_deref().unwrap_or(name), &entry.version)?;
    package.lines.extend(entry.lines);
    Some(package)
}

/// Yarn 1's `lodash-old@npm:lodash@4.17.20`: the name behind an alias.
fn aliased(source: &str) -> Option<String> {
    let (name, _) = registry_package(source)?;
    Some(name)
}
