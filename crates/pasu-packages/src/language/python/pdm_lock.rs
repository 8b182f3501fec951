//! PDM's `pdm.lock`, TOML:
//! ```toml
//! [[package]]
//! name = "requests"
//! version = "2.31.0"
//! groups = ["default"]
//! dependencies = ["certifi>=2017.4.17"]
//! ```

use super::graph::{self, Need, Node, from_toml};
use super::project::{Roots, roots_beside};
use super::{normalized, package, requirement};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};
use serde::Deserialize;

/// Reads `pdm.lock`.
pub(super) struct PdmLock;

/// Groups that are for development by their name, for a lock file without its project.
const DEV_GROUPS: [&str; 8] = ["dev", "develop", "test", "tests", "testing", "lint", "doc", "docs"];

impl Detector for PdmLock {
    fn id(&self) -> &'static str {
        "python/pdm-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["pdm.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let lock: Lock = from_toml(file.text()?)?;
        let roots = roots_beside(file);
        let nodes = lock.package.into_iter().map(|entry| entry.into_node(roots.as_ref())).collect();
        Ok(listing::set(PackageType::Pdm, file.target(), graph::packages(nodes, roots.as_ref())))
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
    version: Option<String>,
    groups: Option<Vec<String>>,
    /// A folder; packages of the index have none.
    path: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Entry {
    fn into_node(self, roots: Option<&Roots>) -> Node {
        let version = self.version.as_deref().unwrap_or_default();
        let found = package(PackageType::Pdm, &self.name, version);
        let is_dev = |group: &String| {
            let group = normalized(group);
            roots.map_or(DEV_GROUPS.contains(&group.as_str()), |r| r.dev_groups.contains(&group))
        };
        Node {
            name: normalized(&self.name),
            package: found.filter(|_| self.path.is_none()),
            dev: self.groups.map(|groups| !groups.is_empty() && groups.iter().all(is_dev)),
            needs: self
                .dependencies
                .iter()
                .filter_map(|text| requirement::name(text).map(Need::named))
                .collect(),
        }
    }
}
