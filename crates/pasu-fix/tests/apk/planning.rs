//! What is not planned, and why.

use crate::fake::MAIN;
use crate::machine::{NOW, machine, package, release, security, updates, wanted};
use pasu_fix::packages::{Note, PackagesError, Updates, WhyRefused, WhyUnavailable};
use pasu_system::{Disk, State};
use std::path::Path;

#[test]
fn what_is_pinned_current_or_not_to_be_had_stays_and_says_why() {
    let mut fake = machine();
    for (name, constraint) in [
        ("exact", "=1-r0"),
        ("below", "<2"),
        ("about", "~1"),
        ("tagged", "@edge"),
        ("filed", "><Q1x="),
    ] {
        fake.add(package(name, "1-r0", &[]), constraint);
        fake.releases.push(release(package(name, "2-r0", &[]), MAIN));
    }
    fake.add(package("behind", "1-r0", &[]), ">0");
    fake.releases.push(release(package("behind", "1.5-r0", &[]), MAIN));
    fake.add(package("only-edge", "1-r0", &[]), "");
    let edge = "@edge https://dl-cdn.alpinelinux.org/alpine/edge/main";
    fake.releases.push(release(package("only-edge", "2-r0", &[]), edge));
    let names = [
        "exact",
        "below",
        "about",
        "tagged",
        "filed",
        "behind",
        "only-edge",
        "busybox",
        "absent",
        "--all",
    ];
    let all: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (*name, if *name == "busybox" { "1.37.0-r19" } else { "2-r0" }))
        .collect();
    let plan = updates(&fake).plan(wanted(&all), false).unwrap();
    assert!(plan.is_empty());
    let held: Vec<&str> = plan.held.iter().map(|held| &*held.lift).collect();
    assert_eq!(
        held,
        ["apk add about", "apk add below", "apk add exact", "apk add filed", "apk add tagged"]
    );
    assert_eq!(plan.current, ["--all", "absent", "busybox"]);
    let unavailable: Vec<_> = plan
        .unavailable
        .iter()
        .map(|it| (&*it.package, it.candidate.as_deref(), it.why.clone()))
        .collect();
    assert_eq!(
        unavailable,
        [
            ("behind", Some("1.5-r0"), WhyUnavailable::Behind),
            ("only-edge", None, WhyUnavailable::Pinned { version: "2-r0".into() }),
        ]
    );
    fake.write("/etc/apk/repositories", "# none\n@edge https://example.com/edge\n");
    let plan = updates(&fake).plan(wanted(&[("behind", "2-r0")]), false).unwrap();
    let line = Some("https://dl-cdn.alpinelinux.org/alpine/v3.22/main".to_owned());
    assert_eq!(plan.unavailable[0].why, WhyUnavailable::NoSecuritySource { line });
}

#[test]
fn what_would_remove_something_or_cannot_be_is_refused_alone() {
    let mut fake = machine();
    fake.add(package("drops", "1-r0", &[("orphan", "1-r0")]), "");
    fake.releases.push(release(package("orphan", "1-r0", &[]), ""));
    fake.put_in("orphan", "1-r0");
    fake.releases.push(release(package("drops", "2-r0", &[]), MAIN));
    fake.add(package("stuck", "1-r0", &[]), "");
    fake.releases.push(release(package("stuck", "2-r0", &[("nothing", "1-r0")]), MAIN));
    let all = wanted(&[("drops", "2-r0"), ("stuck", "2-r0"), ("libssl3", "3.5.7-r0")]);
    let plan = updates(&fake).plan(all, false).unwrap();
    let upgrades: Vec<_> = plan.upgrades.iter().map(|it| (&*it.package, it.is_wanted)).collect();
    assert_eq!(upgrades, [("libcrypto3", false), ("libssl3", true)]);
    assert_eq!(plan.upgrades[1].cves, ["CVE-2026-0001"]);
    let why: Vec<_> = plan.refused.iter().map(|it| (&*it.package, it.why.clone())).collect();
    let packages = vec!["orphan".to_owned()];
    assert_eq!(why[0], ("drops", WhyRefused::Removes { packages }));
    let WhyRefused::Unsolvable { said } = &why[1].1 else { panic!("{why:?}") };
    assert!(said.contains("nothing (no such package)"), "{said}");
}

#[test]
fn another_branch_is_an_upgrade_of_the_system_and_refused() {
    for repository in ["v3.23/main", "latest-stable/main", "edge/main"] {
        let mut fake = machine();
        let repository = format!("https://dl-cdn.alpinelinux.org/alpine/{repository}");
        fake.releases.push(release(package("busybox", "1.38-r0", &[]), &repository));
        let error = security(&fake).unwrap_err();
        assert!(matches!(error, PackagesError::OtherBranch { .. }), "{error}");
        assert!(error.to_string().contains("v3.22") && error.text().ko.contains(&repository));
        // What is of the own branch can still be asked for.
        let plan = updates(&fake).plan(wanted(&[("openssh", "9.9-r1")]), false).unwrap();
        assert_eq!(plan.upgrades.len(), 1);
    }
    let mut fake = machine();
    fake.releases.push(release(package("busybox", "1.38-r0", &[]), "/srv/own-packages"));
    assert_eq!(security(&fake).unwrap().upgrades.len(), 5);
}

#[test]
fn a_system_in_memory_is_left_to_its_administrator() {
    let fake = machine();
    fake.write("/proc/mounts", "tmpfs / tmpfs rw 0 0\n");
    let error = security(&fake).unwrap_err();
    assert!(error.to_string().contains("lbu commit"), "{error}");
}

#[test]
fn the_age_of_lists_is_told() {
    let fake = machine();
    let late = |days: i64| {
        let updates = Updates { now: NOW + days * 86_400, ..updates(&fake) };
        updates.plan(wanted(&[]), false).unwrap().notes
    };
    assert_eq!((late(0), late(6)), (vec![], vec![]));
    let refresh = "apk update".to_owned();
    assert_eq!(late(20), [Note::OldLists { days: 21, refresh: refresh.clone() }]);
    let index = Path::new("/var/cache/apk/APKINDEX.5022a8a2.tar.gz");
    fake.disk.put(index, &State::Absent, ".new").unwrap();
    assert_eq!(late(0), [Note::NoLists { refresh }]);
}
