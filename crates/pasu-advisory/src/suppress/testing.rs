//! A small run to take findings out of.

use super::Rules;
use jiff::civil::date;
use pasu_model::{
    Detail, Finding, FindingSet, Fingerprint, Package, PackageType, Purl, Relationship, Run,
    Severity, Target, TargetKind, Tool, Vulnerability,
};

/// A package with its package URL.
pub(super) fn package(kind: PackageType, name: &str, version: &str, purl: &str) -> Package {
    let mut package = Package::new(kind, name, version);
    package.purl = Purl::parse(purl);
    package
}

/// A finding on the package of a record with that index.
pub(super) fn finding(rule: &str, package: usize) -> Finding {
    Finding {
        rule: rule.into(),
        severity: Severity::High,
        package: Some(package),
        fingerprint: Fingerprint::of("t", rule, &[]),
        detail: Detail::Vulnerability(Box::default()),
    }
}

/// Gives a finding other names.
pub(super) fn also_named(mut finding: Finding, aliases: &[&str], vendor_ids: &[&str]) -> Finding {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let vulnerability = Vulnerability {
        aliases: owned(aliases),
        vendor_ids: owned(vendor_ids),
        ..Vulnerability::default()
    };
    finding.detail = Detail::Vulnerability(Box::new(vulnerability));
    finding
}

/// A Debian package and a Node.js project `shop`: `mkdirp`, which needs `minimist`, and `lodash`.
pub(super) fn run() -> Run {
    let openssl = package(
        PackageType::Dpkg,
        "libssl3",
        "3.0.15-1~deb12u1",
        "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.11",
    );
    let mut lodash = package(PackageType::Npm, "lodash", "4.17.20", "pkg:npm/lodash@4.17.20");
    lodash.relationship = Relationship::Direct;
    let mut minimist = package(PackageType::Npm, "minimist", "0.0.8", "pkg:npm/minimist@0.0.8");
    minimist.relationship = Relationship::Indirect;
    let mut mkdirp = package(PackageType::Npm, "mkdirp", "0.5.1", "pkg:npm/mkdirp@0.5.1");
    mkdirp.relationship = Relationship::Direct;
    mkdirp.depends_on = vec!["minimist@0.0.8".into()];
    let sets = vec![
        FindingSet {
            kind: PackageType::Dpkg,
            target: String::new(),
            packages: vec![openssl],
            findings: vec![also_named(finding("CVE-2024-5535", 0), &[], &["DSA-5932-1"])],
        },
        FindingSet {
            kind: PackageType::Npm,
            target: "shop/package-lock.json".into(),
            packages: vec![lodash, minimist, mkdirp],
            findings: vec![
                also_named(finding("CVE-2021-23337", 0), &["GHSA-35jh-r3h4-6jhm"], &[]),
                finding("CVE-2020-28500", 0),
                finding("CVE-2021-44906", 1),
            ],
        },
    ];
    Run {
        tool: Tool { name: "pasu".into(), version: "0".into() },
        started: "2025-06-30T00:00:00Z".into(),
        target: Target { kind: TargetKind::Rootfs, name: "/srv/shop".into() },
        os: None,
        os_end_of_life: false,
        database: None,
        sets,
        unseen: Vec::new(),
        left_out: Vec::new(),
        narrowed: Vec::new(),
        suppressed: Vec::new(),
        unmatched: Vec::new(),
        image: None,
    }
}

/// What is taken out of [`run`] on 30 June 2025: rule and status, and how many findings stay.
pub(super) fn taken_out(rules: &Rules) -> (Vec<(String, String)>, usize) {
    let mut run = run();
    rules.apply(&mut run, date(2025, 6, 30));
    let left = run.findings().count();
    let out = run.suppressed.into_iter().map(|out| (out.finding.rule, out.status)).collect();
    (out, left)
}

/// What one VEX document takes out of [`run`].
pub(super) fn vex_takes_out(document: &str) -> Vec<String> {
    let mut rules = Rules::default();
    rules.add_vex("v.json", document.as_bytes()).unwrap();
    taken_out(&rules).0.into_iter().map(|(rule, status)| format!("{rule} {status}")).collect()
}
