//! What findings live through. Above all: what was not looked at never becomes fixed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::{Image, Machine, item, package};
use pasu_model::{Changes, Inspection, Life, LifeState, Part, PartState, UnseenReason, Verdict};

/// One inspection after the other: the changes of the last, and the lives after it.
fn after(inspections: &[Inspection]) -> (Changes, Vec<Life>) {
    let mut lives = Vec::new();
    let mut changes = Changes::default();
    for inspection in inspections {
        (changes, lives) = Changes::of(&lives, inspection);
    }
    (changes, lives)
}

/// The changes of the last of some machines, as `state rule`, and how many were not looked for.
#[track_caller]
fn check(machines: &[Machine], expected: &[&str], open: usize, not_looked_for: usize) {
    let inspections: Vec<Inspection> = machines.iter().map(Machine::inspection).collect();
    let (changes, _) = after(&inspections);
    let lines: Vec<String> = changes
        .lives
        .iter()
        .map(|life| format!("{} {}", life.state.key(), life.tracked.rule))
        .collect();
    assert_eq!(lines, expected);
    assert_eq!((changes.open, changes.not_looked_for), (open, not_looked_for));
}

fn usual() -> Machine {
    Machine::new()
        .items(vec![item("U-01", "root-remote-login", Verdict::Fail)])
        .package(package("", "openssl", "").with("CVE-1"))
        .package(package("Python", "jinja2", "opt/app/lib/jinja2/METADATA").with("CVE-2"))
        .package(package("srv/shop/package-lock.json", "lodash", "").with("CVE-3"))
        .image(Image::new("shop:1").package(package("", "zlib", "").with("CVE-4")))
}

/// The usual one with nothing wrong any more.
fn clean() -> Machine {
    Machine::new()
        .items(vec![item("U-01", "root-remote-login", Verdict::Pass)])
        .package(package("", "openssl", ""))
        .image(Image::new("shop:1").package(package("", "zlib", "")))
}

const ALL_FIXED: [&str; 5] =
    ["fixed U-01", "fixed CVE-1", "fixed CVE-2", "fixed CVE-3", "fixed CVE-4"];

#[test]
fn the_first_time_everything_is_new_and_a_rescan_changes_nothing() {
    check(&[usual()], &["new U-01", "new CVE-1", "new CVE-2", "new CVE-3", "new CVE-4"], 0, 0);
    check(&[usual(), usual()], &[], 5, 0);
    check(&[usual(), usual(), usual()], &[], 5, 0);
}

#[test]
fn what_was_looked_for_and_is_gone_is_fixed_once() {
    check(&[usual(), clean()], &ALL_FIXED, 0, 0);
    check(&[usual(), clean(), clean()], &[], 0, 0);
}

#[test]
fn what_comes_back_is_reopened_with_its_first_day() {
    let reopened = ALL_FIXED.map(|line| line.replace("fixed", "reopened"));
    let reopened: Vec<&str> = reopened.iter().map(String::as_str).collect();
    check(&[usual(), clean(), usual()], &reopened, 0, 0);
    check(&[usual(), clean(), usual(), usual()], &[], 5, 0);
    let days = [usual().at("2026-11-01"), clean().at("2026-11-02"), usual().at("2026-11-03")];
    let (_, lives) = after(&days.map(|machine| machine.inspection()));
    assert!(lives.iter().all(|life| life.first_seen.starts_with("2026-11-01")
        && life.last_seen.starts_with("2026-11-03")
        && life.state == LifeState::Reopened));
}

#[test]
fn a_part_that_was_left_out_or_failed_fixes_nothing() {
    for state in [PartState::LeftOut, PartState::Failed] {
        check(&[usual(), clean().without(Part::Guideline, state)], &ALL_FIXED[1..], 0, 1);
        let gone = ["fixed U-01", "fixed CVE-4"];
        check(&[usual(), clean().without(Part::Packages, state)], &gone, 0, 3);
        check(&[usual(), clean().without(Part::Images, state)], &ALL_FIXED[..4], 0, 1);
    }
    // The engine is stopped or gone: nobody looked into the images.
    check(&[usual(), clean().without(Part::Images, PartState::Absent)], &ALL_FIXED[..4], 0, 1);
}

