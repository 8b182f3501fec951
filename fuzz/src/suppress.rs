//! Targets of `pasu-advisory`'s ignore files and VEX documents: read, then applied to a small run.

use jiff::civil::date;
use pasu_advisory::suppress::Rules;
use pasu_model::{
    Detail, Finding, FindingSet, Fingerprint, Package, PackageType, Purl, Run, Severity, Target,
    TargetKind, Tool,
};

/// `.trivyignore` and `.trivyignore.yaml`.
pub fn ignore_files(data: &[u8]) {
    for file in [".trivyignore", ".trivyignore.yaml"] {
        let mut rules = Rules::default();
        let _ = rules.add_ignore_file(file, data);
        apply(&rules);
    }
}

/// OpenVEX and CycloneDX VEX.
pub fn vex(data: &[u8]) {
    let mut rules = Rules::default();
    let _ = rules.add_vex("vex.json", data);
    apply(&rules);
}

/// A finding is left or suppressed, and never lost.
fn apply(rules: &Rules) {
    let mut run = run();
    let _ = rules.apply(&mut run, date(2025, 6, 30));
    assert_eq!(run.findings().count() + run.suppressed.len(), 1);
}

fn run() -> Run {
    let mut lodash = Package::new(PackageType::Npm, "lodash", "4.17.20");
    lodash.purl = Purl::parse("pkg:npm/lodash@4.17.20");
    let finding = Finding {
        rule: "CVE-2021-23337".into(),
        severity: Severity::High,
        package: Some(0),
        fingerprint: Fingerprint::of("t", "CVE-2021-23337", &[]),
        detail: Detail::Vulnerability(Box::default()),
    };
    Run {
        tool: Tool { name: "pasu".into(), version: "0".into() },
        started: "2025-06-30T00:00:00Z".into(),
        target: Target { kind: TargetKind::Rootfs, name: "/srv/shop".into() },
        os: None,
        os_end_of_life: false,
        database: None,
        sets: vec![FindingSet {
            kind: PackageType::Npm,
            target: "shop/package-lock.json".into(),
            packages: vec![lodash],
            findings: vec![finding],
        }],
        unseen: Vec::new(),
        left_out: Vec::new(),
        narrowed: Vec::new(),
        suppressed: Vec::new(),
        unmatched: Vec::new(),
        image: None,
    }
}
