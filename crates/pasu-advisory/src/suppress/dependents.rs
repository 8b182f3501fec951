//! Which packages of a record need which.

use super::package_pattern::parts;
use pasu_model::{Package, PurlParts, Relationship};
use std::cell::OnceCell;
use std::collections::HashMap;

/// The packages of one record, with their package URLs and who needs whom, both worked out when first asked for.
pub(super) struct Dependents<'a> {
    packages: &'a [Package],
    purls: Vec<OnceCell<Option<PurlParts>>>,
    by_package: OnceCell<Vec<Vec<usize>>>,
    has_root: bool,
}

impl<'a> Dependents<'a> {
    pub(super) fn new(packages: &'a [Package]) -> Self {
        let purls = packages.iter().map(|_| OnceCell::new()).collect();
        let has_root = packages.iter().any(|package| package.relationship == Relationship::Root);
        Self { packages, purls, by_package: OnceCell::new(), has_root }
    }

    /// The package URL of a package.
    pub(super) fn purl(&self, index: usize) -> Option<&PurlParts> {
        let package = self.packages.get(index)?;
        self.purls.get(index)?.get_or_init(|| package.purl.as_ref().map(parts)).as_ref()
    }

    /// The packages that need a package.
    pub(super) fn of(&self, index: usize) -> &[usize] {
        let all = self.by_package.get_or_init(|| by_package(self.packages));
        all.get(index).map_or(&[], Vec::as_slice)
    }

    /// Whether a package stands in the target by itself too, and not only because others need it.
    ///
    /// What a project asks for itself is a part of the project, where the record lists that. A package of the
    /// operating system may be used by anything.
    pub(super) fn stands_alone(&self, index: usize) -> bool {
        let Some(package) = self.packages.get(index) else { return true };
        self.of(index).is_empty()
            || match package.relationship {
                Relationship::Root => true,
                Relationship::Direct => !self.has_root,
                Relationship::Unknown => package.kind.is_os(),
                Relationship::Workspace | Relationship::Indirect => false,
            }
    }
}

fn by_package(packages: &[Package]) -> Vec<Vec<usize>> {
    let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, package) in packages.iter().enumerate() {
        by_id.entry(package.id()).or_default().push(index);
    }
    let mut dependents = vec![Vec::new(); packages.len()];
    for (index, package) in packages.iter().enumerate() {
        let needed = package.depends_on.iter().filter_map(|id| by_id.get(id)).flatten();
        for needed in needed.filter(|needed| **needed != index) {
            if let Some(dependents) = dependents.get_mut(*needed) {
                dependents.push(index);
            }
        }
    }
    dependents
}
