//! From a project to its packages: inheritance first, then interpolation, as Maven orders them.

use super::interpolate::Values;
use super::lineage::Lineage;
use super::neighbours::Neighbours;
use super::project::{Dependency, Project};
use crate::TargetFile;
use pasu_model::{Package, PackageType, Relationship, UnseenReason};
use std::collections::BTreeMap;

/// How many bills of materials may import one another.
const MAX_IMPORTS: usize = 64;

/// Group, artifact, type and classifier: what a managed version is filed under.
type Key = (String, String, String, String);

/// The packages of a project: itself, then what it declares.
pub fn packages(file: &TargetFile<'_>, project: Project) -> Vec<Package> {
    let neighbours = Neighbours::new(file.system);
    let lineage = Lineage::of(&neighbours, file.path, project);
    let values = values(&lineage);
    let managed = managed(&lineage, &values);
    let mut packages: Vec<Package> = root(&lineage, &values).into_iter().collect();
    for (depth, (_, project)) in lineage.projects.iter().enumerate() {
        for dependency in &project.dependencies {
            match package(dependency, &values, &managed) {
                Some(mut package) => {
                    // Lines of a parent are lines of another file.
                    package.lines = dependency.lines.filter(|_| depth == 0).into_iter().collect();
                    packages.push(package);
                }
                None => file.report(UnseenReason::Unsupported, unresolved(dependency)),
            }
        }
    }
    nearest_only(&mut packages);
    if neighbours.is_exhausted() {
        let detail = "more project files are needed to know every version than are read";
        file.report(UnseenReason::Limit, detail);
    }
    packages
}

fn unresolved(dependency: &Dependency) -> String {
    let line = dependency.lines.map(|lines| lines.start).unwrap_or_default();
    format!(
        "line {line}: dependency `{}:{}` is not resolved",
        dependency.group, dependency.artifact
    )
}

/// What expressions stand for: properties from the nearest project on, and the project's own coordinates.
fn values(lineage: &Lineage<'_>) -> Values {
    let mut values = Values::default();
    for (_, project) in &lineage.projects {
        for (name, value) in &project.properties {
            values.set(name, value);
        }
    }
    let Some((_, project)) = lineage.projects.first() else { return values };
    for prefix in ["project.", "pom.", ""] {
        values.set(format!("{prefix}artifactId"), &project.artifact);
        if let Some(group) = inherited(lineage, |project| project.group.as_ref(), |p| &p.group) {
            values.set(format!("{prefix}groupId"), group);
        }
        if let Some(version) =
            inherited(lineage, |project| project.version.as_ref(), |p| &p.version)
        {
            values.set(format!("{prefix}version"), version);
        }
    }
    if let Some(parent) = &project.parent {
        for prefix in ["project.parent.", "pom.parent.", "parent."] {
            values.set(format!("{prefix}groupId"), &parent.group);
            values.set(format!("{prefix}artifactId"), &parent.artifact);
            values.set(format!("{prefix}version"), &parent.version);
        }
    }
    values
}

/// A coordinate of the project itself: its own, else its parent's.
fn inherited<'l>(
    lineage: &'l Lineage<'_>,
    own: impl Fn(&Project) -> Option<&String>,
    of_parent: impl Fn(&super::project::Parent) -> &String,
) -> Option<&'l str> {
    let (_, project) = lineage.projects.first()?;
    let value = own(project).or(project.parent.as_ref().map(of_parent))?;
    Some(value.as_str())
}

fn root(lineage: &Lineage<'_>, values: &Values) -> Option<Package> {
    let (_, project) = lineage.projects.first()?;
    let group = values.fill("${project.groupId}").and_then(plain)?;
    let artifact = values.fill(&project.artifact).and_then(plain)?;
    let version = values.fill("${project.version}").and_then(plain).unwrap_or_default();
    let mut package = super::super::package(PackageType::Pom, &group, &artifact, &version);
    package.relationship = Relationship::Root;
    package.licenses.clone_from(&project.licenses);
    Some(package)
}

