//! Ignore files and VEX, from the file to the report and the exit status.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Two records as OSV serves them for crates.io, without their long texts.
const RECORDS: [(&str, &str); 2] = [
    (
        "RUSTSEC-2021-0003.json",
        r#"{"id":"RUSTSEC-2021-0003","summary":"Buffer overflow in SmallVec::insert_many","modified":"2023-06-13T13:10:24Z","published":"2021-01-08T12:00:00Z","aliases":["CVE-2021-25900","GHSA-43w2-9j62-hq99"],"affected":[{"package":{"ecosystem":"crates.io","name":"smallvec","purl":"pkg:cargo/smallvec"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.6.3"},{"fixed":"0.6.14"},{"introduced":"1.0.0"},{"fixed":"1.6.1"}]}]}],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"schema_version":"1.7.3"}"#,
    ),
    (
        "RUSTSEC-2020-0071.json",
        r#"{"id":"RUSTSEC-2020-0071","summary":"Potential segfault in the time crate","modified":"2023-06-13T13:10:24Z","published":"2020-11-18T12:00:00Z","aliases":["CVE-2020-26235","GHSA-wcg3-cvx6-7396"],"affected":[{"package":{"ecosystem":"crates.io","name":"time","purl":"pkg:cargo/time"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"},{"fixed":"0.2.0"}]}]}],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],"schema_version":"1.7.3"}"#,
    ),
];

/// A folder with a database of [`RECORDS`], in which the program runs.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let feed = folder.path().join("feeds/osv/crates.io");
        fs::create_dir_all(&feed).unwrap();
        let mut zip = zip::ZipWriter::new(File::create(feed.join("all.zip")).unwrap());
        for (name, record) in RECORDS {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(record.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let place = Self { folder };
        let built = place.pasu(&["db", "build", "--feeds", "feeds", "-o", "pasu.db", "--quiet"]);
        assert!(built.status.success(), "{}", text(&built.stderr));
        place
    }

    fn with(name: &str, content: &str) -> Self {
        let place = Self::new();
        place.write(name, content);
        place
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn pasu(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pasu"))
            .args(args)
            .current_dir(self.folder.path())
            .env("LC_ALL", "C")
            .env("PASU_DB", "pasu.db")
            .output()
            .unwrap()
    }

    fn scan(&self, args: &[&str]) -> Output {
        let shop = shop();
        let mut all = vec!["fs", shop.to_str().unwrap()];
        all.extend(args);
        self.pasu(&all)
    }

    /// What is reported and what is listed as suppressed, in Trivy's JSON.
    fn json(&self, args: &[&str]) -> (Vec<String>, Vec<Value>) {
        let output = self.scan(&[&["--format", "json"], args].concat());
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
        let list = |key: &str| -> Vec<Value> {
            let results = report["Results"].as_array().cloned().unwrap_or_default();
            results.iter().filter_map(|result| result[key].as_array().cloned()).flatten().collect()
        };
        let mut found: Vec<String> = list("Vulnerabilities")
            .iter()
            .map(|vulnerability| vulnerability["VulnerabilityID"].as_str().unwrap().to_owned())
            .collect();
        found.sort_unstable();
        (found, list("ExperimentalModifiedFindings"))
    }
}

/// A Rust project that needs `smallvec`, and `time` by way of `chrono`.
fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/suppress/shop")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn an_ignore_file_takes_a_finding_out_of_report_and_exit_status() {
    let place = Place::new();
    assert_eq!(place.json(&[]).0, ["CVE-2020-26235", "CVE-2021-25900"]);
    assert_eq!(place.scan(&["--exit-code", "7"]).status.code(), Some(7));

    place.write("ids", "cve-2021-25900\nGHSA-wcg3-cvx6-7396 # not on Windows\n");
    let output = place.scan(&["--exit-code", "7", "--ignorefile", "ids"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let (found, suppressed) = place.json(&["--ignorefile", "ids"]);
    assert!(found.is_empty() && suppressed.is_empty(), "{found:?} {suppressed:?}");
    // What is left in the table is a count, not a row.
    assert!(!text(&output.stdout).contains("0.6.14"), "{}", text(&output.stdout));
}

#[test]
fn suppressed_findings_are_shown_on_request() {
    let text = "vulnerabilities:\n  - id: CVE-2021-25900\n    purls: [pkg:cargo/smallvec]\n    statement: never inserted\n";
    let place = Place::with("i.yaml", text);
    let args = ["--ignorefile", "i.yaml", "--show-suppressed"];
    let (found, suppressed) = place.json(&args);
    assert_eq!(found, ["CVE-2020-26235"]);
    let [item] = &suppressed[..] else { panic!("{suppressed:?}") };
    assert_eq!(item["Type"], "vulnerability");
    assert_eq!(item["Status"], "ignored");
    assert_eq!(item["Source"], "i.yaml");
    assert_eq!(item["Statement"], "never inserted");
    assert_eq!(item["Finding"]["VulnerabilityID"], "CVE-2021-25900");
    assert_eq!(item["Finding"]["PkgName"], "smallvec");
    let table = self::text(&place.scan(&args).stdout);
    assert!(table.contains("never inserted"), "{table}");
}

#[test]
fn what_the_severity_leaves_out_is_not_suppressed() {
    let place = Place::with("ids", "CVE-2021-25900\nCVE-2020-26235\n");
    let args = ["--ignorefile", "ids", "--show-suppressed", "--severity", "CRITICAL"];
    let (found, suppressed) = place.json(&args);
    assert!(found.is_empty());
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["Finding"]["VulnerabilityID"], "CVE-2021-25900");
}

#[test]
fn the_ignore_files_of_the_current_folder_are_used_unless_another_is_named() {
    let place = Place::with(".trivyignore", "CVE-2021-25900\n");
    assert_eq!(place.json(&[]).0, ["CVE-2020-26235"]);
    place.write(".trivyignore.yaml", "vulnerabilities:\n  - id: CVE-2020-26235\n");
    assert!(place.json(&[]).0.is_empty());
    place.write("none", "");
    assert_eq!(place.json(&["--ignorefile", "none"]).0.len(), 2);
}

#[test]
fn an_expired_entry_is_told_and_holds_no_more() {
    let place =
        Place::with("ids", "CVE-2021-25900 exp:2024-01-31\nCVE-2020-26235 exp:2999-01-01\n");
    assert_eq!(place.json(&["--ignorefile", "ids"]).0, ["CVE-2021-25900"]);
    let stderr = |args: &[&str]| text(&place.scan(args).stderr);
    let told = "pasu: ids:1: CVE-2021-25900 expired on 2024-01-31\n";
    assert_eq!(stderr(&["--ignorefile", "ids"]), told);
    assert_eq!(stderr(&["--ignorefile", "ids", "--quiet"]), "");
    let korean = stderr(&["--ignorefile", "ids", "--lang", "ko"]);
    assert!(korean.contains("예외 기한이 2024-01-31에 끝났습니다"), "{korean}");
}

#[test]
fn vex_documents_take_findings_out() {
    let place = Place::with(
        "openvex.json",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex-1","author":"Shop","timestamp":"2024-01-01T00:00:00Z","version":1,
"statements":[{"vulnerability":{"name":"CVE-2020-26235"},"products":[{"@id":"pkg:cargo/chrono@0.4.10","subcomponents":[{"@id":"pkg:cargo/time"}]}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]}"#,
    );
    place.write(
        "cyclonedx.json",
        r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{"type":"library","name":"smallvec","bom-ref":"sv","purl":"pkg:cargo/smallvec@0.6.13"}],
"vulnerabilities":[{"id":"CVE-2021-25900","analysis":{"state":"not_affected","justification":"code_not_reachable"},"affects":[{"ref":"sv"}]}]}"#,
    );
    assert_eq!(place.json(&["--vex", "openvex.json"]).0, ["CVE-2021-25900"]);
    assert_eq!(place.json(&["--vex", "cyclonedx.json"]).0, ["CVE-2020-26235"]);
    let both = ["--vex", "openvex.json", "--vex", "cyclonedx.json", "--show-suppressed"];
    let (found, suppressed) = place.json(&both);
    assert!(found.is_empty(), "{found:?}");
    let mut reasons: Vec<String> = suppressed
        .iter()
        .map(|item| format!("{} {} {}", item["Source"], item["Status"], item["Statement"]))
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            r#""cyclonedx.json" "not_affected" "code_not_reachable""#,
            r#""openvex.json" "not_affected" "vulnerable_code_not_in_execute_path""#
        ]
    );
    assert_eq!(place.scan(&[&both[..], &["--exit-code", "1"]].concat()).status.code(), Some(0));
}