#[test]
fn without_or_with_older_advisories_nothing_of_packages_is_fixed() {
    check(&[usual(), clean().database(None)], &["fixed U-01"], 0, 4);
    check(&[usual(), clean().database(Some("2026-01-01"))], &["fixed U-01"], 0, 4);
    check(&[usual(), clean().database(Some("2027-01-01"))], &ALL_FIXED, 0, 0);
}

#[test]
fn options_that_left_something_out_fix_nothing_of_it() {
    check(&[usual(), clean().narrowed("--severity HIGH")], &["fixed U-01", "fixed CVE-4"], 0, 3);
}

#[test]
fn an_item_that_nobody_could_judge_is_not_fixed() {
    let with = |verdict| clean().items(vec![item("U-01", "root-remote-login", verdict)]);
    check(&[usual(), with(Verdict::Blocked)], &ALL_FIXED[1..], 0, 1);
    check(&[usual(), with(Verdict::Manual)], &ALL_FIXED[1..], 0, 1);
    check(&[usual(), with(Verdict::NotApplicable)], &ALL_FIXED, 0, 0);
    // `--only` of other items.
    let other = clean().items(vec![item("U-02", "weak-password-policy", Verdict::Pass)]);
    check(&[usual(), other], &ALL_FIXED[1..], 0, 1);
}

#[test]
fn an_item_of_a_service_that_was_removed_is_fixed() {
    let web = |verdict| item("WEB-04", "web-directory-listing", verdict).chapter("web");
    let with = Machine::new().items(vec![web(Verdict::Fail)]);
    check(&[with.clone(), Machine::new().items(vec![]).absent("web")], &["fixed WEB-04"], 0, 0);
    check(&[with, Machine::new().items(vec![]).absent("dbms")], &[], 0, 1);
}

#[test]
fn another_edition_of_the_guideline_goes_on_with_the_same_lives() {
    let old = |verdict| {
        let items = vec![item("U-45", "needless-setuid", verdict), item("U-13", "x", verdict)];
        Machine::new().guideline("kisa-2021").items(items)
    };
    let new = |verdict| {
        Machine::new().guideline("kisa-2026").items(vec![item("U-23", "needless-setuid", verdict)])
    };
    check(&[old(Verdict::Fail), new(Verdict::Fail)], &[], 1, 1);
    check(&[old(Verdict::Fail), new(Verdict::Pass)], &["fixed U-45"], 0, 1);
    let changes =
        Changes::between(&old(Verdict::Fail).inspection(), &new(Verdict::Fail).inspection());
    assert_eq!(changes.score_before, None, "scores of two guidelines are not compared");
}

#[test]
fn parts_of_an_item_that_an_edition_counts_apart_live_apart() {
    let both = |first, second| {
        Machine::new().guideline("kisa-2021").items(vec![
            item("U-22", "cron-permissions", first),
            item("U-65", "cron-permissions", second),
        ])
    };
    let start = both(Verdict::Fail, Verdict::Fail);
    check(std::slice::from_ref(&start), &["new U-22", "new U-65"], 0, 0);
    check(&[start.clone(), both(Verdict::Fail, Verdict::Pass)], &["fixed U-65"], 1, 0);
    check(&[start, both(Verdict::Pass, Verdict::Fail)], &["fixed U-22"], 1, 0);
}

#[test]
fn acceptance_is_told_when_it_begins_and_when_it_ends() {
    let accepted = || {
        Machine::new()
            .items(vec![item("U-01", "root-remote-login", Verdict::Fail).accepted("2026-12-31")])
    };
    let open = || Machine::new().items(vec![item("U-01", "root-remote-login", Verdict::Fail)]);
    let blocked =
        || Machine::new().items(vec![item("U-01", "root-remote-login", Verdict::Blocked)]);
    check(&[open(), accepted()], &["accepted U-01"], 0, 0);
    check(&[accepted()], &["accepted U-01"], 0, 0);
    check(&[accepted(), accepted()], &[], 0, 0);
    check(&[accepted(), blocked(), accepted()], &[], 0, 0);
    // Expired: it is open again, and a reader must see that.
    check(&[accepted(), open()], &["open U-01"], 1, 0);
    check(&[accepted(), open(), open()], &[], 1, 0);
}

