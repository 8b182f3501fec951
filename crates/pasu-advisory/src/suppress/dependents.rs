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
}

impl<'a> Dependents<'a> {
    pub(super) fn new(packages: &'a [Package]) -> Self {
        let purls = packages.iter().map(|_| OnceCell::new()).collect();
        Self { packages, purls, by_package: OnceCell::new() }
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
    pub(super) fn stands_alone(&self, index: usize) -> bool {
        let relationship = self.packages.get(index).map(|package| package.relationship);
        relationship != Some(Relationship::Indirect) || self.of(index).is_empty()
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
        for needed in needed {
            if let Some(dependents) = dependents.get_mut(*needed) {
                dependents.push(index);
            }
        }
    }
    dependents
}