#[test]
fn a_statement_without_a_product_hides_nothing() {
    let place = Place::with(
        "v.json",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"Shop","timestamp":"2024-01-01T00:00:00Z","version":1,
"statements":[{"vulnerability":{"name":"CVE-2021-25900"},"status":"not_affected","justification":"component_not_present"}]}"#,
    );
    assert_eq!(place.json(&["--vex", "v.json"]).0.len(), 2);
    let output = place.scan(&["--vex", "v.json"]);
    assert_eq!(
        text(&output.stderr),
        "pasu: v.json: CVE-2021-25900 names no product and takes out nothing\n"
    );
}

#[test]
fn a_file_that_cannot_be_used_stops_the_run_before_it_looks() {
    let place = Place::with("bad.yaml", "vulnerabilities:\n  - statement: x\n");
    place.write("bad", "CVE-1 exp:soon\n");
    place.write("bad.json", "{\n \"statements\": 1");
    fs::create_dir(place.folder.path().join("folder")).unwrap();
    for (args, expected) in [
        (["--ignorefile", "gone"], "cannot read the ignore file gone: No such file"),
        (["--ignorefile", "folder"], "cannot read the ignore file folder: Is a directory"),
        (["--ignorefile", "bad"], "cannot use the ignore file: bad:1: \"soon\" is no date"),
        (["--ignorefile", "bad.yaml"], "cannot use the ignore file: bad.yaml:2: "),
        (["--vex", "gone"], "cannot read the VEX document gone: No such file"),
        (["--vex", "bad.json"], "cannot use the VEX document: bad.json:2: "),
        (["--vex", "pasu.db"], "cannot use the VEX document: pasu.db:"),
    ] {
        let output = place.pasu(&[&["fs", "/nowhere"], &args[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let stderr = text(&output.stderr);
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
        assert!(!stderr.contains("nowhere"), "{stderr}");
    }
    place.write(".trivyignore", "CVE-1 exp:soon\n");
    assert_eq!(place.scan(&[]).status.code(), Some(2));
}
