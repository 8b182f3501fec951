//! `pasu runs` and `pasu diff`.

use crate::program::{Ran, pasu, run};
use pasu_model::Inspection;
use pasu_report::{read_any, write_inspection};
use pasu_store::Store;
use serde_json::Value;
use std::fs;
use std::path::Path;

const TRIVY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../pasu-report/tests/data/trivy-0.76.json");

/// The inspection of a day, without the findings of a record of that index.
fn inspection(day: &str, without: Option<usize>) -> Inspection {
    let mut inspection = read_any(&fs::read(TRIVY).unwrap()).unwrap();
    inspection.started = format!("{day}T03:00:00Z");
    inspection.finished = format!("{day}T03:00:10Z");
    if let Some(set) = without {
        inspection.images[0].run.sets[set].findings.clear();
    }
    inspection
}

fn document(inspection: &Inspection) -> Vec<u8> {
    let mut out = Vec::new();
    write_inspection(inspection, &mut out).unwrap();
    out
}

/// Three runs: everything, without what Python has, everything again.
fn filled(folder: &Path) {
    let store = Store::open(folder).unwrap();
    for (day, without) in [("2026-11-01", None), ("2026-11-02", Some(2)), ("2026-11-03", None)] {
        let inspection = inspection(day, without);
        store.add(&inspection, &document(&inspection)).unwrap();
    }
}

fn runs(folder: &Path, args: &[&str]) -> Ran {
    run(pasu(args).arg("--state").arg(folder))
}

#[test]
fn nothing_kept_is_said_and_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let ran = runs(&state, &["runs"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "No inspection is kept.\n"));
    assert_eq!(runs(&state, &["runs", "--format", "json"]).out, "[]\n");
    assert_eq!(runs(&state, &["runs", "check"]).status, Some(0));
    let ran = runs(&state, &["runs", "show", "last"]);
    assert_eq!(ran.status, Some(2));
    assert!(!state.exists());
}

#[test]
fn runs_are_listed_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let ran = runs(folder.path(), &["runs"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        lines[0],
        "Run  Date                 Score  New  Reopened  Fixed  Open  Complete  Target"
    );
    assert_eq!(
        lines[1],
        "3    2026-11-03 03:00:00  -      0    2         0      5     yes       shop:1.4"
    );
    assert_eq!(
        lines[2],
        "2    2026-11-02 03:00:00  -      0    0         2      3     yes       shop:1.4"
    );
    let ran = runs(folder.path(), &["runs", "--lang", "ko"]);
    assert!(ran.out.starts_with("번호  일시"), "{}", ran.out);
    let json: Value =
        serde_json::from_str(&runs(folder.path(), &["runs", "--format", "json"]).out).unwrap();
    assert_eq!(json[0]["counts"]["states"]["reopened"], 2);
}

#[test]
fn a_run_is_shown_and_handed_back() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let ran = runs(folder.path(), &["runs", "show", "last-1"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("Run 2  2026-11-02T03:00:00Z"), "{}", ran.out);
    assert!(ran.out.contains("Fixed") && ran.out.contains("Django"), "{}", ran.out);
    let ran = runs(folder.path(), &["runs", "show", "2026-11-02", "--format", "json"]);
    assert_eq!(ran.out.into_bytes(), document(&inspection("2026-11-02", Some(2))));
    let ran = runs(folder.path(), &["runs", "show", "2026-11"]);
    assert!(ran.status == Some(2) && ran.err.contains("are several runs: 3 ("), "{}", ran.err);
}

#[test]
fn findings_are_listed_with_their_days() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let ran = runs(folder.path(), &["runs", "findings", "--only", "reopened"]);
    assert_eq!(ran.out.matches("Reopened").count(), 2, "{}", ran.out);
    assert!(ran.out.contains("2026-11-01") && ran.out.contains("2026-11-03"), "{}", ran.out);
    let json = runs(folder.path(), &["runs", "findings", "--format", "json"]).out;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap().as_array().unwrap().len(), 5);
    let ran = runs(folder.path(), &["runs", "findings", "--only", "fixed"]);
    assert_eq!(ran.out, "There is none.\n");
    let ran = runs(folder.path(), &["runs", "findings", "--only", "gone"]);
    assert!(ran.err.contains("one of new, reopened, open, accepted, fixed"), "{}", ran.err);
}

