//! The document of an inspection: what is written is read back whole, fits its schema, and what is none is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::inspection::{empty, not_root, usual};
use pasu_model::{Inspection, Part, PartState};
use pasu_report::{read_any, read_inspection, write_inspection};
use serde_json::{Value, json};

fn bytes(inspection: &Inspection) -> Vec<u8> {
    let mut out = Vec::new();
    write_inspection(inspection, &mut out).unwrap();
    out
}

fn all() -> Vec<Inspection> {
    let scan = Inspection::of_scan(common::run(), None);
    let audit = Inspection::of_audit(usual().audit.unwrap());
    let hostile = Inspection::of_scan(common::hostile_run(), None);
    vec![empty(), usual(), not_root(), scan, audit, hostile]
}

#[test]
fn an_inspection_reads_back_whole() {
    for inspection in all() {
        let written = bytes(&inspection);
        assert_eq!(read_inspection(&written).unwrap(), inspection);
        assert_eq!(read_any(&written).unwrap(), inspection);
    }
}

fn schema(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn validator() -> jsonschema::Validator {
    let resource = |name: &str| {
        let contents = jsonschema::Resource::from_contents(common::strict(schema(name)));
        (format!("https://pasu.invalid/schema/{name}"), contents)
    };
    let beside = ["pasu-run-1.json", "pasu-fix-plan-1.json", "pasu-image-patch-1.json"];
    let registry = jsonschema::Registry::new().extend(beside.map(resource)).unwrap();
    let registry = registry.prepare().unwrap();
    jsonschema::options()
        .with_registry(&registry)
        .build(&common::strict(schema("pasu-inspection-1.json")))
        .unwrap()
}

#[test]
fn it_fits_its_published_schema() {
    let validator = validator();
    for inspection in all() {
        let value: Value = serde_json::from_slice(&bytes(&inspection)).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error:.200}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
    }
    assert!(!validator.is_valid(&json!({"schema": "pasu.inspection/1", "inspection": {}})));
    // Strict down to the documents of others, so that a key that has no place in a schema is noticed.
    for place in ["/inspection", "/inspection/packages/sets/0", "/inspection/fixes/0/plan"] {
        let mut value: Value = serde_json::from_slice(&bytes(&usual())).unwrap();
        value.pointer_mut(place).unwrap()["weather"] = json!("fine");
        assert!(!validator.is_valid(&value), "{place}");
    }
}

#[test]
fn keys_of_later_writers_are_skipped() {
    let mut value: Value = serde_json::from_slice(&bytes(&usual())).unwrap();
    value["inspection"]["weather"] = json!("fine");
    value["inspection"]["audit"]["results"][0]["mood"] = json!(1);
    let read = read_inspection(value.to_string().as_bytes()).unwrap();
    assert_eq!(read, usual());
}

#[test]
fn a_newer_schema_says_what_reads_it() {
    let newer =
        json!({"schema": "pasu.inspection/2", "inspection": {"tool": {"version": "9.1.0"}}});
    let message = read_any(newer.to_string().as_bytes()).unwrap_err().to_string();
    assert!(message.contains("pasu 9.1.0 or newer"), "{message}");
    let newer = json!({"schema": "pasu.inspection/7"});
    let message = read_inspection(newer.to_string().as_bytes()).unwrap_err().to_string();
    assert!(message.contains("`pasu.inspection/7`"), "{message}");
}

#[test]
fn what_is_no_inspection_is_refused_with_what_to_use() {
    for (input, message) in [
        ("", "EOF while parsing"),
        ("[]", "neither an inspection nor a run"),
        ("{}", "SchemaVersion 2"),
        (r#"{"schema":"pasu.inspection/x"}"#, "`pasu.inspection/x` is not known"),
        (r#"{"schema":"pasu.run/2","run":{}}"#, "this version reads `pasu.run/1`"),
        (r#"{"schema":"pasu.inspection/1"}"#, "missing field `inspection`"),
        (r#"{"schema_version":1,"kind":"audit"}"#, "--format pasu"),
        (r#"{"bomFormat":"CycloneDX"}"#, "CycloneDX leaves out"),
        (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX leaves out"),
        (r#"{"version":"2.1.0","runs":[]}"#, "SARIF leaves out"),
    ] {
        let error = read_any(input.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{input}: {error}");
    }
}

#[test]
fn a_single_run_becomes_an_inspection() {
    let mut out = Vec::new();
    let options = pasu_report::RenderOptions::default();
    pasu_report::render(&common::run(), pasu_report::Format::Pasu, &options, &mut out).unwrap();
    let read = read_any(&out).unwrap();
    assert_eq!(read.packages, Some(common::run()));
    assert_eq!(read.part(Part::Packages).unwrap().state, PartState::Incomplete);
}
