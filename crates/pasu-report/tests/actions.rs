//! What to do first, and why.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use pasu_model::{Epss, KnownExploited, Run, Severity, Status, Vulnerability};
use pasu_report::{Action, ActionKind, Reason, first_actions};

fn vulnerability(fixed: &[&str], epss: Option<f64>, known: bool) -> Vulnerability {
    Vulnerability {
        status: if fixed.is_empty() { Status::Affected } else { Status::Fixed },
        fixed_versions: fixed.iter().map(|version| (*version).to_owned()).collect(),
        epss: epss.map(|score| Epss { score, percentile: 0.5 }),
        known_exploited: known.then(|| KnownExploited {
            added: "2026-01-01".to_owned(),
            due: "2026-01-22".to_owned(),
            ransomware: false,
        }),
        ..Vulnerability::default()
    }
}

/// The fixture's Debian packages (0 libc6, 1 libssl3, 2 openssl, 3 xz-utils) with other findings.
fn run(findings: Vec<(usize, &str, Severity, Vulnerability)>) -> Run {
    let mut run = common::clean_run();
    run.sets[0].findings = findings
        .into_iter()
        .map(|(package, rule, severity, details)| common::finding(package, rule, severity, details))
        .collect();
    run
}

fn packages(actions: &[Action]) -> Vec<&str> {
    actions.iter().map(|action| action.package.as_str()).collect()
}

#[test]
fn exploited_then_likely_then_severe() {
    let run = run(vec![
        (0, "CVE-1", Severity::Critical, vulnerability(&["2"], Some(0.9), false)),
        (1, "CVE-2", Severity::Medium, vulnerability(&["2"], Some(0.01), true)),
        (3, "CVE-3", Severity::Critical, vulnerability(&["2"], None, false)),
    ]);
    let actions = first_actions(&run, 5);
    assert_eq!(packages(&actions), ["openssl", "glibc", "xz-utils"]);
    assert!(matches!(&actions[0].reason, Reason::KnownExploited { id, .. } if id == "CVE-2"));
    assert!(matches!(&actions[1].reason, Reason::LikelyExploited { id, .. } if id == "CVE-1"));
    assert!(matches!(&actions[2].reason, Reason::Severity { id, .. } if id == "CVE-3"));
    assert_eq!(packages(&first_actions(&run, 1)), ["openssl"]);
}

#[test]
fn one_step_for_all_packages_of_a_source_and_the_newest_fix() {
    let run = run(vec![
        (1, "CVE-1", Severity::High, vulnerability(&["3.0.9-1"], None, false)),
        (2, "CVE-1", Severity::High, vulnerability(&["3.0.9-1"], None, false)),
        (2, "CVE-2", Severity::Low, vulnerability(&["3.0.10-1"], None, false)),
    ]);
    let [action] = first_actions(&run, 5).try_into().unwrap();
    assert_eq!(action.kind, ActionKind::Upgrade { to: "3.0.10-1".to_owned() });
    assert_eq!(action.packages, ["libssl3", "openssl"]);
    assert_eq!(action.vulnerabilities, ["CVE-1", "CVE-2"]);
    assert_eq!(action.severity, Severity::High);
}

#[test]
fn without_a_fix_only_what_is_exploited_is_a_step() {
    let run = run(vec![
        (0, "CVE-1", Severity::Critical, vulnerability(&[], Some(0.99), false)),
        (3, "CVE-2", Severity::Medium, vulnerability(&[], None, true)),
    ]);
    let [action] = first_actions(&run, 5).try_into().unwrap();
    assert_eq!((action.package.as_str(), &action.kind), ("xz-utils", &ActionKind::Contain));
    assert_eq!(action.command, None);
    assert_eq!(action.known_exploited, 1);
}

#[test]
fn what_its_distribution_rates_low_is_no_alarm_though_exploited_elsewhere() {
    let run = run(vec![
        (3, "CVE-2023-44487", Severity::Low, vulnerability(&[], Some(1.0), true)),
        (0, "CVE-2", Severity::High, vulnerability(&["2"], None, false)),
    ]);
    assert_eq!(packages(&first_actions(&run, 5)), ["glibc"]);
}

#[test]
fn where_no_fix_is_out_the_worst_is_to_be_watched() {
    let run = run(vec![
        (0, "CVE-1", Severity::Critical, vulnerability(&[], Some(0.03), false)),
        (1, "CVE-2", Severity::Medium, vulnerability(&[], None, false)),
        (3, "CVE-3", Severity::Low, vulnerability(&[], Some(1.0), true)),
    ]);
    let [action] = first_actions(&run, 5).try_into().unwrap();
    assert_eq!((action.package.as_str(), &action.kind), ("glibc", &ActionKind::Watch));
}

#[test]
fn malicious_code_comes_first_and_goes() {
    let run = run(vec![
        (0, "CVE-1", Severity::Critical, vulnerability(&["2"], Some(0.9), true)),
        (3, "MAL-2025-754", Severity::Critical, vulnerability(&[], None, false)),
    ]);
    let actions = first_actions(&run, 5);
    assert_eq!(packages(&actions), ["xz-utils", "glibc"]);
    assert_eq!(actions[0].kind, ActionKind::Remove);
}

#[test]
fn nothing_found_is_nothing_to_do() {
    assert_eq!(first_actions(&common::clean_run(), 5), []);
}
