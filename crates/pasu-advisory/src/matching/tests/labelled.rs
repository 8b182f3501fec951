//! The labelled set: packages whose findings were worked out apart from this program.

use super::{matched, os, own};
use crate::testing::excerpts;
use pasu_model::{OsFamily, Package, PackageType};

const SETS: [&str; 2] = [
    include_str!("../../../tests/data/labelled/distributions.tsv"),
    include_str!("../../../tests/data/labelled/languages.tsv"),
];

#[test]
fn every_label_is_met() {
    let lines = SETS.iter().flat_map(|set| set.lines()).filter(|line| !line.starts_with('#'));
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in lines {
        count += 1;
        let (expected, found) = (label(line), found(line));
        if expected != found {
            wrong.push(format!("{line}\n    found {}", found.join(",")));
        }
    }
    assert!(count > 200, "{count} labels");
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn columns(line: &str) -> [&str; 6] {
    line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}"))
}

fn label(line: &str) -> Vec<String> {
    let [.., findings] = columns(line);
    findings.split(',').filter(|id| *id != "-").map(str::to_owned).collect()
}

fn found(line: &str) -> Vec<String> {
    let [system, kind, name, version, module, _] = columns(line);
    let system = system.split_once(' ').and_then(|(name, release)| os(family(name), release));
    let package = Package {
        module_label: Some(format!("{module}:8090020231114113712:a75119d5"))
            .filter(|_| module != "-"),
        ..own(package_type(kind), name, version)
    };
    let matched = matched(excerpts(), system, &[package]);
    assert!(matched.unmatched.is_empty(), "{:?}", matched.unmatched);
    let findings = matched.sets.into_iter().flat_map(|set| set.findings);
    let mut ids: Vec<String> = findings.map(|finding| finding.rule).collect();
    ids.sort();
    ids
}

fn family(name: &str) -> OsFamily {
    use OsFamily::{Alma, Alpine, Debian, RedHat, Rocky, Ubuntu};
    let families = [Alma, Alpine, Debian, RedHat, Rocky, Ubuntu];
    families.into_iter().find(|family| family.name() == name).unwrap_or_else(|| panic!("{name}"))
}

fn package_type(name: &str) -> PackageType {
    use PackageType::{Apk, Cargo, Dpkg, Gobinary, Jar, Npm, Pip, Rpm};
    let kinds = [Apk, Cargo, Dpkg, Gobinary, Jar, Npm, Pip, Rpm];
    kinds.into_iter().find(|kind| kind.name() == name).unwrap_or_else(|| panic!("{name}"))
}
