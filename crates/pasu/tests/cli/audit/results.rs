//! What an audit prints, and its exit status.

use super::machine::Machine;
use serde_json::Value;

fn codes(audit: &Value) -> Vec<&str> {
    audit["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| result["code"].as_str())
        .collect()
}

#[test]
fn every_number_of_an_edition_has_a_verdict_in_order() {
    let machine = Machine::new();
    let newest = machine.json(&[]);
    let expected: Vec<String> = (1..=67).map(|number| format!("U-{number:02}")).collect();
    assert_eq!(codes(&newest), expected);
    assert_eq!(
        newest["not_installed"].as_array().map(Vec::len),
        Some(2),
        "no web server, no database"
    );
    let older = machine.json(&["--guideline", "kisa-2021"]);
    assert_eq!(codes(&older).len(), 72);
    for audit in [&newest, &older] {
        for result in audit["results"].as_array().unwrap() {
            assert_ne!(result["reason_key"], "unseen-panic", "{result}");
            for text in ["title", "reason", "remedy"] {
                assert!(!result[text].as_str().unwrap().is_empty(), "{text} of {result}");
            }
        }
    }
}

#[test]
fn the_result_matches_the_schema_that_the_program_prints() {
    let machine = Machine::new();
    let schema: Value = serde_json::from_str(&machine.pasu(&["schema"]).out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let audit = machine.json(&[]);
    let errors: Vec<String> =
        validator.iter_errors(&audit).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn the_exit_status_says_clean_wrong_or_not_seen() {
    let machine = Machine::new();
    let root = machine.root();
    let audit = |item: &str, more: &[&str]| {
        machine.pasu(&[&["--root", root.to_str().unwrap(), "--item", item], more].concat()).status
    };
    assert_eq!(audit("U-16", &[]), Some(0));
    machine.mode("etc/passwd", 0o666);
    assert_eq!(audit("U-16", &[]), Some(1));
    assert_eq!(audit("U-16", &["--exit-code", "7"]), Some(7));
    assert_eq!(audit("U-16", &["--exit-code", "0"]), Some(0));
    machine.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbroken\n");
    machine.mode("etc/passwd", 0o666);
    assert_eq!(
        audit("U-05,U-16", &[]),
        Some(2),
        "what was not seen counts more than what is wrong"
    );
}

#[test]
fn only_failures_of_the_chosen_weight_count() {
    let machine = Machine::new();
    machine.write("etc/hosts.lpd", "");
    machine.mode("etc/hosts.lpd", 0o666);
    let root = machine.root();
    let args = ["--root", root.to_str().unwrap(), "--item", "U-29"];
    assert_eq!(machine.pasu(&args).status, Some(1), "a failure of low weight");
    assert_eq!(machine.pasu(&[&args[..], &["--fail-on", "medium"]].concat()).status, Some(0));
}

#[test]
fn the_run_before_stands_beside_the_next() {
    let machine = Machine::new();
    assert!(machine.json(&[]).get("previous").is_none());
    machine.mode("etc/hosts", 0o755);
    let second = machine.json(&[]);
    let changed = second["previous"]["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(
        (changed[0]["code"].as_str(), changed[0]["now"].as_str()),
        (Some("U-19"), Some("fail"))
    );
}

#[test]
fn names_that_nobody_knows_are_refused_with_the_way_out() {
    let machine = Machine::new();
    let root = machine.root();
    for args in [
        vec!["--root", root.to_str().unwrap(), "--item", "U-99"],
        vec!["explain", "no-such-item"],
        vec!["answer", "X-1", "--verdict", "pass", "--reason", "r", "--until", "2099-01-01"],
    ] {
        let ran = machine.pasu(&args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(ran.err.contains("pasu audit list"), "{}", ran.err);
    }
    let empty = machine.file("empty");
    std::fs::create_dir(&empty).unwrap();
    let ran = machine.pasu(&["--root", empty.to_str().unwrap()]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("no root file system"), "{}", ran.err);
}

#[test]
fn pages_are_whole_in_both_languages() {
    let machine = Machine::new();
    let list = machine.pasu(&["list", "--lang", "en"]).out;
    let codes: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(codes.len(), 119);
    let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    for code in codes {
        let english = machine.pasu(&["explain", code, "--lang", "en"]);
        assert_eq!(english.status, Some(0), "{code}: {}", english.err);
        // What a policy can set may hold Korean: words of a banner.
        let page = english.out.split("What a policy file can set").next().unwrap_or_default();
        assert!(!is_korean(page), "{code}: {page}");
        let korean = machine.pasu(&["explain", &code.to_lowercase(), "--lang", "ko"]).out;
        for heading in
            ["점검 내용", "점검 목적", "보안 위협", "양호", "취약", "조치 방법", "조치 시 영향"]
        {
            assert!(korean.contains(heading), "{code}: {heading}");
        }
    }
}

#[test]
fn an_audit_is_a_report_for_people_and_for_build_servers() {
    let machine = Machine::new();
    let root = machine.root();
    let formats =
        [("pdf", "%PDF-"), ("html", "<!DOCTYPE html>"), ("markdown", "# "), ("junit", "<?xml")];
    for (format, start) in formats {
        let file = machine.file(&format!("report.{format}"));
        let args = ["--root", root.to_str().unwrap(), "--format", format, "--output"];
        let ran = machine.pasu(&[&args[..], &[file.to_str().unwrap()]].concat());
        let bytes = std::fs::read(&file).unwrap_or_default();
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned();
        assert!(
            head.to_lowercase().contains(&start.to_lowercase()),
            "{format}: {head}: {}",
            ran.err
        );
        if format != "pdf" {
            assert!(String::from_utf8(bytes).unwrap().contains("U-16"), "{format}");
        }
    }
}