/// One declared dependency; `None` if its name cannot be filled in.
fn package(
    dependency: &Dependency,
    values: &Values,
    managed: &BTreeMap<Key, Dependency>,
) -> Option<Package> {
    let key = key(dependency, values)?;
    let managed = managed.get(&key);
    let version = dependency.version.as_ref().or(managed.and_then(|m| m.version.as_ref()));
    let version = version.and_then(|version| values.fill(version)).and_then(|v| exact(&v));
    let scope = dependency.scope.as_ref().or(managed.and_then(|m| m.scope.as_ref()));
    let scope = scope.and_then(|scope| values.fill(scope)).unwrap_or_default();
    let version = version.unwrap_or_default();
    let mut package = super::super::package(PackageType::Pom, &key.0, &key.1, &version);
    // What only a test needs, the container brings or no user of the project gets is not shipped with it.
    package.dev = dependency.optional || matches!(scope.as_str(), "test" | "provided" | "system");
    package.relationship = Relationship::Direct;
    Some(package)
}

fn key(dependency: &Dependency, values: &Values) -> Option<Key> {
    let group = values.fill(&dependency.group).and_then(plain)?;
    let artifact = values.fill(&dependency.artifact).and_then(plain)?;
    let kind = values.fill(&dependency.kind)?;
    let classifier = values.fill(&dependency.classifier)?;
    Some((group, artifact, kind, classifier))
}

/// A coordinate that is one: neither empty nor with anything left to fill in.
fn plain(text: String) -> Option<String> {
    let odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '$' | '{' | '}' | '&' | '<' | ':')
    };
    (!text.is_empty() && !text.contains(odd)).then_some(text)
}

/// A version that names one: `1.0` and the hard requirement `[1.0]`, not the range `[1.0,2.0)`.
fn exact(version: &str) -> Option<String> {
    let inner = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let version = inner.unwrap_or(version).trim();
    let is_range = version.contains(['[', '(', ',', ']', ')']);
    plain(version.to_owned()).filter(|_| !is_range)
}

/// Managed versions, the nearest project's first, with imported bills of materials after what the importing project
/// says itself.
fn managed(lineage: &Lineage<'_>, values: &Values) -> BTreeMap<Key, Dependency> {
    let mut managed = BTreeMap::new();
    let mut imports = 0;
    collect_managed(lineage, lineage, values, &mut managed, &mut imports);
    managed
}

fn collect_managed(
    root: &Lineage<'_>,
    lineage: &Lineage<'_>,
    values: &Values,
    managed: &mut BTreeMap<Key, Dependency>,
    imports: &mut usize,
) {
    let declared = || lineage.projects.iter().flat_map(|(_, project)| &project.managed);
    let is_import = |d: &&Dependency| d.kind == "pom" && d.scope.as_deref() == Some("import");
    for dependency in declared().filter(|d| !is_import(d)) {
        let Some(key) = key(dependency, values) else { continue };
        let mut dependency = dependency.clone();
        dependency.version = dependency.version.and_then(|version| values.fill(&version));
        managed.entry(key).or_insert(dependency);
    }
    for import in declared().filter(is_import) {
        *imports += 1;
        if *imports > MAX_IMPORTS {
            return;
        }
        let Some((group, artifact, ..)) = key(import, values) else { continue };
        let Some((path, project)) = root.module(&group, &artifact) else { continue };
        let bom = root.beside(&path, project);
        collect_managed(root, &bom, &self::values(&bom), managed, imports);
    }
}

/// Of dependencies declared by the project and by its parents the nearest counts.
fn nearest_only(packages: &mut Vec<Package>) {
    let mut seen = std::collections::BTreeSet::new();
    packages.retain(|package| {
        package.relationship == Relationship::Root || seen.insert(package.name.clone())
    });
}
