//! Updates of an Alpine by an `apk` that only pretends: no Alpine was at hand. It refuses what the manual does not have.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod cut;
mod fake;
mod machine;
mod model;
mod planning;

use fake::WORLD;
use machine::{machine, package, release, security, updates, wanted};
use pasu_fix::packages::{
    End, KeptFile, Manager, OldPackage, PackagesError, Selection, WhyRefused, history,
};
use pasu_model::FixAuthor;

#[test]
fn everything_newer_is_planned_done_and_taken_back_and_the_world_stays() {
    let fake = machine();
    let world = fake.read(WORLD);
    fake.write("/etc/ssh/sshd_config", "mine\n");
    let updates = updates(&fake);
    let plan = security(&fake).unwrap();
    assert_eq!(plan.manager, Manager::Apk);
    let cached = |name: &str, version: &str| OldPackage::Cache {
        path: format!("/var/cache/apk/{name}-{version}.0f1e2d3c.apk"),
    };
    let shown: Vec<_> = plan
        .upgrades
        .iter()
        .map(|it| (&*it.package, &*it.from, &*it.to, it.is_automatic, it.old_package.clone()))
        .collect();
    assert_eq!(
        shown,
        [
            ("libcrypto3", "3.5.4-r0", "3.5.7-r0", true, cached("libcrypto3", "3.5.4-r0")),
            ("libssl3", "3.5.4-r0", "3.5.7-r0", true, cached("libssl3", "3.5.4-r0")),
            ("linux-lts", "6.12.1-r0", "6.12.9-r0", false, OldPackage::Nowhere),
            ("openssh", "9.9-r0", "9.9-r1", false, cached("openssh", "9.9-r0")),
        ]
    );
    assert_eq!(plan.upgrades[0].source, fake::MAIN);
    let file = KeptFile { path: "/etc/ssh/sshd_config".into(), package: "openssh".into() };
    assert_eq!(plan.kept_files, [file]);
    assert_eq!(plan.services[0].processes[0].name, "sshd");
    assert_eq!(plan.reboot.as_ref().unwrap().packages, ["linux-lts"]);
    assert_eq!(plan.space[0].needed, 4 * 3 * 2000);
    assert!(plan.notes.iter().any(|note| note.text().en.starts_with("Alpine does not tell")));
    assert_eq!(fake.lines(), [""; 0]);

    let outcome = updates.apply("first", &FixAuthor::default(), &plan).unwrap();
    assert_eq!((outcome.end, outcome.problem), (End::After, None));
    assert_eq!(outcome.irreversible, ["linux-lts"]);
    let installed = fake.installed();
    assert_eq!(
        (&*installed["libssl3"].version, &*installed["openssh"].version),
        ("3.5.7-r0", "9.9-r1")
    );
    assert_eq!(fake.read(WORLD), world);
    assert_eq!(fake.read("/etc/ssh/sshd_config"), "mine\n");
    assert_eq!(fake.read("/etc/ssh/sshd_config.apk-new"), "config of 9.9-r1\n");
    assert!(security(&fake).unwrap().is_empty());
    assert_eq!(updates.unfinished().unwrap(), [""; 0]);

    let outcome = updates.rollback("first").unwrap();
    assert_eq!((outcome.end, outcome.problem), (End::Before, None));
    let installed = fake.installed();
    assert_eq!(
        (&*installed["libssl3"].version, &*installed["libcrypto3"].version),
        ("3.5.4-r0", "3.5.4-r0")
    );
    // Its old package file could not be had, and everybody was told so.
    assert_eq!(installed["linux-lts"].version, "6.12.9-r0");
    assert_eq!(fake.read("/usr/sbin/sshd"), "openssh 9.9-r0");
    assert_eq!(fake.read("/etc/ssh/sshd_config"), "mine\n");
    assert_eq!(fake.read(WORLD), world);
    let folder = "/var/lib/pasu/fix/first/packages";
    let commands: Vec<String> = fake
        .lines()
        .iter()
        .filter(|line| line.starts_with("apk"))
        .map(|line| line.replace("apk --cache-max-age 525600 ", "").replace(folder, "."))
        .collect();
    assert_eq!(
        commands,
        [
            "fetch --output new libcrypto3 libssl3 linux-lts openssh",
            "fix --upgrade libcrypto3 libssl3 linux-lts openssh",
            "--no-network add ./libcrypto3-3.5.4-r0.0f1e2d3c.apk ./libssl3-3.5.4-r0.0f1e2d3c.apk ./openssh-9.9-r0.0f1e2d3c.apk",
        ]
    );
    for left in ["new", "world.before"] {
        assert!(!fake.disk_has(&format!("{folder}/{left}")), "{left}");
    }
    assert_eq!(history(&fake.disk).unwrap()[0].notes.len(), 4);
}

