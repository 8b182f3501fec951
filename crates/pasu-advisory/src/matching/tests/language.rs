//! Language packages: names, versions, records that say the same.

use super::{check, check_in, only, own};
use crate::testing::{build, open, osv};
use pasu_model::{Package, PackageType, Relationship};

#[test]
fn records_of_several_databases_are_one_finding_under_the_cve() {
    check(
        None,
        &[own(PackageType::Pip, "jinja2", "2.10")],
        &["jinja2 CVE-2019-10906 fixed 2.10.1"],
    );
    let (_, found) = only(None, own(PackageType::Pip, "jinja2", "2.10"));
    assert_eq!(found.aliases, ["GHSA-462w-v97r-4m45", "PYSEC-2019-217"]);
    check(None, &[own(PackageType::Pip, "jinja2", "2.10.1")], &[]);
    // GHSA and RUSTSEC cut their ranges differently; either alone is enough.
    check(
        None,
        &[own(PackageType::Cargo, "time", "0.1.45")],
        &["time CVE-2020-26235 fixed 0.2.23"],
    );
    check(None, &[own(PackageType::Cargo, "time", "0.2.23")], &[]);
}

#[test]
fn records_of_several_cves_are_joined_by_any_name_they_share() {
    // GHSA-5pr9 and GHSA-5vq5 both name CVE-2021-32633 and CVE-2021-32674.
    let zope = |version| own(PackageType::PythonPkg, "Zope", version);
    let other = "Zope CVE-2024-51734 fixed 5.11.1";
    check(None, &[zope("4.5")], &["Zope CVE-2021-32633 fixed 4.6.1", other]);
    let (_, found) = only(None, own(PackageType::PythonPkg, "AccessControl", "7.1"));
    assert_eq!(found.aliases, ["GHSA-g5vw-3h65-2q3v"]);
    let matched = super::matched(crate::testing::excerpts(), None, &[zope("4.5")]);
    let finding = matched.sets[0].findings.iter().find(|f| f.rule == "CVE-2021-32633").unwrap();
    let aliases = &finding.vulnerability().unwrap().aliases;
    assert!(aliases.contains(&"CVE-2021-32674".to_owned()), "{aliases:?}");
    assert!(aliases.contains(&"GHSA-5pr9-v234-jw36".to_owned()), "{aliases:?}");
    // Between the two fixes only the second record still speaks.
    check(None, &[zope("4.6")], &["Zope CVE-2021-32633 fixed 4.6.1", other]);
    check(None, &[zope("4.6.1")], &[other]);
}

#[test]
fn names_are_compared_as_their_registry_does() {
    for name in ["Access.Control", "accesscontrol", "ACCESSCONTROL"] {
        let hit = name != "Access.Control";
        let expected = format!("{name} CVE-2024-51734 fixed 7.2");
        let expected: &[&str] = if hit { &[&expected] } else { &[] };
        check(None, &[own(PackageType::PythonPkg, name, "7.1")], expected);
    }
    // PEP 503: runs of `-`, `_` and `.` are one.
    let record = r#"{"id": "PYSEC-1", "modified": "2024-01-01T00:00:00Z", "affected": [{"package":
        {"ecosystem": "PyPI", "name": "zope.interface"}, "versions": ["5.0"]}]}"#;
    let database = open(build(&[osv("PyPI", &[record])]));
    for name in ["zope.interface", "Zope-Interface", "zope__interface"] {
        let expected = format!("{name} PYSEC-1 affected");
        check_in(&database, None, &[own(PackageType::Pip, name, "5.0.0")], &[&expected]);
    }
    check_in(&database, None, &[own(PackageType::Pip, "zopeinterface", "5.0")], &[]);
    for name in ["github.com/Masterminds/goutils", "github.com/masterminds/goutils"] {
        let expected = format!("{name} CVE-2021-4238 fixed 1.1.1");
        check(None, &[own(PackageType::Gobinary, name, "v1.1.0")], &[&expected]);
    }
    // npm and crates.io tell cases apart.
    check(None, &[own(PackageType::Npm, "Lodash", "4.17.20")], &[]);
}

#[test]
fn each_branch_has_its_range_and_its_fix() {
    let log4j = |version| own(PackageType::Jar, "org.apache.logging.log4j:log4j-core", version);
    for (version, fixed) in [
        ("2.0-beta8", None),
        ("2.0-beta9", Some("2.3.1")),
        ("2.3.1", None),
        ("2.4", Some("2.12.2")),
        ("2.12.2", None),
        ("2.14.1", Some("2.15.0")),
        ("2.15.0", None),
    ] {
        let expected = fixed.map(|fixed| {
            format!("org.apache.logging.log4j:log4j-core CVE-2021-44228 fixed {fixed}")
        });
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(None, &[log4j(version)], &expected);
    }
}

#[test]
fn malicious_packages_are_critical_and_withdrawn_records_silent() {
    let (severity, found) = only(None, own(PackageType::NodePkg, "029testnpm", "99.0.0"));
    assert_eq!(severity, pasu_model::Severity::Critical);
    assert_eq!(found.primary_url, "https://osv.dev/vulnerability/MAL-2025-1");
    let record = |withdrawn: &str| {
        format!(
            r#"{{"id": "GHSA-2222-3333-4444", "modified": "2024-01-01T00:00:00Z", {withdrawn}
            "affected": [{{"package": {{"ecosystem": "npm", "name": "a"}}, "ranges": [{{"type":
            "SEMVER", "events": [{{"introduced": "0"}}]}}]}}]}}"#
        )
    };
    let valid = open(build(&[osv("npm", &[&record("")])]));
    let withdrawn =
        open(build(&[osv("npm", &[&record(r#""withdrawn": "2024-02-01T00:00:00Z","#)])]));
    let package = [own(PackageType::Npm, "a", "1.0.0")];
    check_in(&valid, None, &package, &["a GHSA-2222-3333-4444 affected"]);
    check_in(&withdrawn, None, &package, &[]);
}

#[test]
fn what_is_no_version_is_listed() {
    let lodash = |version| own(PackageType::Npm, "lodash", version);
    check(
        None,
        &[lodash("github:lodash/lodash")],
        &["? lodash github:lodash/lodash: its version is not one of this ecosystem"],
    );
    check(None, &[lodash("")], &["? lodash (no version): its version is not known"]);
    let root = Package { relationship: Relationship::Root, ..lodash("") };
    check(None, &[root], &[]);
    // Nobody speaks of the package: whatever its version is, there is nothing to say.
    check(None, &[own(PackageType::Npm, "nobody-knows-it", "whatever")], &[]);
}
