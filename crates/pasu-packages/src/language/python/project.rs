//! The `pyproject.toml` beside a lock file: which dependencies the project itself names, and what for.

use super::graph::{Need, from_toml};
use super::{normalized, requirement};
use crate::TargetFile;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// What a project names.
#[derive(Default)]
pub(super) struct Roots {
    /// For production, extras included.
    pub(super) prod: Vec<Need>,
    /// For development.
    pub(super) dev: Vec<Need>,
    /// Names of the groups for development, normalised.
    pub(super) dev_groups: Vec<String>,
}

/// The roots of the project beside a lock file; `None` without a readable `pyproject.toml`.
pub(super) fn roots_beside(file: &TargetFile<'_>) -> Option<Roots> {
    let bytes = file.sibling("pyproject.toml")?;
    let project: Pyproject = from_toml(std::str::from_utf8(&bytes).ok()?).ok()?;
    Some(project.roots())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Pyproject {
    project: Project,
    dependency_groups: Groups,
    tool: Tool,
}

/// PEP 735; an item that is a table includes another group.
type Groups = BTreeMap<String, Vec<Item>>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Requirement(String),
    Other(IgnoredAny),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Project {
    dependencies: Vec<Item>,
    optional_dependencies: Groups,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tool {
    poetry: Poetry,
    pdm: Pdm,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Poetry {
    dependencies: BTreeMap<String, IgnoredAny>,
    /// Before Poetry 1.2.
    dev_dependencies: BTreeMap<String, IgnoredAny>,
    group: BTreeMap<String, PoetryGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoetryGroup {
    dependencies: BTreeMap<String, IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Pdm {
    dev_dependencies: Groups,
}

impl Pyproject {
    fn roots(&self) -> Roots {
        let mut roots = Roots::default();
        roots.prod.extend(needs(&self.project.dependencies));
        roots
            .prod
            .extend(self.project.optional_dependencies.values().flat_map(|items| needs(items)));
        let poetry = &self.tool.poetry;
        roots.prod.extend(poetry.dependencies.keys().map(|name| Need::named(name)));
        roots.dev.extend(poetry.dev_dependencies.keys().map(|name| Need::named(name)));
        for (name, group) in &poetry.group {
            let side = if name == "main" { &mut roots.prod } else { &mut roots.dev };
            side.extend(group.dependencies.keys().map(|name| Need::named(name)));
        }
        for (name, items) in self.dependency_groups.iter().chain(&self.tool.pdm.dev_dependencies) {
            roots.dev.extend(needs(items));
            roots.dev_groups.push(normalized(name));
        }
        roots
    }
}

fn needs(items: &[Item]) -> impl Iterator<Item = Need> {
    items.iter().filter_map(|item| match item {
        Item::Requirement(text) => requirement::name(text).map(Need::named),
        Item::Other(_) => None,
    })
}
