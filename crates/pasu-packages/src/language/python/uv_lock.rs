//! uv's `uv.lock`, TOML. The project and the members of its workspace are packages among the others:
//! ```toml
//! [[package]]
//! name = "demo"
//! version = "0.1.0"
//! source = { virtual = "." }
//! dependencies = [{ name = "requests" }]
//! [package.dev-dependencies]
//! dev = [{ name = "iniconfig" }]
//! ```

use super::graph::{self, Need, Node, from_toml};
use super::project::Roots;
use super::{normalized, package};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Reads `uv.lock`.
pub(super) struct UvLock;

impl Detector for UvLock {
    fn id(&self) -> &'static str {
        "python/uv-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["uv.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let lock: Lock = from_toml(file.text()?)?;
        let roots = lock.roots();
        let nodes = lock.package.into_iter().map(Entry::into_node).collect();
        Ok(listing::set(PackageType::Uv, file.target(), graph::packages(nodes, Some(&roots))))
    }
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    manifest: Manifest,
    #[serde(default)]
    package: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Manifest {
    /// Names of the workspace's projects, if there are several.
    members: Vec<String>,
    /// Groups of a workspace root that is no project itself.
    #[serde(rename = "dependency-groups")]
    dependency_groups: BTreeMap<String, Vec<Dependency>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Entry {
    name: String,
    version: Option<String>,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Dependency>>,
}

/// `{ registry = … }`, `{ git = … }`, `{ url = … }` and `{ path = … }` are packages; these are folders.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Source {
    r#virtual: Option<String>,
    editable: Option<String>,
    directory: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
}

impl Dependency {
    fn need(&self) -> Need {
        Need { name: normalized(&self.name), version: self.version.clone() }
    }
}

impl Source {
    fn folder(&self) -> Option<&str> {
        let Self { r#virtual, editable, directory } = self;
        r#virtual.as_deref().or(editable.as_deref()).or(directory.as_deref())
    }
}

impl Lock {
    /// What the project or, in a workspace, its members name.
    fn roots(&self) -> Roots {
        let mut roots = Roots::default();
        for entry in self.package.iter().filter(|entry| self.is_project(entry)) {
            let extras = entry.optional_dependencies.values().flatten();
            roots.prod.extend(entry.dependencies.iter().chain(extras).map(Dependency::need));
            roots.dev.extend(entry.dev_dependencies.values().flatten().map(Dependency::need));
        }
        roots.dev.extend(self.manifest.dependency_groups.values().flatten().map(Dependency::need));
        roots
    }

    fn is_project(&self, entry: &Entry) -> bool {
        match entry.source.folder() {
            Some(".") => true,
            Some(_) => self.manifest.members.contains(&entry.name),
            None => false,
        }
    }
}

impl Entry {
    fn into_node(self) -> Node {
        let version = self.version.as_deref().unwrap_or_default();
        let found = package(PackageType::Uv, &self.name, version);
        let extras = self.optional_dependencies.values().flatten();
        Node {
            name: normalized(&self.name),
            package: found.filter(|_| self.source.folder().is_none()),
            dev: None,
            needs: self.dependencies.iter().chain(extras).map(Dependency::need).collect(),
        }
    }
}
