//! JUnit's XML: what is open fails, what was not seen is an error, what is accepted is skipped.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use pasu_model::{Inspection, Lang, Verdict};
use pasu_report::{Format, RenderOptions, render_inspection};

fn xml(inspection: &Inspection) -> String {
    let options = RenderOptions { lang: Lang::Ko, ..RenderOptions::default() };
    let mut out = Vec::new();
    render_inspection(inspection, None, Format::Junit, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn each_verdict_has_its_place() {
    let inspection = common::inspection::usual();
    let text = xml(&inspection);
    let audits: Vec<_> = inspection.audits().collect();
    let count = |verdict| {
        let results = audits.iter().flat_map(|audit| &audit.results);
        results.filter(|result| result.verdict == verdict && result.accepted.is_none()).count()
    };
    assert!(count(Verdict::Fail) > 0);
    assert_eq!(text.matches(" type=\"fail\"").count(), count(Verdict::Fail));
    assert_eq!(text.matches(" type=\"blocked\"").count(), count(Verdict::Blocked));
    assert_eq!(text.matches(" type=\"manual\"").count(), count(Verdict::Manual));
    let findings: usize = inspection.runs().map(|run| run.findings().count()).sum();
    let severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"];
    let failures = |word: &&str| text.matches(&format!(" type=\"{word}\"")).count();
    assert_eq!(severities.iter().map(failures).sum::<usize>(), findings);
}
