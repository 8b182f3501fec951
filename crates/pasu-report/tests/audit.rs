//! Every format of an audit: schemas, languages, and foreign text that must steer nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use pasu_model::{
    AbsentChapter, AcceptedRisk, Answer, Audit, Evidence, GuidelineInfo, Importance, ItemResult,
    Lang, Message, Place, PreviousAudit, Score, Target, TargetKind, Text, Tool, Verdict, Weight,
};
use pasu_report::{AUDIT_SCHEMA, AuditFormat, RenderOptions, render_audit};
use serde_json::Value;
use std::collections::BTreeMap;

const HOSTILE: &str = "=cmd|'x'!A0 \u{1b}[31m\u{202e}\r\n\"quoted\",<script>";

fn message(key: &str, ko: &str, en: &str) -> Message {
    let args = BTreeMap::from([("what".to_owned(), HOSTILE.to_owned())]);
    Message { key: key.to_owned(), args, text: Text::new(ko, en) }
}

fn result(code: &str, importance: Importance, verdict: Verdict) -> ItemResult {
    let reason = message("reason", &format!("이유 {HOSTILE}"), &format!("reason {HOSTILE}"));
    let evidence = |weight, message: Message, place| Evidence {
        weight,
        message,
        place,
        excerpt: Some(HOSTILE.to_owned()),
        part: None,
    };
    let weight = match verdict {
        Verdict::Pass => Weight::Good,
        Verdict::Fail => Weight::Bad,
        Verdict::NotApplicable => Weight::Note,
        Verdict::Manual => Weight::Ask,
        Verdict::Blocked => Weight::Unseen,
    };
    let file = Place::File { path: format!("/srv/{HOSTILE}"), line: Some(3) };
    let tool = Place::Command { line: "sshd -T".to_owned() };
    ItemResult {
        code: code.to_owned(),
        item: format!("item-{}", code.to_lowercase()),
        chapter: "unix".to_owned(),
        title: Text::new("항목 제목", "title of the item"),
        category: Text::new("계정관리", "Accounts"),
        importance,
        verdict,
        checked: None,
        evidence: vec![
            evidence(weight, reason.clone(), Some(file)),
            evidence(Weight::Note, message("note", "사실", "fact"), Some(tool)),
        ],
        reason,
        more_evidence: 4,
        remedy: Text::new("조치합니다.", "Put it right."),
        threat: Text::new("위협", "threat"),
        trivy: None,
        answer: None,
        expired_answer: None,
        accepted: None,
    }
}

fn audit() -> Audit {
    let mut answered = result("U-03", Importance::Low, Verdict::Pass);
    answered.checked = Some(Verdict::Manual);
    let answer = Answer {
        verdict: Verdict::Pass,
        reason: HOSTILE.to_owned(),
        by: "김보안".to_owned(),
        at: "2026-11-01T00:00:00Z".to_owned(),
        until: "2027-03-31".to_owned(),
    };
    answered.answer = Some(answer.clone());
    let mut accepted = result("U-04", Importance::Medium, Verdict::Fail);
    accepted.accepted = Some(AcceptedRisk {
        reason: HOSTILE.to_owned(),
        until: "2027-01-01".to_owned(),
        source: "/etc/pasu/pasu.toml".to_owned(),
    });
    let mut expired = result("U-05", Importance::High, Verdict::Blocked);
    expired.expired_answer = Some(answer);
    Audit {
        tool: Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() },
        started: "2026-11-25T03:00:00Z".to_owned(),
        target: Target { kind: TargetKind::Host, name: "server".to_owned() },
        os: None,
        guideline: GuidelineInfo {
            id: "kisa-2026".to_owned(),
            name: Text::new("지침", "guideline"),
            source: "https://www.kisa.or.kr".to_owned(),
        },
        policy: Some("/etc/pasu/pasu.toml".to_owned()),
        as_root: false,
        results: vec![
            result("U-01", Importance::High, Verdict::Pass),
            result("U-02", Importance::High, Verdict::Fail),
            answered,
            accepted,
            expired,
            result("U-06", Importance::Low, Verdict::Manual),
            result("U-07", Importance::Low, Verdict::NotApplicable),
        ],
        absent: vec![AbsentChapter {
            id: "web".to_owned(),
            name: Text::new("웹 서비스", "Web"),
            items: 26,
        }],
        previous: Some(PreviousAudit {
            started: "2026-10-25T03:00:00Z".to_owned(),
            score: Score::default(),
            verdicts: BTreeMap::from([("U-02".to_owned(), Verdict::Pass)]),
        }),
    }
}