#[test]
fn runs_are_deleted_only_when_somebody_agrees() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let ran = runs(folder.path(), &["runs", "delete", "1"]);
    assert!(ran.status == Some(2) && ran.err.contains("--yes"), "{}", ran.err);
    let ran = runs(folder.path(), &["runs", "delete", "1", "last", "--yes"]);
    assert!(ran.out.contains("2 runs deleted"), "{}", ran.out);
    assert_eq!(Store::open(folder.path()).unwrap().runs().unwrap().len(), 1);
}

#[test]
fn a_damaged_store_is_said_kept_and_recovered() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let path = folder.path().join("runs.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..16].copy_from_slice(b"no SQLite at all");
    fs::write(&path, &bytes).unwrap();
    for args in [&["runs"][..], &["runs", "check"], &["diff", "1", "2"]] {
        let ran = runs(folder.path(), args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(
            ran.err.contains("runs.db") && ran.err.contains("pasu runs recover"),
            "{}",
            ran.err
        );
    }
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let ran = runs(folder.path(), &["runs", "recover"]);
    assert!(ran.status == Some(2) && ran.err.contains("--yes"), "{}", ran.err);
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_document_that_does_not_hold_is_found_and_the_rest_recovered() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let ran = runs(folder.path(), &["runs", "recover", "--yes"]);
    assert!(ran.out.contains("is whole and was left as it is"), "{}", ran.out);
    let path = folder.path().join("runs.db");
    let mut bytes = fs::read(&path).unwrap();
    // The documents are zstd frames: one of them gets another byte.
    let magic = [0x28, 0xB5, 0x2F, 0xFD];
    let frame = bytes.windows(4).rposition(|window| window == magic).unwrap();
    bytes[frame + 40] ^= 0xFF;
    fs::write(&path, &bytes).unwrap();
    let ran = runs(folder.path(), &["runs", "check"]);
    assert!(ran.status == Some(2) && ran.out.contains("damaged: run "), "{}{}", ran.out, ran.err);
    let ran = runs(folder.path(), &["runs", "recover", "--yes"]);
    assert_eq!(ran.status, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("lost: ") && ran.out.contains("runs.db.damaged-"), "{}", ran.out);
    assert_eq!(runs(folder.path(), &["runs", "check"]).status, Some(0));
}

#[test]
fn two_runs_or_files_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let file = folder.path().join("second.pasu");
    fs::write(&file, document(&inspection("2026-11-02", Some(2)))).unwrap();
    let file = file.to_str().unwrap();
    for (before, after, new, fixed) in
        [("1", "2", 0, 2), ("last-1", "last", 2, 0), (TRIVY, file, 0, 2), (file, TRIVY, 2, 0)]
    {
        let ran = runs(folder.path(), &["diff", before, after, "--format", "json"]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        let count = |state: &str| json["counts"][state].as_u64().unwrap();
        assert_eq!(
            (count("new"), count("fixed"), count("open")),
            (new, fixed, 3),
            "{before} {after}"
        );
    }
    let ran = runs(folder.path(), &["diff", "2", "3", "--exit-code", "7"]);
    assert_eq!(ran.status, Some(7));
    assert!(ran.out.contains("New 2 · Reopened 0 · Open 3"), "{}", ran.out);
    let ran = runs(folder.path(), &["diff", "2", "3", "--exit-code", "7", "--severity", "LOW"]);
    assert_eq!(ran.status, Some(0));
    let ran = runs(folder.path(), &["diff", "1", "1", "--lang", "ko"]);
    assert!(ran.out.contains("달라진 것이 없습니다."), "{}", ran.out);
    let ran = runs(folder.path(), &["diff", "1", "2", "--format", "markdown", "--lang", "ko"]);
    assert!(ran.out.starts_with("# 점검 결과 비교"), "{}", ran.out);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let audit = write("audit.json", r#"{"schema_version":1,"kind":"audit"}"#);
    let newer =
        write("newer", r#"{"schema":"pasu.inspection/2","inspection":{"tool":{"version":"9.0"}}}"#);
    for (named, words) in [
        (audit.as_str(), "--format pasu"),
        (newer.as_str(), "pasu 9.0 or newer"),
        ("nothing.json", "cannot read nothing.json"),
        ("/dev/zero", "not a regular file"),
        ("17", "there are 3 ("),
    ] {
        let ran = runs(folder.path(), &["diff", named, "1"]);
        assert_eq!(ran.status, Some(2), "{named}");
        assert!(ran.err.contains(words), "{named}: {}", ran.err);
    }
}
