//! Poetry's `poetry.lock`, TOML:
//! ```toml
//! [[package]]
//! name = "requests"
//! version = "2.31.0"
//! groups = ["main"]          # lock version 2.1; `category = "main"` before Poetry 1.5; nothing between
//! ```

use super::graph::{self, Need, Node, from_toml};
use super::project::roots_beside;
use super::{normalized, package};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Reads `poetry.lock`.
pub(super) struct PoetryLock;

impl Detector for PoetryLock {
    fn id(&self) -> &'static str {
        "python/poetry-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["poetry.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let lock: Lock = from_toml(file.text()?)?;
        let nodes = lock.package.into_iter().map(Entry::into_node).collect();
        let packages = graph::packages(nodes, roots_beside(file).as_ref());
        Ok(listing::set(PackageType::Poetry, file.target(), packages))
    }
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    category: Option<String>,
    groups: Option<Vec<String>>,
    #[serde(default)]
    dependencies: BTreeMap<String, IgnoredAny>,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Entry {
    fn into_node(self) -> Node {
        let kind = self.source.as_ref().and_then(|source| source.kind.as_deref());
        let local = kind == Some("directory");
        let package = package(PackageType::Poetry, &self.name, &self.version);
        let by_category = self.category.map(|category| category == "dev");
        let by_groups = self.groups.map(|groups| !groups.iter().any(|group| group == "main"));
        Node {
            name: normalized(&self.name),
            package: package.filter(|_| !local),
            dev: by_groups.or(by_category),
            needs: self.dependencies.keys().map(|name| Need::named(name)).collect(),
        }
    }
}
