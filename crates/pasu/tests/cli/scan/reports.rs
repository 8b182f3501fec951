//! Where reports go and what a script finds in them.

use super::place::{Place, string, vulnerabilities};
use serde_json::Value;

#[test]
fn several_formats_in_one_run() {
    let place = Place::new();
    let args = [
        "rootfs",
        "machine",
        "--format",
        "json",
        "--output",
        "out.json",
        "--format",
        "sarif",
        "--output",
        "out.sarif",
        "--format",
        "cyclonedx",
        "--output",
        "out.cdx",
        "--format",
        "table",
    ];
    let ran = place.pasu(&args);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("libssl3") && ran.out.contains("CVE-2024-6119"), "{}", ran.out);
    let parse = |name: &str| serde_json::from_str::<Value>(&place.read(name)).unwrap();
    assert_eq!(vulnerabilities(&parse("out.json")).count(), 5);
    assert_eq!(parse("out.sarif")["runs"][0]["results"].as_array().map(Vec::len), Some(5));
    assert_eq!(parse("out.cdx")["bomFormat"], "CycloneDX");
}

#[test]
fn a_report_is_replaced_as_a_whole_or_left_alone() {
    let place = Place::new();
    place.write("out.json", "old");
    let ran = place.pasu(&["rootfs", "missing", "--format", "json", "--output", "out.json"]);
    assert_eq!((ran.status, place.read("out.json").as_str()), (Some(2), "old"));
    let ran = place.pasu(&["rootfs", "machine", "--format", "json", "--output", "out.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""));
    assert!(place.read("out.json").starts_with('{'));
    let ran = place.pasu(&["rootfs", "machine", "--output", "no/such/folder/out"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("no/such/folder/out"), "{}", ran.err);
}

/// `jq '.Results[]?.Vulnerabilities[]? | {Title, PkgName, InstalledVersion, Description, Severity}'` in a cron job.
#[test]
fn a_script_written_for_trivy_finds_its_fields() {
    let place = Place::new();
    let report = place.json(&["rootfs", "machine"]);
    assert_eq!(report["SchemaVersion"], 2);
    assert_eq!(report["ArtifactName"], "machine");
    let found: Vec<&Value> = vulnerabilities(&report).collect();
    assert_eq!(found.len(), 5);
    for vulnerability in &found {
        for key in ["VulnerabilityID", "Title", "PkgName", "InstalledVersion", "Severity", "Status"]
        {
            assert!(!string(vulnerability, key).is_empty(), "{key} of {vulnerability}");
        }
    }
    let lodash = found.iter().find(|found| found["PkgName"] == "lodash").unwrap();
    assert_eq!(string(lodash, "VulnerabilityID"), "CVE-2021-23337");
    assert_eq!(string(lodash, "InstalledVersion"), "4.17.20");
    assert_eq!(string(lodash, "FixedVersion"), "4.17.21");
    assert_eq!(string(lodash, "Severity"), "HIGH");
    assert!(!string(lodash, "Description").is_empty());
}

#[test]
fn tables_speak_the_language_asked_for() {
    let place = Place::new();
    let korean = place.pasu(&["rootfs", "machine", "--lang", "ko"]);
    let english = place.pasu(&["rootfs", "machine", "--lang", "en"]);
    let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    assert!(is_korean(&korean.out), "{}", korean.out);
    assert!(!is_korean(&english.out), "{}", english.out);
    for text in [&korean.out, &english.out] {
        assert!(text.contains("CVE-2024-6119") && text.contains("3.0.14-1~deb12u2"), "{text}");
        assert!(!text.contains('\u{1b}'), "no colours where no terminal is");
        assert!(text.contains("docker-ce"), "what nobody could judge is listed: {text}");
    }
    assert_eq!((korean.err.as_str(), english.err.as_str()), ("", ""), "silent in a pipe");
}

#[test]
fn the_database_and_its_age_are_in_the_result() {
    let place = Place::new();
    let ran = place.pasu(&["rootfs", "machine", "--format", "pasu"]);
    let run: Value = serde_json::from_str(&ran.out).unwrap();
    let text = run.to_string();
    assert!(text.contains("2026-08-21"), "the newest record's date");
    assert!(text.contains("docker-ce 5:25.0.3-1~debian.12~bookworm: not from the distribution"));
}
