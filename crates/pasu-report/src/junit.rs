//! JUnit's XML, as build servers show it: a suite for the guideline, one for each record of packages, one for each image.
//!
//! A test case that fails is something open. What was not seen is an error, for it is neither good nor bad; what is
//! accepted, not applicable or left to a person is skipped, with the reason.

use crate::sources;
use pasu_model::{Audit, Finding, FindingSet, Inspection, ItemResult, Lang, Run, Unseen, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::io::{self, Write};

/// Writes an inspection.
pub(crate) fn write(inspection: &Inspection, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new(clean(&format!("pasu {}", inspection.target.name)));
    if let Some(audit) = &inspection.audit {
        report.add_test_suite(of_audit(audit, lang));
    }
    for run in inspection.runs() {
        report.add_test_suites(of_run(run, lang));
    }
    for image in &inspection.images {
        report.add_test_suites(image.audit.iter().map(|audit| of_audit(audit, lang)));
    }
    report.serialize(&mut *out).map_err(io::Error::other)?;
    writeln!(out)
}

fn of_audit(audit: &Audit, lang: Lang) -> TestSuite {
    let mut suite = TestSuite::new(clean(&format!(
        "{}: {}",
        audit.target.name,
        audit.guideline.name.get(lang)
    )));
    suite.add_test_cases(audit.results.iter().map(|result| of_item(result, lang)));
    suite
}

fn of_item(result: &ItemResult, lang: Lang) -> TestCase {
    let reason = clean(result.reason.text.get(lang));
    let status = match result.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail if result.accepted.is_none() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("fail").set_message(reason);
            status.set_description(clean(&body(result, lang)));
            status
        }
        Verdict::Blocked => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("blocked").set_message(reason);
            status
        }
        Verdict::Fail | Verdict::Manual | Verdict::NotApplicable => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(if result.accepted.is_some() {
                "accepted"
            } else {
                result.verdict.key()
            });
            status.set_message(reason);
            status
        }
    };
    let name = clean(&format!("{} {}", result.code, result.title.get(lang)));
    let mut case = TestCase::new(name, status);
    case.set_classname(clean(result.category.get(lang)));
    case
}

/// The evidence, then the remedy.
fn body(result: &ItemResult, lang: Lang) -> String {
    let mut lines: Vec<String> = result
        .evidence
        .iter()
        .map(|evidence| match &evidence.place {
            Some(place) => format!("{}: {}", place.shown(), evidence.message.text.get(lang)),
            None => evidence.message.text.get(lang).to_owned(),
        })
        .collect();
    lines.push(result.remedy.get(lang).to_owned());
    lines.join("\n")
}

fn of_run(run: &Run, lang: Lang) -> Vec<TestSuite> {
    let mut suites: Vec<TestSuite> = run
        .sets
        .iter()
        .map(|set| {
            let mut suite = TestSuite::new(clean(&suite_name(run, set)));
            suite.add_property(("advisories", clean(&sources::phrase(run)).as_str()));
            for finding in &set.findings {
                suite.add_test_case(of_finding(set, finding));
            }
            if set.findings.is_empty() {
                let words = lang.pick("알려진 취약점 없음", "no known vulnerabilities");
                suite.add_test_case(TestCase::new(words, TestCaseStatus::success()));
            }
            suite
        })
        .collect();
    if !run.unseen.is_empty() {
        let name = format!("{}: {}", run.target.name, lang.pick("보지 못한 것", "not seen"));
        let mut suite = TestSuite::new(clean(&name));
        suite.add_test_cases(run.unseen.iter().map(of_unseen));
        suites.push(suite);
    }
    suites
}

fn suite_name(run: &Run, set: &FindingSet) -> String {
    match set.target.is_empty() {
        true => run.target.name.clone(),
        false => format!("{}: {}", run.target.name, set.target),
    }
}

fn of_finding(set: &FindingSet, finding: &Finding) -> TestCase {
    let package = set.package_of(finding);
    let (name, version) =
        package.map_or(("", ""), |package| (package.name.as_str(), package.version.as_str()));
    let vulnerability = finding.vulnerability();
    let title = vulnerability.map_or("", |vulnerability| vulnerability.title.as_str());
    let fixed = vulnerability
        .map(|vulnerability| vulnerability.fixed_versions.join(", "))
        .unwrap_or_default();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(finding.severity.name());
    status.set_message(clean(title));
    let mut text = format!("{name} {version}");
    if !fixed.is_empty() {
        text.push_str(&format!(" -> {fixed}"));
    }
    if let Some(vulnerability) = vulnerability {
        text.push_str(&format!("\n{}", vulnerability.primary_url));
    }
    status.set_description(clean(&text));
    let mut case = TestCase::new(clean(&format!("{} {name} {version}", finding.rule)), status);
    case.set_classname(clean(&format!("{}.{name}", set.kind.name())));
    case
}

fn of_unseen(unseen: &Unseen) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(unseen.reason.key()).set_message(clean(&unseen.detail));
    TestCase::new(clean(&unseen.path), status)
}

/// Text that XML and a terminal can hold.
fn clean(text: &str) -> String {
    crate::safe_text::clean_lines(text)
}
