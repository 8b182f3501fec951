//! CycloneDX VEX as the format's own examples and Dependency-Track write it.

use crate::suppress::testing::{run, taken_out, vex_takes_out};
use crate::suppress::{Note, Rules};
use jiff::civil::date;

const SERIAL: &str = "3e671687-395b-41f5-a30f-a58921a69b79";

/// A document with the components of a shop, and other vulnerabilities.
fn document(vulnerabilities: &str) -> String {
    format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":"urn:uuid:{SERIAL}","version":1,
            "metadata":{{"timestamp":"2024-03-03T00:00:00Z","component":{{"type":"application","name":"shop","bom-ref":"shop"}}}},
            "components":[{{"type":"library","name":"inner","components":[
               {{"type":"library","name":"lodash","bom-ref":"lodash-ref","purl":"pkg:npm/lodash@4.17.20"}}]}},
               {{"type":"library","name":"nameless","bom-ref":"nameless"}}],
            "vulnerabilities":[{vulnerabilities}]}}"#
    )
}

fn with(state: &str, affects: &str) -> String {
    document(&format!(
        r#"{{"id":"CVE-2021-23337","analysis":{{"state":"{state}","justification":"code_not_reachable","detail":"never called"}},"affects":[{affects}]}}"#
    ))
}

#[test]
fn the_state_decides() {
    for (state, expected) in [
        ("not_affected", Some("not_affected")),
        ("false_positive", Some("not_affected")),
        ("resolved", Some("fixed")),
        ("resolved_with_pedigree", Some("fixed")),
        ("exploitable", None),
        ("in_triage", None),
    ] {
        let found = vex_takes_out(&with(state, r#"{"ref":"lodash-ref"}"#));
        let expected: Vec<String> =
            expected.map(|status| format!("CVE-2021-23337 {status}")).into_iter().collect();
        assert_eq!(found, expected, "{state}");
    }
}

#[test]
fn references_are_resolved() {
    for (reference, expected) in [
        ("lodash-ref".to_owned(), true),
        ("pkg:npm/lodash@4.17.20".to_owned(), true),
        ("pkg:npm/lodash".to_owned(), true),
        ("pkg:npm/lodash@4.17.21".to_owned(), false),
        (format!("urn:cdx:{SERIAL}/1#lodash-ref"), true),
        (format!("urn:cdx:{SERIAL}/1#lodash%2Dref"), true),
        (format!("urn:cdx:{SERIAL}/1"), false),
        ("urn:cdx:11111111-1111-1111-1111-111111111111/1#lodash-ref".to_owned(), false),
        ("urn:cdx:11111111-1111-1111-1111-111111111111/1#pkg:npm/lodash@4.17.20".to_owned(), true),
        (
            "urn:cdx:11111111-1111-1111-1111-111111111111/1#pkg%3Anpm%2Flodash%404.17.20"
                .to_owned(),
            true,
        ),
        ("nameless".to_owned(), false),
        ("gone".to_owned(), false),
        ("shop".to_owned(), false),
        (String::new(), false),
    ] {
        let found = vex_takes_out(&with("not_affected", &format!(r#"{{"ref":"{reference}"}}"#)));
        assert_eq!(found.len(), usize::from(expected), "{reference}");
    }
}

#[test]
fn references_may_lead_into_the_scanned_document() {
    let sbom = br#"{"bomFormat":"CycloneDX","serialNumber":"urn:uuid:ABCDEF01-0000-4000-8000-000000000000",
        "components":[{"type":"library","name":"lodash","bom-ref":"4f1a","purl":"pkg:npm/lodash@4.17.20"}]}"#;
    for (reference, expected) in [
        ("urn:cdx:abcdef01-0000-4000-8000-000000000000/1#4f1a", 1),
        ("4f1a", 1),
        ("urn:cdx:abcdef02-0000-4000-8000-000000000000/1#4f1a", 0),
        ("urn:cdx:abcdef01-0000-4000-8000-000000000000/1#4f1b", 0),
        ("urn:cdx:abcdef01-0000-4000-8000-000000000000/1#pkg:npm/lodash@4.17.20", 1),
        ("urn:cdx:abcdef02-0000-4000-8000-000000000000/1#pkg:npm/lodash@4.17.20", 0),
    ] {
        let mut rules = Rules::for_sbom(sbom);
        let text = with("not_affected", &format!(r#"{{"ref":"{reference}"}}"#));
        rules.add_vex("v.json", text.as_bytes()).unwrap();
        assert_eq!(taken_out(&rules).0.len(), expected, "{reference}");
    }
}

#[test]
fn listed_versions_limit_what_is_taken_out() {
    for (versions, expected) in [
        (r#"[{"version":"4.17.20","status":"unaffected"}]"#, true),
        (r#"[{"version":"4.17.20"}]"#, true),
        (r#"[{"version":"4.17.20","status":"affected"}]"#, false),
        (
            r#"[{"version":"4.17.20","status":"affected"},{"version":"4.17.21","status":"unaffected"}]"#,
            false,
        ),
        (r#"[{"range":"vers:npm/<5.0.0","status":"unaffected"}]"#, false),
        ("[]", true),
    ] {
        let affects = format!(r#"{{"ref":"pkg:npm/lodash","versions":{versions}}}"#);
        assert_eq!(
            vex_takes_out(&with("resolved", &affects)).len(),
            usize::from(expected),
            "{versions}"
        );
    }
}

#[test]
fn the_newest_analysis_wins() {
    let analysis = |state: &str, time: &str| {
        format!(
            r#"{{"id":"CVE-2021-23337","analysis":{{"state":"{state}"{time}}},"affects":[{{"ref":"lodash-ref"}}]}}"#
        )
    };
    let later = r#","lastUpdated":"2024-06-01T00:00:00Z""#;
    let both = [analysis("exploitable", later), analysis("not_affected", "")].join(",");
    assert!(vex_takes_out(&document(&both)).is_empty());
    let both = [analysis("not_affected", later), analysis("exploitable", "")].join(",");
    assert_eq!(vex_takes_out(&document(&both)).len(), 1);
}

#[test]
fn the_same_vulnerability_under_another_name_is_found() {
    let text = document(
        r#"{"id":"SNYK-1","references":[{"id":"CVE-2021-23337","source":{"name":"NVD"}}],
            "analysis":{"state":"not_affected"},"affects":[{"ref":"lodash-ref"}]}"#,
    );
    assert_eq!(vex_takes_out(&text), ["CVE-2021-23337 not_affected"]);
}

#[test]
fn what_names_nothing_takes_nothing_out_and_is_told() {
    let (file, id) = (String::from("v.json"), String::from("CVE-2021-23337"));
    for (affects, note) in [
        ("", Note::NoProduct { file: file.clone(), id: id.clone() }),
        (
            r#"{"ref":"gone"}"#,
            Note::Unresolved { file: file.clone(), id: id.clone(), reference: "gone".into() },
        ),
    ] {
        let mut rules = Rules::default();
        rules.add_vex(&file, with("not_affected", affects).as_bytes()).unwrap();
        let mut run = run();
        let notes = rules.apply(&mut run, date(2025, 6, 30));
        assert_eq!(run.suppressed, []);
        assert_eq!(notes, [note]);
    }
}

#[test]
fn a_list_of_found_vulnerabilities_says_nothing() {
    for vulnerability in [
        r#"{"id":"CVE-2021-23337","affects":[{"ref":"lodash-ref"}]}"#,
        r#"{"id":"CVE-2021-23337","analysis":{"detail":"?"},"affects":[{"ref":"lodash-ref"}]}"#,
    ] {
        assert!(vex_takes_out(&document(vulnerability)).is_empty());
    }
}

#[test]
fn wrong_documents_are_refused() {
    for (text, expected) in [
        (with("safe", r#"{"ref":"a"}"#), "unknown variant `safe`"),
        (with("resolved", "{}"), "missing field `ref`"),
        (document(r#"{"analysis":{"state":"resolved"}}"#), "has no id"),
        (document("7"), "v.json:6: "),
    ] {
        let error = Rules::default().add_vex("v.json", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
