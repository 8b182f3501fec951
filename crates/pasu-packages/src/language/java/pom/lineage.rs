//! Finds the other project files of the same target that a project builds on.

use super::neighbours::Neighbours;
use super::project::Project;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// How many parents a project may have.
const MAX_PARENTS: usize = 32;

/// A project and its parents, nearest first, each with its path.
pub struct Lineage<'a> {
    /// The projects.
    pub projects: Vec<(PathBuf, Project)>,
    neighbours: &'a Neighbours<'a>,
}

impl<'a> Lineage<'a> {
    /// Follows the parents of a project as far as they lie in the target and are what the child says they are.
    pub fn of(neighbours: &'a Neighbours<'a>, path: &Path, project: Project) -> Self {
        let mut seen = BTreeSet::from([path.to_path_buf()]);
        let mut projects = vec![(path.to_path_buf(), project)];
        while projects.len() <= MAX_PARENTS {
            let Some((path, project)) = projects.last() else { break };
            let Some(found) = parent(neighbours, path, project) else { break };
            if !seen.insert(found.0.clone()) {
                break;
            }
            projects.push(found);
        }
        Self { projects, neighbours }
    }

    /// The lineage of another project of the same target.
    pub fn beside(&self, path: &Path, project: Project) -> Self {
        Self::of(self.neighbours, path, project)
    }

    /// The project of some coordinates among the modules of this lineage.
    pub fn module(&self, group: &str, artifact: &str) -> Option<(PathBuf, Project)> {
        let modules = self.projects.iter().flat_map(|(path, project)| {
            project.modules.iter().filter_map(|module| locate(path, module))
        });
        // Most modules lie in a directory named after them: look there first.
        let named_alike = |path: &PathBuf| path.parent().is_some_and(|dir| dir.ends_with(artifact));
        let (first, rest): (Vec<_>, Vec<_>) = modules.partition(named_alike);
        first
            .into_iter()
            .chain(rest)
            .filter_map(|path| Some((self.neighbours.read(&path)?, path)))
            .find(|(project, _)| is(project, group, artifact))
            .map(|(project, path)| (path, project))
    }
}

fn parent(
    neighbours: &Neighbours<'_>,
    path: &Path,
    project: &Project,
) -> Option<(PathBuf, Project)> {
    let wanted = project.parent.as_ref()?;
    let found = locate(path, wanted.path.as_deref()?)?;
    let parent = neighbours.read(&found)?;
    is(&parent, &wanted.group, &wanted.artifact).then_some((found, parent))
}

/// Whether a project has some coordinates. A group that is neither stated nor inherited by name is taken on trust.
fn is(project: &Project, group: &str, artifact: &str) -> bool {
    let inherited = project.parent.as_ref().map(|parent| &parent.group);
    let own = project.group.as_ref().or(inherited);
    project.artifact == artifact && own.is_none_or(|own| own == group || own.contains("${"))
}

/// A project file by a path relative to another, which may name the directory; `None` if it leads out of the target.
fn locate(from: &Path, relative: &str) -> Option<PathBuf> {
    let mut found = from.parent()?.to_path_buf();
    for component in Path::new(relative.trim()).components() {
        match component {
            Component::Normal(name) => found.push(name),
            Component::CurDir => {}
            Component::ParentDir => found.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    if found.extension().is_none_or(|extension| extension != "xml") {
        found.push("pom.xml");
    }
    Some(found)
}
