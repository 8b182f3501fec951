//! The table as its reader sees it. `UPDATE_SNAPSHOTS=1` writes the expected files anew: read them before committing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use pasu_model::{Lang, OsFamily, Run, Severity, Vulnerability};
use pasu_report::{Format, RenderOptions, render};
use std::path::Path;
use unicode_width::UnicodeWidthStr;

fn table(run: &Run, lang: Lang, width: Option<usize>) -> String {
    let options = RenderOptions { lang, width, ..RenderOptions::default() };
    let mut out = Vec::new();
    render(run, Format::Table, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{name} differs");
}

#[test]
fn a_host_in_both_languages() {
    check("host-ko.txt", &table(&common::run(), Lang::Ko, Some(140)));
    check("host-en.txt", &table(&common::run(), Lang::En, None));
}

#[test]
fn a_narrow_terminal() {
    check("host-en-narrow.txt", &table(&common::run(), Lang::En, Some(100)));
}

#[test]
fn nothing_found() {
    check("clean-ko.txt", &table(&common::clean_run(), Lang::Ko, None));
    check("clean-en.txt", &table(&common::clean_run(), Lang::En, None));
}

#[test]
fn extended_support_is_told_as_what_it_is() {
    let mut run = common::run();
    let mut said = |family, day: &str| {
        run.started = day.to_owned();
        if let Some(os) = &mut run.os {
            os.family = family;
        }
        table(&run, Lang::En, None)
    };
    for (family, day, expected) in [
        (OsFamily::Debian, "2026-06-10", "supported until 2026-06-10"),
        (OsFamily::Debian, "2026-11-22", "regular support ended 2026-06-10, LTS until 2028-06-30"),
        (OsFamily::Ubuntu, "2026-11-22", "support ended 2026-06-10; with Ubuntu Pro until 2028"),
        (OsFamily::RedHat, "2026-11-22", "support ended 2026-06-10; with ELS until 2028-06-30"),
        (OsFamily::Debian, "2028-07-01", "This release gets no security updates any more"),
    ] {
        let text = said(family, day);
        assert!(text.contains(expected), "{family:?} {day}: {text}");
    }
}

#[test]
fn findings_without_any_step_are_said_to_have_none() {
    let mut run = common::clean_run();
    let low = common::finding(3, "CVE-1", Severity::Low, Vulnerability::default());
    run.sets[0].findings.push(low);
    assert!(table(&run, Lang::En, None).contains("Nothing can be done now"));
    assert!(!table(&common::clean_run(), Lang::En, None).contains("What to do first"));
}

#[test]
fn nothing_found_is_not_clean_when_something_was_not_seen() {
    let mut run = common::clean_run();
    run.unseen = common::run().unseen;
    assert!(table(&run, Lang::En, None).contains("This is not a clean result"));
    assert!(!table(&common::clean_run(), Lang::En, None).contains("not a clean result"));
}

#[test]
fn borders_stand_below_each_other_whatever_the_letters() {
    for lang in [Lang::Ko, Lang::En] {
        for width in [90, 120, 140] {
            let text = table(&common::run(), lang, Some(width));
            let mut block = None;
            for line in text.lines() {
                let drawn = line.starts_with(['┌', '├', '│', '└']);
                let expected = if drawn { *block.get_or_insert(line.width()) } else { 0 };
                assert!(!drawn || line.width() == expected, "{lang:?} {width}: {line}");
                block = drawn.then_some(expected);
            }
        }
    }
}

#[test]
fn nothing_of_the_target_steers_the_terminal() {
    let mut run = common::run();
    let hostile = "x\u{1b}]0;pwned\u{7}\u{202e}\r\u{9b}2J";
    run.target.name = hostile.to_owned();
    run.unmatched = vec![hostile.to_owned()];
    run.unseen.iter_mut().for_each(|unseen| unseen.path = hostile.to_owned());
    run.suppressed.iter_mut().for_each(|item| item.statement = hostile.to_owned());
    for set in &mut run.sets {
        if !set.kind.is_os() {
            set.target = hostile.to_owned();
        }
        for package in &mut set.packages {
            package.name = hostile.to_owned();
            package.version = hostile.to_owned();
            package.source = None;
            package.path = package.path.as_ref().map(|_| hostile.to_owned());
        }
    }
    let text = table(&run, Lang::Ko, None);
    let steering = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
    assert_eq!(text.chars().find(|c| steering(*c)), None);
    assert!(text.contains("\\u{1b}]0;pwned"));
}

#[test]
fn colour_only_when_asked_for() {
    let options = RenderOptions { color: true, ..RenderOptions::default() };
    let mut out = Vec::new();
    let mut run = common::run();
    run.started = "2028-07-01T00:00:00Z".to_owned();
    render(&run, Format::Table, &options, &mut out).unwrap();
    let colored = String::from_utf8(out).unwrap();
    assert!(colored.contains("\u{1b}[1;31mall support ended 2028-06-30\u{1b}[0m"));
    let plain = table(&run, Lang::En, None);
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = colored.replace("\u{1b}[0m", "");
    for code in ["1;31", "31", "33", "34", "36", "1", "2"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}
