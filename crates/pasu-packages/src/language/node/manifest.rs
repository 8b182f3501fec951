//! The `package.json` beside a lock file: which dependencies the project itself names, and what for.

use crate::TargetFile;
use crate::language::lenient::{Scalar, Table};
use pasu_system::{EntryKind, System};
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};

/// The largest `package.json` that is read, in bytes.
const MAX_MANIFEST: u64 = 8 << 20;

/// How many members of a workspace are looked at.
const MAX_MEMBERS: usize = 10_000;

/// The part of a `package.json` that names dependencies.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Manifest<'a> {
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
    #[serde(borrow)]
    pub(super) dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    pub(super) dev_dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    pub(super) optional_dependencies: Table<'a, Scalar<'a>>,
    workspaces: Option<Workspaces>,
}

/// `"workspaces": ["packages/*"]` or `{"packages": ["packages/*"]}`; any other form names no members.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Workspaces {
    List(Vec<String>),
    Table {
        #[serde(default)]
        packages: Vec<String>,
    },
    Other(serde::de::IgnoredAny),
}

/// A dependency as a project writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) range: String,
    pub(super) dev: bool,
}

impl Manifest<'_> {
    /// The dependencies it names. One that is named for both production and development is for production.
    pub(super) fn wanted(&self) -> impl Iterator<Item = Wanted> {
        let of = |table: &Table<'_, Scalar<'_>>, dev: bool| {
            let wanted = |(name, range): (&str, &str)| Wanted {
                name: name.to_owned(),
                range: range.to_owned(),
                dev,
            };
            table.texts().map(wanted).collect::<Vec<_>>()
        };
        let mut wanted = of(&self.dependencies, false);
        wanted.extend(of(&self.optional_dependencies, false));
        wanted.extend(of(&self.dev_dependencies, true));
        wanted.into_iter()
    }
}

/// What the project of a lock file itself wants; `None` without a readable `package.json`.
pub(super) fn wanted_by_project(file: &TargetFile<'_>) -> Option<Vec<Wanted>> {
    let bytes = file.sibling("package.json")?;
    let manifest: Manifest<'_> = serde_json::from_slice(&bytes).ok()?;
    Some(manifest.wanted().collect())
}

/// What the project of a lock file and the members of its workspace want; `None` without a readable `package.json`.
pub(super) fn wanted_beside(file: &TargetFile<'_>, members: &[PathBuf]) -> Option<Vec<Wanted>> {
    let root = file.path.parent()?;
    let bytes = file.sibling("package.json")?;
    let manifest: Manifest<'_> = serde_json::from_slice(&bytes).ok()?;
    let mut wanted: Vec<Wanted> = manifest.wanted().collect();
    let patterns = match manifest.workspaces {
        Some(Workspaces::List(list) | Workspaces::Table { packages: list }) => list,
        Some(Workspaces::Other(_)) | None => Vec::new(),
    };
    let mut folders: Vec<PathBuf> = members.iter().map(|member| root.join(member)).collect();
    for pattern in &patterns {
        folders.extend(expand(file.system, root, pattern));
    }
    folders.sort();
    folders.dedup();
    for folder in folders.iter().take(MAX_MEMBERS) {
        let Ok(bytes) = file.system.read(&folder.join("package.json"), MAX_MANIFEST) else {
            continue;
        };
        if let Ok(member) = serde_json::from_slice::<Manifest<'_>>(&bytes) {
            wanted.extend(member.wanted());
        }
    }
    Some(wanted)
}

/// The folders that a pattern such as `packages/*` names. Only a `*` as the whole last part is expanded, which is how
/// workspaces are written; `packages/**` is read the same way.
fn expand(system: &dyn System, root: &Path, pattern: &str) -> Vec<PathBuf> {
    let pattern = Path::new(pattern.trim_end_matches('/'));
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !pattern.components().all(inside) {
        return Vec::new();
    }
    if !pattern.ends_with("*") && !pattern.ends_with("**") {
        return vec![root.join(pattern)];
    }
    let parent = root.join(pattern.parent().unwrap_or(Path::new("")));
    let folders = system.read_dir(&parent).unwrap_or_default();
    folders
        .into_iter()
        .filter(|(_, kind)| *kind == EntryKind::Directory)
        .map(|(name, _)| parent.join(name))
        .collect()
}
