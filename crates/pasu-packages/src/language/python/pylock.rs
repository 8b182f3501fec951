//! `pylock.toml` and `pylock.NAME.toml` of PEP 751:
//! ```toml
//! [[packages]]
//! name = "requests"
//! version = "2.31.0"
//! marker = "'dev' in dependency_groups"
//! ```

use super::graph::{self, Need, Node, from_toml};
use super::project::roots_beside;
use super::{normalized, package};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Reads `pylock.toml`.
pub(super) struct Pylock;

impl Detector for Pylock {
    fn id(&self) -> &'static str {
        "python/pylock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["pylock.toml"], suffixes: &[".toml"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if !is_pylock(&file.name()) {
            return Ok(Vec::new());
        }
        let lock: Lock = from_toml(file.text()?)?;
        let nodes = lock.packages.iter().map(|entry| lock.node(entry)).collect();
        // The file itself does not say what the project names.
        let packages = graph::packages(nodes, roots_beside(file).as_ref());
        Ok(listing::set(PackageType::Pylock, file.target(), packages))
    }
}

/// `pylock.toml`, or `pylock.NAME.toml` with a name that has no dot.
fn is_pylock(name: &str) -> bool {
    name == "pylock.toml"
        || name
            .strip_prefix("pylock.")
            .and_then(|rest| rest.strip_suffix(".toml"))
            .is_some_and(|name| !name.is_empty() && !name.contains('.'))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lock {
    /// Groups that are installed when none is asked for.
    #[serde(default)]
    default_groups: Vec<String>,
    #[serde(default)]
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    /// Absent for sources whose version is not fixed.
    version: Option<String>,
    marker: Option<String>,
    directory: Option<IgnoredAny>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: Option<String>,
    version: Option<String>,
}

impl Lock {
    fn node(&self, entry: &Entry) -> Node {
        let version = entry.version.as_deref().unwrap_or_default();
        let found = package(PackageType::Pylock, &entry.name, version);
        let need = |dependency: &Dependency| {
            let name = normalized(dependency.name.as_deref()?);
            Some(Need { name, version: dependency.version.clone() })
        };
        Node {
            name: normalized(&entry.name),
            package: found.filter(|_| entry.directory.is_none()),
            dev: Some(entry.marker.as_deref().is_some_and(|marker| self.is_dev(marker))),
            needs: entry.dependencies.iter().filter_map(need).collect(),
        }
    }

    /// Whether a marker asks for a dependency group that is not installed by default.
    fn is_dev(&self, marker: &str) -> bool {
        let quoted = |group: &String| {
            marker.contains(&format!("'{group}' in")) || marker.contains(&format!("\"{group}\" in"))
        };
        marker.contains("in dependency_groups")
            && !marker.contains("in extras")
            && !self.default_groups.iter().any(quoted)
    }
}

#[cfg(test)]
mod tests {
    use super::is_pylock;

    #[test]
    fn names_are_those_of_the_pep() {
        for name in ["pylock.toml", "pylock.dev.toml"] {
            assert!(is_pylock(name), "{name}");
        }
        for name in ["pylock..toml", "pylock.a.b.toml", "mypylock.toml", "pyproject.toml"] {
            assert!(!is_pylock(name), "{name}");
        }
    }
}
