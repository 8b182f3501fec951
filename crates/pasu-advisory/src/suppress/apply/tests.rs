//! Ignore files on a whole run.

use crate::suppress::testing::{finding, run, taken_out};
use crate::suppress::{Note, Rules};
use jiff::civil::date;

fn rules(name: &str, text: &str) -> Rules {
    let mut rules = Rules::default();
    rules.add_ignore_file(name, text.as_bytes()).unwrap();
    rules
}

#[test]
fn an_identifier_is_any_name_of_the_vulnerability() {
    for (line, expected) in [
        ("CVE-2021-23337", Some("CVE-2021-23337")),
        ("cve-2021-23337", Some("CVE-2021-23337")),
        ("GHSA-35JH-r3h4-6jhm", Some("CVE-2021-23337")),
        ("DSA-5932-1", Some("CVE-2024-5535")),
        ("CVE-2021-2333", None),
        ("CVE-2021-23337-x", None),
        ("*", None),
    ] {
        let (out, left) = taken_out(&rules(".trivyignore", line));
        let found: Vec<&str> = out.iter().map(|(rule, _)| rule.as_str()).collect();
        assert_eq!(found, Vec::from_iter(expected), "{line}");
        assert_eq!(left + found.len(), 4);
    }
}

#[test]
fn what_was_taken_out_says_from_where_and_why() {
    let mut run = run();
    let text = "vulnerabilities:\n  - id: CVE-2021-44906\n    statement: not reachable\n";
    rules("conf/i.yaml", text).apply(&mut run, date(2025, 6, 30));
    let [out] = &run.suppressed[..] else { panic!("{:?}", run.suppressed) };
    assert_eq!(out.package, "minimist 0.0.8");
    assert_eq!(out.target, "shop/package-lock.json");
    assert_eq!((out.status.as_str(), out.source.as_str()), ("ignored", "conf/i.yaml"));
    assert_eq!(out.statement, "not reachable");
    assert_eq!(run.sets[1].packages.len(), 3);
    assert_eq!(run.findings().count(), 3);
}

#[test]
fn an_entry_ends_with_the_day_before_its_date() {
    for (day, expected) in [("2025-06-29", 1), ("2025-06-30", 0), ("2025-07-01", 0)] {
        let mut run = run();
        let rules = rules(".trivyignore", "# x\nCVE-2021-44906 exp:2025-06-30\n");
        let notes = rules.apply(&mut run, day.parse().unwrap());
        assert_eq!(run.suppressed.len(), expected, "{day}");
        let expired = Note::Expired {
            file: ".trivyignore".into(),
            line: 2,
            id: "CVE-2021-44906".into(),
            on: date(2025, 6, 30),
        };
        assert_eq!(notes, if expected == 1 { vec![] } else { vec![expired] }, "{day}");
    }
}

#[test]
fn an_expired_entry_leaves_room_for_another() {
    let text = "CVE-2021-44906 exp:2020-01-01\nCVE-2021-44906 exp:2030-01-01\n";
    assert_eq!(taken_out(&rules("i", text)).0.len(), 1);
}

#[test]
fn entries_are_limited_by_record_path_and_package() {
    for (limits, expected) in [
        ("", 1),
        ("paths: [shop/package-lock.json]", 1),
        ("paths: ['**/package-lock.json']", 1),
        ("paths: ['*/package-lock.json', x]", 1),
        ("paths: ['shop/**']", 1),
        ("paths: ['**/package-lock.json/**']", 1),
        ("paths: [package-lock.json]", 0),
        ("paths: ['./shop/package-lock.json']", 0),
        ("paths: [shop]", 0),
        ("paths: []", 1),
        ("purls: ['pkg:npm/lodash']", 1),
        ("purls: ['pkg:npm/lodash@4.17.20']", 1),
        ("purls: ['pkg:npm/lodash@4.17.21']", 0),
        ("purls: ['pkg:npm/minimist', 'pkg:npm/lodash']", 1),
        ("purls: ['pkg:npm/minimist']", 0),
        ("purls: []", 1),
        ("{paths: [x], purls: ['pkg:npm/lodash']}", 0),
    ] {
        let limits = limits.trim_matches(['{', '}']).replace(", purls", "\n    purls");
        let text = format!("vulnerabilities:\n  - id: CVE-2021-23337\n    {limits}\n");
        assert_eq!(taken_out(&rules("i.yml", &text)).0.len(), expected, "{text}");
    }
}

#[test]
fn a_package_without_a_package_url_is_not_meant_by_one() {
    let mut run = run();
    run.sets[1].packages[0].purl = None;
    let text = "vulnerabilities:\n  - id: CVE-2021-23337\n    purls: ['pkg:npm/lodash']\n";
    rules("i.yaml", text).apply(&mut run, date(2025, 6, 30));
    assert_eq!(run.suppressed, []);
}

#[test]
fn findings_keep_their_packages_and_order() {
    let mut run = run();
    run.sets[1].findings.push(finding("CVE-2025-1", 2));
    rules("i", "CVE-2020-28500").apply(&mut run, date(2025, 6, 30));
    let left: Vec<(&str, &str)> = run
        .findings()
        .map(|(set, finding)| {
            (finding.rule.as_str(), set.package_of(finding).unwrap().name.as_str())
        })
        .collect();
    assert_eq!(
        left,
        [
            ("CVE-2024-5535", "libssl3"),
            ("CVE-2021-23337", "lodash"),
            ("CVE-2021-44906", "minimist"),
            ("CVE-2025-1", "mkdirp")
        ]
    );
}
