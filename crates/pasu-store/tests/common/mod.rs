//! Small inspections of one machine.

use pasu_model::{
    DatabaseInfo, DatabaseOrigin, Detail, Finding, FindingSet, Fingerprint, IMAGE_PATCH_SCHEMA,
    ImagePatch, Inspection, Package, PackageType, PatchOutcome, PatchRoute, PatchedImage, Run,
    Severity, Target, TargetKind, Tool,
};
use std::collections::BTreeMap;

fn tool() -> Tool {
    Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() }
}

/// An inspection of `web01` on a day, with vulnerabilities of one package.
pub fn inspection(day: &str, rules: &[&str]) -> Inspection {
    let findings = rules.iter().map(|rule| Finding {
        rule: (*rule).to_owned(),
        severity: Severity::High,
        package: Some(0),
        fingerprint: Fingerprint::of("web01", rule, &["openssl"]),
        detail: Detail::Vulnerability(Box::default()),
    });
    let set = FindingSet {
        kind: PackageType::Dpkg,
        target: String::new(),
        packages: vec![Package::new(PackageType::Dpkg, "openssl", "3.0")],
        findings: findings.collect(),
    };
    let run = Run {
        tool: tool(),
        started: format!("{day}T03:00:00Z"),
        target: Target { kind: TargetKind::Host, name: "web01".to_owned() },
        os: None,
        os_end_of_life: false,
        database: Some(DatabaseInfo {
            origin: DatabaseOrigin::Bundled,
            built: String::new(),
            newest: "2026-11-01".to_owned(),
            age_days: 1,
            sources: Vec::new(),
        }),
        sets: vec![set],
        unseen: Vec::new(),
        left_out: Vec::new(),
        narrowed: Vec::new(),
        suppressed: Vec::new(),
        unmatched: Vec::new(),
        image: None,
    };
    Inspection::of_scan(run, None)
}

/// A patched image.
pub fn patch(day: &str) -> ImagePatch {
    ImagePatch {
        schema_version: IMAGE_PATCH_SCHEMA,
        tool: tool(),
        started: format!("{day}T03:00:00Z"),
        route: PatchRoute::Engine,
        outcome: PatchOutcome::Nothing,
        image: PatchedImage::default(),
        os: None,
        os_end_of_life: false,
        database: None,
        upgrades: Vec::new(),
        new_packages: Vec::new(),
        notes: Vec::new(),
        dockerfile: None,
        start_test: None,
        privilege: None,
        before: BTreeMap::new(),
        after: None,
        fixed: Vec::new(),
        open: Vec::new(),
        introduced: Vec::new(),
        written: None,
        unseen: Vec::new(),
    }
}
