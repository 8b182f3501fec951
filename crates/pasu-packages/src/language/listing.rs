//! What every record of language packages does with the packages it has read: order, merge, wrap.

use pasu_model::{Package, PackageSet, PackageType, Relationship};
use std::collections::BTreeMap;

/// The one set of a record, sorted by name, version and path; none if the record names no package.
///
/// An entry that stands in the record more than once (for two target frameworks, for two platforms) becomes one.
pub(super) fn set(
    kind: PackageType,
    target: impl Into<String>,
    packages: impl IntoIterator<Item = Package>,
) -> Vec<PackageSet> {
    let mut sorted = BTreeMap::<(String, String, Option<String>), Package>::new();
    for package in packages {
        let key = (package.name.clone(), package.version.clone(), package.path.clone());
        match sorted.get_mut(&key) {
            Some(known) => merge(known, package),
            None => drop(sorted.insert(key, package)),
        }
    }
    if sorted.is_empty() {
        return Vec::new();
    }
    let mut packages: Vec<Package> = sorted.into_values().collect();
    // Once at the end: a hostile record may repeat one package a million times.
    packages.iter_mut().for_each(tidy);
    vec![PackageSet { kind, target: target.into(), packages }]
}

/// Puts what was joined in order and drops what is there twice.
fn tidy(package: &mut Package) {
    package.lines.sort_unstable();
    package.lines.dedup();
    package.depends_on.sort_unstable();
    package.depends_on.dedup();
}

/// Joins two entries of one package: what is needed anywhere outside development is needed, what is direct anywhere
/// is direct.
fn merge(known: &mut Package, other: Package) {
    known.dev &= other.dev;
    if rank(other.relationship) < rank(known.relationship) {
        known.relationship = other.relationship;
    }
    known.lines.extend(other.lines);
    known.depends_on.extend(other.depends_on);
    if known.licenses.is_empty() {
        known.licenses = other.licenses;
    }
}

/// Closest to the project first.
const fn rank(relationship: Relationship) -> u8 {
    match relationship {
        Relationship::Root => 0,
        Relationship::Workspace => 1,
        Relationship::Direct => 2,
        Relationship::Indirect => 3,
        Relationship::Unknown => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::set;
    use pasu_model::{LineRange, Package, PackageType, Relationship};

    #[test]
    fn entries_are_sorted_and_repeated_ones_merged() {
        let package = |name: &str, dev, relationship| Package {
            dev,
            relationship,
            ..Package::new(PackageType::Nuget, name, "1.0.0")
        };
        let sets = set(
            PackageType::Nuget,
            "packages.lock.json",
            [
                package("b", true, Relationship::Indirect),
                package("a", true, Relationship::Direct),
                package("b", false, Relationship::Direct),
            ],
        );
        let [set] = sets.as_slice() else { panic!("{sets:?}") };
        let found: Vec<_> =
            set.packages.iter().map(|p| (p.name.as_str(), p.dev, p.relationship)).collect();
        assert_eq!(found, [("a", true, Relationship::Direct), ("b", false, Relationship::Direct)]);
    }

    #[test]
    fn a_package_repeated_without_end_is_merged_in_linear_time() {
        let started = std::time::Instant::now();
        let package = |line| Package {
            lines: vec![LineRange { start: line, end: line }],
            ..Package::new(PackageType::Bundler, "y", "0.1")
        };
        let sets = set(PackageType::Bundler, "Gemfile.lock", (0..100_000).map(package));
        assert_eq!(sets[0].packages[0].lines.len(), 100_000);
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }

    #[test]
    fn no_package_is_no_set() {
        assert_eq!(set(PackageType::Nuget, "packages.lock.json", []), []);
    }
}
