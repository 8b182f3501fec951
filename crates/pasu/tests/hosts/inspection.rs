//! The same host inspected whole: the same verdicts, the same secrets hidden, and nothing new on the second look.

use super::container::Container;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where runs and reports go inside.
const STATE: &str = "/tmp/pasu-state";

/// Inspects a host twice; what is not as it should be. `audit` is the result of `pasu audit` there.
pub fn check(container: &Container, user: &str, audit: &Value, hides: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let reports = ["/tmp/r.html", "/tmp/r.pdf", "/tmp/r.csv", "/tmp/r.md", "/tmp/r.pasu.json"];
    let mut words = vec!["/pasu", "inspect", "--lang", "ko", "--state", STATE];
    words.extend(reports.iter().flat_map(|report| ["--report", report]));
    let ran = container.exec(user, &words);
    let summary = String::from_utf8_lossy(&ran.stdout).into_owned();
    let is_blocked = counts(audit).contains_key("blocked");
    if ran.status.code() != Some(if is_blocked { 2 } else { 0 }) {
        let said = String::from_utf8_lossy(&ran.stderr);
        problems.push(format!("inspect: exit status {:?}: {said}", ran.status.code()));
    }
    for text in ["보안 설정: ", "소프트웨어 패키지: ", "먼저 할 일", "1번 점검으로 보관했습니다"]
    {
        if !summary.contains(text) {
            problems.push(format!("inspect: no {text:?} in {summary}"));
        }
    }
    for report in reports {
        let bytes = container.exec(user, &["cat", report]).stdout;
        let text = String::from_utf8_lossy(&bytes);
        if bytes.len() < 1000 {
            problems.push(format!("{report}: {} bytes", bytes.len()));
        }
        let shown = hides.iter().filter(|hidden| text.contains(hidden.as_str()));
        problems.extend(shown.map(|hidden| format!("{report}: {hidden:?} is shown")));
        if report.ends_with(".pasu.json") {
            problems.extend(compare(audit, &text));
        }
    }
    problems.extend(nothing_new(container, user));
    problems
}

/// The verdicts are those of the audit.
fn compare(audit: &Value, document: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let inspected = &document["inspection"]["audit"];
    let (one, other) = (verdicts(audit), verdicts(inspected));
    if one == other {
        return Vec::new();
    }
    let differs = one.iter().filter(|(code, verdict)| other.get(*code) != Some(verdict));
    vec![format!("inspect: other verdicts than audit: {:?}", differs.collect::<Vec<_>>())]
}

fn verdicts(audit: &Value) -> BTreeMap<&str, &str> {
    let results = audit["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    results.iter().filter_map(pair).collect()
}

fn pair(result: &Value) -> Option<(&str, &str)> {
    Some((result["code"].as_str()?, result["verdict"].as_str()?))
}

fn counts(audit: &Value) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts(audit).into_values() {
        *counts.entry(verdict).or_default() += 1;
    }
    counts
}

/// A second look at a host that nobody changed.
fn nothing_new(container: &Container, user: &str) -> Vec<String> {
    container.exec(user, &["/pasu", "inspect", "--state", STATE]);
    let words = [
        "/pasu",
        "diff",
        "last-1",
        "last",
        "--state",
        STATE,
        "--format",
        "json",
        "--exit-code",
        "7",
    ];
    let ran = container.exec(user, &words);
    match ran.status.code() {
        Some(0) => Vec::new(),
        code => vec![format!(
            "a second look: exit status {code:?}: {}{}",
            String::from_utf8_lossy(&ran.stdout),
            String::from_utf8_lossy(&ran.stderr)
        )],
    }
}