#[test]
fn what_came_along_goes_again_and_what_others_asked_for_stays() {
    let mut fake = machine();
    let tool = package("tool", "2-r0", &[("new-lib", "1-r0")]);
    fake.add(package("tool", "1-r0", &[]), "");
    fake.releases
        .extend([release(tool, fake::MAIN), release(package("new-lib", "1-r0", &[]), fake::MAIN)]);
    let updates = updates(&fake);
    let refused = updates.plan(wanted(&[("tool", "2-r0")]), false).unwrap();
    let packages = vec!["new-lib".to_owned()];
    assert_eq!(refused.refused[0].why, WhyRefused::Installs { packages });
    let plan = updates.plan(wanted(&[("tool", "2-r0")]), true).unwrap();
    assert_eq!(plan.new_packages[0].package, "new-lib");
    let outcome = updates.apply("tool", &FixAuthor::default(), &plan).unwrap();
    assert_eq!(outcome.end, End::After);
    assert!(fake.installed().contains_key("new-lib"));
    // Somebody else asks for more meanwhile.
    fake.write(WORLD, &format!("{}nano\n", fake.read(WORLD)));
    fake.put_in("nano", "8-r0");
    let world = fake.read(WORLD);
    assert_eq!(updates.rollback("tool").unwrap().end, End::Before);
    assert!(!fake.installed().contains_key("new-lib"));
    assert_eq!(fake.read(WORLD), world);
}

#[test]
fn a_way_back_that_would_remove_or_change_others_is_refused_before() {
    let fake = machine();
    let updates = updates(&fake);
    let plan = updates.plan(wanted(&[("openssh", "9.9-r1")]), false).unwrap();
    assert_eq!(updates.apply("ssh", &FixAuthor::default(), &plan).unwrap().end, End::After);
    // Something was installed since that needs the new one.
    fake.put_in("needs-ssh", "1-r0");
    fake.write(WORLD, "busybox\nneeds-ssh\nopenssl\nlinux-lts\nopenssh\n");
    let error = updates.rollback("ssh").unwrap_err();
    assert!(matches!(error, PackagesError::NoWayBack { .. }), "{error}");
    assert!(error.text().ko.contains("unable to select packages"), "{:?}", error.text());
    assert_eq!(fake.installed()["openssh"].version, "9.9-r1");
    assert_eq!(updates.unfinished().unwrap(), [""; 0]);
    // Or it stands in the world no more, and taking files back would let other things go.
    fake.write(WORLD, "busybox\nopenssl\nopenssh\n");
    let error = updates.rollback("ssh").unwrap_err();
    assert_eq!(
        error.to_string(),
        "putting the old packages back would remove linux-lts, needs-ssh"
    );
    fake.write(WORLD, "busybox\nopenssl\nopenssh\nlinux-lts\nmore\n");
    fake.take_out("needs-ssh");
    let error = updates.rollback("ssh").unwrap_err();
    assert_eq!(error.to_string(), "putting the old packages back would also change more");
    assert_eq!(fake.lines().iter().filter(|line| line.contains(" add ")).count(), 0);
}

#[test]
fn a_lock_and_a_mirror_out_of_reach_change_nothing() {
    let fake = machine();
    let updates = updates(&fake);
    let plan = updates.plan(wanted(&[("openssh", "9.9-r1")]), false).unwrap();
    let before = fake.disk.snapshot(&["/var/lib"]);
    fake.weather().is_offline = true;
    let error = updates.apply("offline", &FixAuthor::default(), &plan).unwrap_err();
    assert!(error.to_string().contains("temporary error"), "{error}");
    fake.weather().is_offline = false;
    fake.weather().is_locked = true;
    let outcome = updates.apply("raced", &FixAuthor::default(), &plan).unwrap();
    assert_eq!(outcome.end, End::Before);
    assert!(outcome.problem.unwrap().contains("another package manager is at work"));
    assert_eq!(updates.unfinished().unwrap(), [""; 0]);
    assert_eq!(fake.disk.snapshot(&["/var/lib"]), before);

    fake.hold_lock();
    let error = updates.plan(Selection::Security, false).unwrap_err();
    assert!(matches!(error, PackagesError::Locked { .. }), "{error}");
}