fn rendered(format: AuditFormat, lang: Lang) -> String {
    let mut out = Vec::new();
    let options = RenderOptions { lang, ..RenderOptions::default() };
    render_audit(&audit(), format, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The schema with unknown keys forbidden, so that a key added to the structs and not to the schema is noticed.
fn strict(value: &mut Value) {
    if let Value::Object(object) = value {
        if object.get("properties").is_some() && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        object.values_mut().for_each(strict);
    } else if let Value::Array(values) = value {
        values.iter_mut().for_each(strict);
    }
}

#[test]
fn json_matches_its_published_schema() {
    let mut schema: Value = serde_json::from_str(AUDIT_SCHEMA).unwrap();
    strict(&mut schema);
    for lang in [Lang::Ko, Lang::En] {
        let value: Value = serde_json::from_str(&rendered(AuditFormat::Json, lang)).unwrap();
        assert_eq!(errors(&schema, &value), [""; 0]);
    }
    assert!(!errors(&schema, &serde_json::json!({})).is_empty());
}

#[test]
fn json_says_what_scripts_ask_for() {
    let value: Value = serde_json::from_str(&rendered(AuditFormat::Json, Lang::En)).unwrap();
    let first = &value["results"][1];
    assert_eq!((first["code"].as_str(), first["verdict"].as_str()), (Some("U-02"), Some("fail")));
    assert_eq!(first["evidence"][0]["line"], 3);
    assert_eq!(value["previous"]["changed"][0]["before"], "pass");
    assert_eq!(value["complete"], false);
    // 3 of U-01 and 1 of U-03, through those and the 3 of U-02 and the 2 of U-04.
    assert_eq!(value["summary"]["score"], 44.4);
}

#[test]
fn sarif_is_valid_and_tells_verdicts_apart() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/sarif-2.1.0.schema.json");
    // ECMA takes the stray bracket in the pattern of a language name for itself, stricter engines do not.
    let text =
        std::fs::read_to_string(path).unwrap().replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    let value: Value = serde_json::from_str(&rendered(AuditFormat::Sarif, Lang::Ko)).unwrap();
    assert_eq!(errors(&schema, &value), [""; 0]);
    let results = value["runs"][0]["results"].as_array().unwrap();
    let kinds: Vec<&str> = results.iter().filter_map(|result| result["kind"].as_str()).collect();
    assert_eq!(kinds, ["pass", "fail", "pass", "fail", "open", "review", "notApplicable"]);
    assert!(results.iter().all(|result| (result["kind"] == "fail") != (result["level"] == "none")));
    assert_eq!(results[3]["suppressions"][0]["status"], "accepted");
}

#[test]
fn csv_has_the_assessors_columns_and_no_formula() {
    let text = rendered(AuditFormat::Csv, Lang::Ko);
    let first = text.lines().next().unwrap();
    assert_eq!(
        first.trim_start_matches('\u{feff}'),
        "\"항목코드\",\"항목명\",\"중요도\",\"결과\",\"현황/근거\",\"조치방안\""
    );
    assert!(text.contains("\r\n\"U-02\",\"항목 제목\",\"상\",\"취약\","), "{text}");
    assert!(text.contains("취약 (예외 승인 2027-01-01)") && !text.contains('\u{1b}'));
    assert!(!text.contains("\n=") && !text.contains("\"="), "{text}");
}

#[test]
fn tables_speak_one_language_and_steer_no_terminal() {
    let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    let english = rendered(AuditFormat::Table, Lang::En);
    // Names of people stay as they are.
    assert!(!is_korean(&english.replace("김보안", "")), "{english}");
    let korean = rendered(AuditFormat::Table, Lang::Ko);
    for text in [&english, &korean] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
        assert!(text.contains("U-05") && text.contains("sudo pasu audit"), "{text}");
    }
    for words in [
        "점검하지 못한 항목이 1개",
        "44.4",
        "지난 점검",
        "U-02 양호→취약",
        "예외 승인",
        "김보안의 답변",
    ] {
        assert!(korean.contains(words), "{words}: {korean}");
    }
}

#[test]
fn reports_and_junit_hold_every_item() {
    for format in [AuditFormat::Markdown, AuditFormat::Html, AuditFormat::Junit] {
        assert_eq!(AuditFormat::parse(format.name()), Some(format));
        let text = rendered(format, Lang::Ko);
        for result in &audit().results {
            assert!(text.contains(&result.code), "{} of {}", result.code, format.name());
        }
    }
}
