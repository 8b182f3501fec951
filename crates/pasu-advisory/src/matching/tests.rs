//! What is found for small inventories in a database of real records.

mod distribution;
mod foreign;
mod labelled;
mod language;
mod rating;
mod software;

use super::{Matched, find};
use crate::database::Database;
use crate::testing::excerpts;
use pasu_model::{
    Finding, FindingSet, Inventory, OperatingSystem, OsFamily, Package, PackageSet, PackageType,
    Severity, SourcePackage, UnseenReason, Vulnerability,
};

/// Matches packages against the excerpts and compares what comes out, one line a finding
/// (`package id status fixed,fixed`), then one line for each package that nobody can judge (`? name version: why`).
#[track_caller]
fn check(os: Option<OperatingSystem>, packages: &[Package], expected: &[&str]) {
    check_in(excerpts(), os, packages, expected);
}

#[track_caller]
fn check_in(
    database: &Database,
    os: Option<OperatingSystem>,
    packages: &[Package],
    expected: &[&str],
) {
    let matched = matched(database, os, packages);
    let mut lines: Vec<String> = matched.sets.iter().flat_map(lines).collect();
    lines.extend(matched.unmatched.iter().map(|line| format!("? {line}")));
    assert_eq!(lines, expected);
}

fn lines(set: &FindingSet) -> Vec<String> {
    let line = |finding: &Finding| {
        let package = &set.packages[finding.package.expect("a package")];
        let found = finding.vulnerability().expect("a vulnerability");
        let fixed = found.fixed_versions.join(",");
        let line = format!("{} {} {} {fixed}", package.name, finding.rule, found.status.name());
        line.trim_end().to_owned()
    };
    set.findings.iter().map(line).collect()
}

/// Every package in a set of its own kind, in the order given.
fn matched(database: &Database, os: Option<OperatingSystem>, packages: &[Package]) -> Matched {
    let mut sets: Vec<PackageSet> = Vec::new();
    for package in packages {
        if let Some(set) = sets.iter_mut().find(|set| set.kind == package.kind) {
            set.packages.push(package.clone());
            continue;
        }
        let packages = vec![package.clone()];
        sets.push(PackageSet { kind: package.kind, target: String::new(), packages });
    }
    find(database, Inventory { os, sets, ..Inventory::default() }, "host").expect("readable")
}

/// The only finding of the only package.
#[track_caller]
fn only(os: Option<OperatingSystem>, package: Package) -> (Severity, Vulnerability) {
    let matched = matched(excerpts(), os, &[package]);
    let findings: Vec<_> = matched.sets.iter().flat_map(|set| &set.findings).collect();
    let [finding] = findings.as_slice() else { panic!("{} findings", findings.len()) };
    (finding.severity, finding.vulnerability().expect("a vulnerability").clone())
}

fn os(family: OsFamily, version: &str) -> Option<OperatingSystem> {
    Some(OperatingSystem {
        family,
        id: family.name().to_owned(),
        version: version.to_owned(),
        codename: None,
        pretty_name: None,
        extended: false,
        end_of_life: None,
    })
}

fn debian(version: &str) -> Option<OperatingSystem> {
    os(OsFamily::Debian, version)
}

/// A package built from a source of the same name and version.
fn own(kind: PackageType, name: &str, version: &str) -> Package {
    Package::new(kind, name, version)
}

fn from_source(kind: PackageType, name: &str, version: &str, source: (&str, &str)) -> Package {
    let source = SourcePackage { name: source.0.to_owned(), version: source.1.to_owned() };
    Package { source: Some(source), ..Package::new(kind, name, version) }
}

#[test]
fn a_release_without_advisories_is_not_a_clean_one() {
    let bash = Package::new(PackageType::Rpm, "bash", "5.1.8-9.el9");
    let matched = matched(excerpts(), os(OsFamily::Oracle, "9.4"), &[bash]);
    let unseen = matched.unseen.expect("nobody judged bash");
    assert_eq!((unseen.path.as_str(), unseen.reason), ("oracle 9.4", UnseenReason::NoAdvisories));
}