#[test]
fn what_an_ignore_file_takes_out_is_accepted_and_not_fixed() {
    let with = |ignored: bool| {
        let found = package("", "openssl", "").with("CVE-1");
        Machine::new().package(if ignored { found.ignored() } else { found })
    };
    check(&[with(false), with(true)], &["accepted CVE-1"], 0, 0);
    check(&[with(true), with(false)], &["open CVE-1"], 1, 0);
}

#[test]
fn two_versions_in_one_record_are_one_finding_and_open_if_one_is() {
    let twice = Machine::new()
        .package(package("a/package-lock.json", "lodash", "").with("CVE-1").ignored())
        .package(package("a/package-lock.json", "lodash", "").with("CVE-1"));
    check(std::slice::from_ref(&twice), &["new CVE-1"], 0, 0);
    check(&[twice.clone(), twice], &[], 1, 0);
}

#[test]
fn the_same_finding_in_two_records_is_fixed_in_each() {
    let lock = |name: &'static str| package(name, "lodash", "");
    let both = Machine::new()
        .package(lock("a/package-lock.json").with("CVE-1"))
        .package(lock("b/package-lock.json").with("CVE-1"));
    let one = Machine::new()
        .package(lock("a/package-lock.json"))
        .package(lock("b/package-lock.json").with("CVE-1"));
    check(&[both, one], &["fixed CVE-1"], 1, 0);
}

#[test]
fn a_machine_and_an_image_of_the_same_name_are_apart() {
    let both = Machine::new()
        .package(package("", "zlib", "").with("CVE-1"))
        .image(Image::new("web01").package(package("", "zlib", "").with("CVE-1")));
    check(std::slice::from_ref(&both), &["new CVE-1", "new CVE-1"], 0, 0);
    let mended = Machine::new()
        .package(package("", "zlib", "").with("CVE-1"))
        .image(Image::new("web01").package(package("", "zlib", "")));
    check(&[both, mended], &["fixed CVE-1"], 1, 0);
}

#[test]
fn a_path_that_was_not_seen_hides_what_lies_there_and_nothing_else() {
    for (unseen, reason, fixed, hidden) in [
        // The whole target.
        ("/", UnseenReason::Timeout, vec!["fixed U-01", "fixed CVE-4"], 3),
        // Folders above the package and the lock file, and the files themselves.
        ("/opt", UnseenReason::Permission, vec!["fixed CVE-1", "fixed CVE-3"], 1),
        ("/opt/app/lib/jinja2/METADATA", UnseenReason::Malformed, vec!["fixed CVE-1"], 1),
        ("/srv/shop/package-lock.json", UnseenReason::Malformed, vec!["fixed CVE-2"], 1),
        // The manifest beside the lock file.
        ("/srv/shop/package.json", UnseenReason::Malformed, vec!["fixed CVE-2"], 1),
        // Another folder that begins with the same letters.
        ("/srv/shop2", UnseenReason::Permission, vec!["fixed CVE-3"], 0),
        // The package database, and what says by which advisories it is judged.
        ("/var/lib/dpkg/status", UnseenReason::Malformed, vec!["fixed CVE-2", "fixed CVE-3"], 1),
        ("/var/lib", UnseenReason::Permission, vec!["fixed CVE-2"], 1),
        ("debian 99", UnseenReason::NoAdvisories, vec!["fixed CVE-2", "fixed CVE-3"], 1),
        // Asked for and not looked for: secrets.
        ("/", UnseenReason::NotLookedFor, vec!["fixed CVE-1", "fixed CVE-3"], 0),
    ] {
        let after_it = clean().unseen(unseen, reason);
        let inspections = [usual().inspection(), after_it.inspection()];
        let (changes, _) = after(&inspections);
        let lines: Vec<String> = changes
            .lives
            .iter()
            .map(|life| format!("{} {}", life.state.key(), life.tracked.rule))
            .collect();
        for line in fixed {
            assert!(lines.contains(&line.to_owned()), "{unseen}: {line} in {lines:?}");
        }
        assert_eq!(changes.not_looked_for, hidden, "{unseen}: {lines:?}");
    }
}

