//! `Cargo.lock`, forms 1 to 4:
//!
//! ```text
//! [[package]]
//! name = "serde_json"
//! version = "1.0.108"
//! source = "registry+https://github.com/rust-lang/crates.io-index"
//! checksum = "3d1c7e3eac408d115102c4c24ad393e0821bb3a5df4d506a80f85f7a742a526b"
//! dependencies = [
//!  "itoa",
//!  "ryu 1.0.15",
//! ]
//! ```
//!
//! A package without a `source` is part of the project.

use super::cargo_toml::Manifests;
use super::package;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{LineRange, Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// Reads a lock file of Cargo.
pub(super) struct CargoLock;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Entry>,
    /// The project itself in lock files before Cargo 0.20.
    root: Option<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Detector for CargoLock {
    fn id(&self) -> &'static str {
        "rust/cargo-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Always
    }

    fn interest(&self) -> Interest {
        Interest { names: &["Cargo.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let text = file.text()?;
        let lock: Lock = toml::from_str(text).map_err(DetectError::malformed)?;
        let directory = file.path.parent().unwrap_or(Path::new("/"));
        let manifests = Manifests::read(file.system, directory);
        let graph = Graph::new(lock.package.iter().chain(&lock.root).collect());
        let mut packages = graph.packages(&manifests);
        for (package, lines) in packages.iter_mut().zip(line_ranges(text)) {
            package.lines = vec![lines];
        }
        Ok(listing::set(PackageType::Cargo, file.target(), packages))
    }
}

/// The entries of a lock file and, for each, the indices of those it needs.
struct Graph<'a> {
    entries: Vec<&'a Entry>,
    edges: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(entries: Vec<&'a Entry>) -> Self {
        let mut by_name = HashMap::<&str, Vec<usize>>::new();
        for (index, entry) in entries.iter().enumerate() {
            by_name.entry(&entry.name).or_default().push(index);
        }
        let edges = entries
            .iter()
            .map(|entry| {
                let resolve = |needed: &String| resolve(needed, &entries, &by_name);
                entry.dependencies.iter().filter_map(resolve).collect()
            })
            .collect();
        Self { entries, edges }
    }

    fn packages(&self, manifests: &Manifests) -> Vec<Package> {
        let members: Vec<usize> =
            (0..self.entries.len()).filter(|index| self.is_member(*index)).collect();
        let is_needed =
            |member: usize, index: usize| match (self.entries.get(member), self.entries.get(index))
            {
                (Some(member), Some(entry)) => manifests.needs(&member.name, &entry.name),
                _ => false,
            };
        let needed = self.reachable(&members, is_needed);
        let direct = self.direct(&members);
        let entries = self.entries.iter().enumerate();
        entries
            .map(|(index, entry)| {
                let mut package = package(PackageType::Cargo, &entry.name, &entry.version);
                package.dev = !members.is_empty() && !contains(&needed, index);
                package.relationship = match (self.is_member(index), contains(&direct, index)) {
                    (true, _) if members.len() == 1 => Relationship::Root,
                    (true, _) => Relationship::Workspace,
                    (false, true) => Relationship::Direct,
                    (false, false) if members.is_empty() => Relationship::Unknown,
                    (false, false) => Relationship::Indirect,
                };
                package.digest = entry.checksum.as_ref().map(|hash| format!("sha256:{hash}"));
                package.depends_on = self.ids(index);
                package
            })
            .collect()
    }

    fn is_member(&self, index: usize) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.source.is_none())
    }

    fn ids(&self, index: usize) -> Vec<String> {
        let edges = self.edges.get(index).into_iter().flatten();
        let mut ids: Vec<String> = edges
            .filter_map(|needed| self.entries.get(*needed))
            .map(|entry| format!("{}@{}", entry.name, entry.version))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// What members of the project name.
    fn direct(&self, members: &[usize]) -> Vec<bool> {
        let mut direct = vec![false; self.entries.len()];
        for index in members.iter().filter_map(|member| self.edges.get(*member)).flatten() {
            mark(&mut direct, *index);
        }
        direct
    }

    /// Everything reachable from the members by what they need outside development.
    fn reachable(&self, members: &[usize], is_needed: impl Fn(usize, usize) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.entries.len()];
        let mut open = members.to_vec();
        for member in members {
            mark(&mut reached, *member);
        }
        while let Some(index) = open.pop() {
            for next in self.edges.get(index).into_iter().flatten() {
                if self.is_member(index) && !is_needed(index, *next) {
                    continue;
                }
                if mark(&mut reached, *next) {
                    open.push(*next);
                }
            }
        }
        reached
    }
}

/// Sets a flag; whether it was not set before.
fn mark(flags: &mut [bool], index: usize) -> bool {
    flags.get_mut(index).is_some_and(|flag| !std::mem::replace(flag, true))
}

fn contains(flags: &[bool], index: usize) -> bool {
    flags.get(index).copied().unwrap_or_default()
}

/// The entry behind `ryu`, `ryu 1.0.15` or `ryu 1.0.15 (registry+https://…)`: Cargo writes as much as is needed to
/// tell entries of one name apart.
fn resolve(needed: &str, entries: &[&Entry], by_name: &HashMap<&str, Vec<usize>>) -> Option<usize> {
    let mut words = needed.splitn(3, ' ');
    let candidates = by_name.get(words.next()?)?;
    let version = words.next();
    let source = words.next().map(|source| source.trim_matches(['(', ')']));
    candidates.iter().copied().find(|index| {
        entries.get(*index).is_some_and(|entry| {
            version.is_none_or(|version| entry.version == version)
                && source.is_none_or(|source| entry.source.as_deref() == Some(source))
        })
    })
}

