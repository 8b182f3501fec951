//! From what the lock files of Poetry, PDM and uv have in common to packages: names, versions and what each needs.

use super::normalized;
use super::project::Roots;
use crate::DetectError;
use crate::language::lines::Lines;
use crate::language::reach::{MAX_SAME_NAME, dev_only};
use pasu_model::{Package, Relationship};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};

/// One entry of a lock file.
pub(super) struct Node {
    /// Its normalised name.
    pub(super) name: String,
    /// The package; `None` for the project itself and other folders, which only lead to packages.
    pub(super) package: Option<Package>,
    /// Whether it is for development, if the lock file says so itself.
    pub(super) dev: Option<bool>,
    /// What it needs.
    pub(super) needs: Vec<Need>,
}

/// A dependency: a normalised name, and the version if several are locked.
pub(super) struct Need {
    pub(super) name: String,
    pub(super) version: Option<String>,
}

impl Need {
    /// Any locked version of a name.
    pub(super) fn named(name: &str) -> Self {
        Self { name: normalized(name), version: None }
    }
}

/// The packages of a lock file. Without `roots` nothing is known about which are direct.
pub(super) fn packages(nodes: Vec<Node>, roots: Option<&Roots>) -> Vec<Package> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        by_name.entry(node.name.as_str()).or_default().push(index);
    }
    let find = |need: &Need| {
        let named = by_name.get(need.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let same = |index: &&usize| {
            let package = nodes.get(**index).and_then(|node| node.package.as_ref());
            need.version.is_none()
                || package.map(|package| &package.version) == need.version.as_ref()
        };
        named.iter().filter(same).copied().take(MAX_SAME_NAME).collect::<Vec<_>>()
    };
    let edges: Vec<Vec<usize>> =
        nodes.iter().map(|node| node.needs.iter().flat_map(find).collect()).collect();
    let all = |needs: &[Need]| needs.iter().flat_map(find).collect::<Vec<_>>();
    let (prod, dev) =
        roots.map_or((Vec::new(), Vec::new()), |roots| (all(&roots.prod), all(&roots.dev)));
    let direct: HashSet<usize> = prod.iter().chain(&dev).copied().collect();
    let for_development = dev_only(&edges, &prod, &dev);
    let ids: Vec<Option<String>> =
        nodes.iter().map(|node| node.package.as_ref().map(Package::id)).collect();
    let mut found = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        let Some(mut package) = node.package else { continue };
        package.dev = node.dev.or(for_development.get(index).copied()).unwrap_or(false);
        package.relationship = match roots {
            None => Relationship::Unknown,
            Some(_) if direct.contains(&index) => Relationship::Direct,
            Some(_) => Relationship::Indirect,
        };
        let needs = edges.get(index).map(Vec::as_slice).unwrap_or_default();
        package.depends_on = needs.iter().filter_map(|need| ids.get(*need).cloned()?).collect();
        found.push(package);
    }
    found
}

/// Reads TOML; an error says its line.
pub(super) fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, DetectError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| Lines::new(text).line(span.start));
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        DetectError::Malformed(format!("{line}{}", error.message()))
    })
}
