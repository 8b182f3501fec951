//! `Cargo.toml` beside a `Cargo.lock` and of its workspace's members: which dependencies end up in the program, and
//! which only build it or help to develop it.
//!
//! ```text
//! [dev-dependencies]
//! insta = "1"
//! renamed = { package = "real-name", version = "1" }
//! ```

use pasu_system::System;
use semver::{Version, VersionReq};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use toml::Value;

/// The largest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 16 << 20;
/// How many members of a workspace are looked at.
const MAX_MEMBERS: usize = 10_000;

/// For each crate of a workspace, the crates it is linked with and in which versions.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    needed: BTreeMap<String, BTreeMap<String, Vec<Requirement>>>,
}

/// A version requirement; none where a path or a repository takes its place.
type Requirement = Option<VersionReq>;

#[derive(Deserialize)]
struct Manifest {
    package: Option<Section>,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
    #[serde(default)]
    target: BTreeMap<String, Platform>,
    workspace: Option<Workspace>,
}

#[derive(Deserialize)]
struct Section {
    name: String,
}

#[derive(Deserialize)]
struct Platform {
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
}

impl Manifests {
    /// Reads the manifest in a directory and those of the members it lists. What can't be read is not known here, and
    /// its dependencies then count as needed.
    pub(super) fn read(system: &dyn System, directory: &Path) -> Self {
        let mut manifests = Self::default();
        let Some(root) = Manifest::read(system, directory) else { return manifests };
        let none = BTreeMap::new();
        let shared = root.workspace.as_ref().map_or(&none, |workspace| &workspace.dependencies);
        let members = root.workspace.as_ref().map(|workspace| workspace.members.as_slice());
        for member in members.unwrap_or_default() {
            for directory in expand(system, directory, member).into_iter().take(MAX_MEMBERS) {
                if let Some(member) = Manifest::read(system, &directory) {
                    manifests.add(&member, shared);
                }
            }
        }
        manifests.add(&root, shared);
        manifests
    }

    /// Whether a crate of the workspace is linked with another, as far as is known. The version is only asked where
    /// it tells two apart, for a lock file may hold what a requirement alone does not allow (`[patch]`).
    pub(super) fn needs(&self, member: &str, name: &str, version: Option<&str>) -> bool {
        let Some(needed) = self.needed.get(member) else { return true };
        let Some(requirements) = needed.get(name) else { return false };
        let Some(version) = version.and_then(|version| Version::parse(version).ok()) else {
            return true;
        };
        requirements.iter().any(|requirement| {
            requirement.as_ref().is_none_or(|requirement| requirement.matches(&version))
        })
    }

    fn add(&mut self, manifest: &Manifest, shared: &BTreeMap<String, Value>) {
        let Some(package) = &manifest.package else { return };
        let platforms = manifest.target.values().flat_map(|platform| &platform.dependencies);
        let needed = self.needed.entry(package.name.clone()).or_default();
        for (name, value) in manifest.dependencies.iter().chain(platforms) {
            let (name, requirement) = dependency(name, value, shared);
            needed.entry(name.to_owned()).or_default().push(requirement);
        }
    }
}

impl Manifest {
    fn read(system: &dyn System, directory: &Path) -> Option<Self> {
        let bytes = system.read(&directory.join("Cargo.toml"), MAX_MANIFEST).ok()?;
        toml::from_str(std::str::from_utf8(&bytes).ok()?).ok()
    }
}

/// The crate behind a dependency's name in the manifest, which `package` may change, and its requirement; both may
/// stand in the workspace's table instead.
fn dependency<'a>(
    name: &'a str,
    value: &'a Value,
    shared: &'a BTreeMap<String, Value>,
) -> (&'a str, Requirement) {
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let value = if inherits { shared.get(name).unwrap_or(value) } else { value };
    let real_name = value.get("package").and_then(Value::as_str).unwrap_or(name);
    let version = value.as_str().or_else(|| value.get("version").and_then(Value::as_str));
    (real_name, version.and_then(|version| VersionReq::parse(version).ok()))
}

/// The directories of a member: a path, or one whose last part has a `*`. Paths that lead out of the workspace are not
/// followed.
fn expand(system: &dyn System, root: &Path, member: &str) -> Vec<PathBuf> {
    let path = Path::new(member);
    if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Vec::new();
    }
    let Some((before, after)) = member.split_once('*') else { return vec![root.join(path)] };
    let (parent, start) = before.rsplit_once('/').unwrap_or(("", before));
    if after.contains(['*', '/']) {
        return Vec::new();
    }
    let parent = root.join(parent);
    let children = system.read_dir(&parent).unwrap_or_default();
    children
        .into_iter()
        .filter(|(name, _)| {
            let name = name.to_string_lossy();
            name.strip_prefix(start).is_some_and(|rest| rest.ends_with(after))
        })
        .map(|(name, _)| parent.join(name))
        .collect()
}
