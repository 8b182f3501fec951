//! An update that is killed in the middle of it, or at its end, is finished or taken back whole.

use crate::fake::{Cut, Fake, WORLD};
use crate::machine::{machine, updates, wanted};
use pasu_fix::packages::{End, UpdatePlan};
use pasu_model::FixAuthor;
use pasu_system::{Disk, State};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

fn tls(fake: &Fake) -> UpdatePlan {
    updates(fake).plan(wanted(&[("libssl3", "3.5.7-r0"), ("openssh", "9.9-r1")]), false).unwrap()
}

fn cut_off(fake: &Fake, cut: Cut, what: impl FnOnce()) {
    fake.weather().cut = Some(cut);
    let why = catch_unwind(AssertUnwindSafe(what)).expect_err("it was not cut off");
    let said = why.downcast_ref::<&str>().copied();
    let said = said.or_else(|| why.downcast_ref::<String>().map(|said| &**said));
    assert_eq!(said, Some("cut off"));
    assert_eq!(updates(fake).unfinished().unwrap(), ["cut"]);
}

fn apply(fake: &Fake) {
    let plan = tls(fake);
    assert_eq!(plan.upgrades.len(), 3);
    let _ = updates(fake).apply("cut", &FixAuthor::default(), &plan);
}

/// That versions and files are of one kind.
fn assert_whole(fake: &Fake, ssl: &str, ssh: &str) {
    let installed = fake.installed();
    for (name, version) in [("libcrypto3", ssl), ("libssl3", ssl), ("openssh", ssh)] {
        assert_eq!(installed[name].version, version, "{name}");
        let (path, content) = &installed[name].files[0];
        assert_eq!(fake.read(path), *content);
    }
    assert_eq!(updates(fake).unfinished().unwrap(), [""; 0]);
}

const CUTS: [Cut; 4] =
    [Cut::AfterPackages(0), Cut::AfterPackages(1), Cut::AfterPackages(2), Cut::AtTheEnd];

#[test]
fn an_installation_that_was_killed_goes_on() {
    for cut in CUTS {
        let fake = machine();
        let world = fake.read(WORLD);
        cut_off(&fake, cut, || apply(&fake));
        let outcome = updates(&fake).recover("cut").unwrap();
        assert_eq!((outcome.end, outcome.problem), (End::After, None), "{cut:?}");
        assert_whole(&fake, "3.5.7-r0", "9.9-r1");
        assert_eq!(fake.read(WORLD), world, "{cut:?}");
        assert_eq!(updates(&fake).rollback("cut").unwrap().end, End::Before);
        assert_whole(&fake, "3.5.4-r0", "9.9-r0");
        assert_eq!(fake.read(WORLD), world, "{cut:?}");
    }
}

#[test]
fn without_a_network_it_is_taken_back_though_the_database_never_knew_of_it() {
    for cut in CUTS {
        let fake = machine();
        let world = fake.read(WORLD);
        cut_off(&fake, cut, || apply(&fake));
        fake.weather().is_offline = true;
        let outcome = updates(&fake).recover("cut").unwrap();
        assert_eq!(fake.read(WORLD), world, "{cut:?}");
        if cut == Cut::AtTheEnd {
            assert_eq!(outcome.end, End::After);
            assert_whole(&fake, "3.5.7-r0", "9.9-r1");
        } else {
            assert_eq!(outcome.end, End::Before, "{cut:?}: {outcome:?}");
            assert!(outcome.problem.unwrap().contains("temporary error"));
            assert_whole(&fake, "3.5.4-r0", "9.9-r0");
        }
    }
}

#[test]
fn torn_files_that_cannot_be_had_again_are_never_called_whole() {
    let fake = machine();
    cut_off(&fake, Cut::AfterPackages(1), || apply(&fake));
    fake.weather().is_offline = true;
    // The cache was emptied since, so that `apk fix` has nothing to unpack again.
    let cached = fake.installed()["libcrypto3"].cached();
    fake.disk.put(Path::new(&cached), &State::Absent, ".new").unwrap();
    let outcome = updates(&fake).recover("cut").unwrap();
    assert!(matches!(outcome.end, End::Between { .. }), "{outcome:?}");
    assert_eq!(updates(&fake).unfinished().unwrap(), ["cut"]);
    // Once the file can be had again, another go takes back what was begun.
    let package = fake.installed()["libcrypto3"].clone();
    fake.write(&cached, &package.file());
    assert_eq!(updates(&fake).recover("cut").unwrap().end, End::Before);
    assert_whole(&fake, "3.5.4-r0", "9.9-r0");
}

#[test]
fn a_way_back_that_was_killed_ends_before_and_leaves_no_pins() {
    for cut in CUTS {
        let fake = machine();
        let world = fake.read(WORLD);
        let outcome = updates(&fake).apply("cut", &FixAuthor::default(), &tls(&fake)).unwrap();
        assert_eq!(outcome.end, End::After);
        cut_off(&fake, cut, || {
            let _ = updates(&fake).rollback("cut");
        });
        let is_pinned = fake.read(WORLD).contains("><");
        assert_eq!(is_pinned, cut == Cut::AtTheEnd, "{cut:?}");
        // Somebody asks for more before the machine is looked after.
        fake.write(WORLD, &format!("{}nano\n", fake.read(WORLD)));
        fake.put_in("nano", "8-r0");
        assert_eq!(updates(&fake).recover("cut").unwrap().end, End::Before, "{cut:?}");
        assert_whole(&fake, "3.5.4-r0", "9.9-r0");
        let entries =
            |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
        assert_eq!(entries(&fake.read(WORLD)), entries(&format!("{world}nano\n")), "{cut:?}");
    }
}
