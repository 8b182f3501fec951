//! Reading Trivy's JSON: a real report, our own in its form, and what is none.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use pasu_model::{
    Changes, Inspection, LifeState, OsFamily, PackageType, Severity, Status, TargetKind,
    UnseenReason,
};
use pasu_report::{Format, RenderOptions, read_any, read_trivy, render};
use serde_json::{Value, json};

const REAL: &[u8] = include_bytes!("data/trivy-0.76.json");

#[test]
fn a_real_report_is_read() {
    let run = read_trivy(REAL).unwrap();
    assert_eq!((run.tool.name.as_str(), run.tool.version.as_str()), ("trivy", "0.76.0"));
    assert_eq!((run.target.kind, run.target.name.as_str()), (TargetKind::Image, "shop:1.4"));
    let os = run.os.as_ref().unwrap();
    assert_eq!((os.family, os.version.as_str()), (OsFamily::Debian, "12.15"));
    let records: Vec<(PackageType, &str, usize, usize)> = run
        .sets
        .iter()
        .map(|set| (set.kind, set.target.as_str(), set.packages.len(), set.findings.len()))
        .collect();
    let expected = [
        (PackageType::Dpkg, "", 1, 1),
        (PackageType::NodePkg, "Node.js", 1, 2),
        (PackageType::PythonPkg, "Python", 1, 2),
    ];
    assert_eq!(records, expected);
    let (set, finding) = run.findings().nth(1).unwrap();
    let package = set.package_of(finding).unwrap();
    assert_eq!((package.name.as_str(), package.version.as_str()), ("axios", "0.21.0"));
    assert_eq!(package.path.as_deref(), Some("srv/app/node_modules/axios/package.json"));
    assert_eq!(package.layer, Some(1));
    let details = finding.vulnerability().unwrap();
    assert_eq!(
        (details.status, details.fixed_versions.as_slice()),
        (Status::Fixed, &["0.21.2".to_owned()][..])
    );
    assert_eq!(finding.severity, Severity::High);
    assert!(!details.title.is_empty() && !details.data_source.id.is_empty());
    assert_eq!(run.unseen, []);
}

#[test]
fn what_nobody_masked_is_not_taken_over() {
    let run = read_trivy(REAL).unwrap();
    assert!(String::from_utf8_lossy(REAL).contains("hunter2"));
    assert!(!format!("{run:?}").contains("hunter2"));
    assert_eq!(run.image.unwrap().config.architecture, "amd64");
}

#[test]
fn two_reports_of_trivy_are_compared() {
    let before = read_any(REAL).unwrap();
    let mut value: Value = serde_json::from_slice(REAL).unwrap();
    value["ArtifactName"] = json!("shop:1.5");
    value["Results"][0]["Target"] = json!("shop:1.5 (debian 12.15)");
    value["Results"][1]["Vulnerabilities"] = Value::Null;
    value["Results"][2]["Vulnerabilities"][0]["VulnerabilityID"] = json!("CVE-2099-1");
    let after = read_any(value.to_string().as_bytes()).unwrap();
    let changes = Changes::between(&before, &after);
    let count = |state| changes.count(state);
    let found = (count(LifeState::New), count(LifeState::Fixed), changes.open);
    assert_eq!((found, changes.not_looked_for), ((1, 3, 2), 0));
    let same = Changes::between(&before, &before);
    assert_eq!((same.lives.len(), same.open), (0, 5));
}

#[test]
fn our_report_in_trivys_form_holds_the_same_findings() {
    let run = common::run();
    let options =
        RenderOptions { list_packages: true, show_suppressed: true, ..RenderOptions::default() };
    let mut out = Vec::new();
    render(&run, Format::Json, &options, &mut out).unwrap();
    let read = read_trivy(&out).unwrap();
    assert_eq!(read.findings().count(), run.findings().count());
    assert_eq!((read.tool.name.as_str(), read.suppressed.len()), ("pasu", run.suppressed.len()));
    assert_eq!(read.database.unwrap().newest, run.database.as_ref().unwrap().newest);
    assert_eq!(read.unseen, run.unseen);
    let lossless = Inspection::of_scan(run.clone(), None);
    let changes = Changes::between(&lossless, &read_any(&out).unwrap());
    assert_eq!(changes.count(LifeState::New), 0, "{:?}", changes.lives);
}

#[test]
fn an_error_names_the_place() {
    for (path, value, message) in [
        ("/SchemaVersion", json!(3), "SchemaVersion: 3 is not known"),
        ("/ArtifactName", json!(null), "ArtifactName: is missing"),
        ("/Results", json!({}), "Results: expected a list, found an object"),
        ("/Results/1", json!(7), "Results[1]: expected an object"),
        ("/Results/1/Target", json!(["x"]), "Results[1].Target: expected a string, found a list"),
        (
            "/Results/2/Vulnerabilities/1/Severity",
            json!(4),
            "Results[2].Vulnerabilities[1].Severity: expected a string, found a number",
        ),
        (
            "/Results/0/Vulnerabilities/0/References",
            json!([1]),
            "Results[0].Vulnerabilities[0].References: expected a list of strings",
        ),
        ("/Metadata/Size", json!(-1), "Metadata.Size: expected a whole number"),
    ] {
        let mut document: Value = serde_json::from_slice(REAL).unwrap();
        *document.pointer_mut(path).unwrap() = value;
        let error = read_any(document.to_string().as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{path}: {error}");
    }
    let cut = read_trivy(&REAL[..REAL.len() / 2]).unwrap_err().to_string();
    assert!(cut.contains("line "), "{cut}");
}

#[test]
fn words_that_are_not_known_are_no_error_and_what_is_not_read_is_said() {
    let document = json!({
        "SchemaVersion": 2, "ArtifactName": "x", "ArtifactType": "vm",
        "Metadata": {"OS": {"Family": "plan9", "Name": "4"}},
        "Results": [
            {"Target": "a", "Class": "lang-pkgs", "Type": "conda-pkg", "Vulnerabilities": [
                {"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "AWFUL", "Status": "odd",
                 "VendorSeverity": {"nvd": 9}, "CVSS": {"nvd": {"V3Score": 9.8}}}]},
            {"Target": "b", "Class": "config", "Misconfigurations": [{}, {}]},
            {"Target": "c", "Class": "secret", "Secrets": [{}]},
        ],
    });
    let run = read_trivy(document.to_string().as_bytes()).unwrap();
    let (set, finding) = run.findings().next().unwrap();
    assert_eq!((set.kind, finding.severity), (PackageType::Unknown, Severity::Unknown));
    assert_eq!(run.sets.len(), 1);
    assert_eq!(run.unseen.len(), 2);
    assert!(run.unseen.iter().all(|unseen| unseen.reason == UnseenReason::NotLookedFor));
    let empty = json!({"SchemaVersion": 2, "ArtifactName": "x"});
    assert_eq!(read_trivy(empty.to_string().as_bytes()).unwrap().sets, []);
}