#[test]
fn a_mount_that_was_left_out_this_time_hides_what_is_on_it() {
    check(
        &[usual(), clean().left_out("/srv")],
        &["fixed U-01", "fixed CVE-1", "fixed CVE-2", "fixed CVE-4"],
        0,
        1,
    );
}

#[test]
fn an_ignored_package_that_was_gathered_may_be_anywhere() {
    let with = Machine::new().package(package("Node.js", "lodash", "").with("CVE-1").ignored());
    check(&[with.clone(), Machine::new()], &["fixed CVE-1"], 0, 0);
    check(&[with, Machine::new().unseen("/home/kim", UnseenReason::Permission)], &[], 0, 1);
}

#[test]
fn a_package_database_that_is_not_there_fixes_nothing() {
    let with = Machine::new().package(package("", "openssl", "").with("CVE-1"));
    check(&[with, Machine::new()], &[], 0, 1);
}

#[test]
fn an_image_that_was_removed_has_no_findings_any_more() {
    let with = Machine::new().image(
        Image::new("shop:1").package(package("", "zlib", "").with("CVE-4")).items(vec![item(
            "IMG-01",
            "image-as-root",
            Verdict::Fail,
        )]),
    );
    let without = Machine::new();
    let fixed = ["fixed CVE-4", "fixed IMG-01"];
    check(&[with.clone(), without.clone()], &fixed, 0, 0);
    // Not all images could be listed or read.
    check(&[with.clone(), without.images(PartState::Incomplete)], &[], 0, 2);
    // An image that is there and was not read whole is not one that was removed.
    let unread = Machine::new().image(Image::new("shop:1").unseen("/", UnseenReason::Io));
    check(&[with.clone(), unread], &[], 0, 2);
    // Its configuration was not audited this time.
    let unaudited = Machine::new().image(Image::new("shop:1").package(package("", "zlib", "")));
    check(&[with, unaudited], &["fixed CVE-4"], 0, 1);
}

#[test]
fn an_image_that_was_built_anew_under_its_name_goes_on() {
    let built =
        |id: &str, package| Machine::new().image(Image::new("shop:1").id(id).package(package));
    let vulnerable = || package("", "zlib", "").with("CVE-4");
    check(&[built("sha256:a", vulnerable()), built("sha256:b", vulnerable())], &[], 1, 0);
    let mended = built("sha256:b", package("", "zlib", ""));
    check(&[built("sha256:a", vulnerable()), mended], &["fixed CVE-4"], 0, 0);
}

#[test]
fn a_scan_of_one_image_says_nothing_about_others() {
    let run = |name: &str| {
        let machine =
            Machine::new().image(Image::new(name).package(package("", "zlib", "").with("CVE-4")));
        Inspection::of_scan(machine.inspection().images.remove(0).run, None)
    };
    let (changes, _) = after(&[run("shop:1"), run("mail:2")]);
    assert_eq!((changes.lives.len(), changes.not_looked_for), (1, 1));
}

#[test]
fn what_was_new_and_not_looked_for_is_not_new_any_more() {
    let (_, lives) = after(&[usual().inspection(), clean().database(None).inspection()]);
    assert!(lives.iter().all(|life| life.state != LifeState::New));
}

#[test]
fn between_two_inspections_nothing_is_reopened() {
    let changes = Changes::between(&clean().inspection(), &usual().inspection());
    assert_eq!((changes.count(LifeState::New), changes.score_before), (5, Some(100.0)));
    let same = Changes::between(&usual().inspection(), &usual().inspection());
    assert_eq!((same.lives.len(), same.open), (0, 5));
}

#[test]
fn between_things_of_two_names_what_is_the_same_is_open() {
    let named = |name: &str| {
        let mut inspection = usual().inspection();
        inspection.target.name = name.to_owned();
        inspection.audit.as_mut().unwrap().target.name = name.to_owned();
        inspection.packages.as_mut().unwrap().target.name = name.to_owned();
        inspection
    };
    let changes = Changes::between(&named("web01"), &named("web02"));
    assert_eq!((changes.lives.len(), changes.open), (0, 5), "{:?}", changes.lives);
}