/// First and last line of each `[[package]]`, in the file's order.
fn line_ranges(text: &str) -> Vec<LineRange> {
    let mut ranges: Vec<LineRange> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[[package]]";
            if inside {
                ranges.push(LineRange { start: number, end: number });
            }
        } else if inside
            && !line.is_empty()
            && let Some(range) = ranges.last_mut()
        {
            range.end = number;
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::CargoLock;
    use crate::language::testing::{detect, listed};
    use pasu_system::MemorySystem;

    /// Written by Cargo 1.78 (form 3), shortened.
    const LOCK: &str = r#"# This file is automatically @generated by Cargo.
# It is not intended for manual editing.
version = 3

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "insta",
 "serde_json",
]

[[package]]
name = "console"
version = "0.15.7"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "c926e00cc70edefdc64d3a5ff31cc65bb97a3460097762bd23afb4d8145fccf8"
dependencies = [
 "itoa 0.4.8",
]

[[package]]
name = "insta"
version = "1.34.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "console",
]

[[package]]
name = "itoa"
version = "0.4.8"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "itoa"
version = "1.0.9"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "serde_json"
version = "1.0.108"
source = "git+https://github.com/serde-rs/json#83d7bad54c9d1d8b2b8e7d9f7a1b7ee3b5b5c9f1"
dependencies = [
 "itoa 1.0.9 (registry+https://github.com/rust-lang/crates.io-index)",
]
"#;

    const MANIFEST: &str = "[package]\nname = \"app\"\n[dependencies]\n\
        json = { package = \"serde_json\", version = \"1\" }\n[dev-dependencies]\ninsta = \"1\"\n";

    #[test]
    fn crates_are_listed_with_their_part() {
        let tree = MemorySystem::new()
            .with_file("/src/Cargo.lock", LOCK)
            .with_file("/src/Cargo.toml", MANIFEST);
        let sets = detect(&CargoLock, &tree, "/src/Cargo.lock").unwrap();
        assert_eq!(
            listed(&sets),
            [
                "app 0.1.0 Root pkg:cargo/app@0.1.0",
                "console 0.15.7 Indirect pkg:cargo/console@0.15.7 dev",
                "insta 1.34.0 Direct pkg:cargo/insta@1.34.0 dev",
                "itoa 0.4.8 Indirect pkg:cargo/itoa@0.4.8 dev",
                "itoa 1.0.9 Indirect pkg:cargo/itoa@1.0.9",
                "serde_json 1.0.108 Direct pkg:cargo/serde_json@1.0.108",
            ]
        );
        let console = &sets[0].packages[1];
        assert_eq!((console.lines[0].start, console.lines[0].end), (13, 20));
        assert_eq!(console.depends_on, ["itoa@0.4.8"]);
        assert!(console.digest.as_ref().unwrap().starts_with("sha256:c926e00c"));
    }

    #[test]
    fn members_of_a_workspace_have_manifests_of_their_own() {
        let root = "[workspace]\nmembers = [\"crates/*\", \"../out\"]\n\
            [workspace.dependencies]\njson = { package = \"serde_json\", version = \"1\" }\n";
        let member = "[package]\nname = \"app\"\n[target.'cfg(unix)'.dependencies]\n\
            json.workspace = true\n[dev-dependencies]\ninsta = \"1\"\n";
        let tree = MemorySystem::new()
            .with_file("/src/Cargo.lock", LOCK)
            .with_file("/src/Cargo.toml", root)
            .with_file("/src/crates/app/Cargo.toml", member);
        let found = listed(&detect(&CargoLock, &tree, "/src/Cargo.lock").unwrap());
        let dev: Vec<&str> = found
            .iter()
            .filter(|line| line.ends_with(" dev"))
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(dev, ["console", "insta", "itoa"]);
    }

    #[test]
    fn without_a_manifest_everything_counts_as_needed() {
        for manifest in ["", "not toml", "[package]\nname = \"other\""] {
            let tree = MemorySystem::new()
                .with_file("/Cargo.lock", LOCK)
                .with_file("/Cargo.toml", manifest);
            let found = listed(&detect(&CargoLock, &tree, "/Cargo.lock").unwrap());
            assert!(found.iter().all(|line| !line.ends_with(" dev")), "{manifest}: {found:?}");
        }
    }

    #[test]
    fn older_forms_are_read() {
        let text = "[root]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"libc 0.2.20 \
            (registry+https://github.com/rust-lang/crates.io-index)\",\n]\n\n[[package]]\n\
            name = \"libc\"\nversion = \"0.2.20\"\n\
            source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n[metadata]\n\
            \"checksum libc 0.2.20 (registry+https://github.com/rust-lang/crates.io-index)\" = \"684f\"\n";
        let tree = MemorySystem::new().with_file("/Cargo.lock", text);
        assert_eq!(
            listed(&detect(&CargoLock, &tree, "/Cargo.lock").unwrap()),
            ["app 0.1.0 Root pkg:cargo/app@0.1.0", "libc 0.2.20 Direct pkg:cargo/libc@0.2.20"]
        );
    }

    #[test]
    fn damage_is_placed() {
        let tree = MemorySystem::new()
            .with_file("/Cargo.lock", "version = 3\n[[package]]\nname = 1\nversion = \"1\"\n");
        let error = detect(&CargoLock, &tree, "/Cargo.lock").unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
    }
}
