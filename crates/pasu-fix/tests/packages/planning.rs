//! What would be upgraded, and what would not.

use crate::container::{Container, now};
use pasu_fix::packages::{
    Apt, Note, OldPackage, PackagesError, Request, Selection, UpdatePlan, Wanted, WhyRefused,
    WhyUnavailable,
};

pub fn wanted(package: &str, fixed: &str) -> Wanted {
    Wanted {
        package: package.into(),
        installed: String::new(),
        fixed: fixed.into(),
        cves: vec!["CVE-2024-0001".into()],
    }
}

pub fn request(selection: Selection) -> Request {
    Request { selection, allow_new: false, now: now() }
}

/// OpenSSL and its library, whose fixed versions came after Debian 11.11.
pub fn openssl() -> Request {
    let fixed = "1.1.1w-0+deb11u2";
    request(Selection::Wanted(vec![wanted("openssl", fixed), wanted("libssl1.1:amd64", fixed)]))
}

fn names(plan: &UpdatePlan) -> Vec<&str> {
    plan.upgrades.iter().map(|upgrade| &*upgrade.package).collect()
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn real_upgrades_are_planned() {
    let container = Container::start();
    let apt = Apt::new(container.machine());
    container.sh("echo '# edited' >>/etc/ssl/openssl.cnf");
    let plan = apt.plan(&openssl()).unwrap();
    assert_eq!(names(&plan), ["libssl1.1", "openssl"]);
    let openssl_upgrade = &plan.upgrades[1];
    assert_eq!(openssl_upgrade.from, "1.1.1w-0+deb11u1");
    assert!(openssl_upgrade.source.contains("Debian-Security"), "{openssl_upgrade:?}");
    assert_eq!(openssl_upgrade.cves, ["CVE-2024-0001"]);
    assert!(openssl_upgrade.size > 100_000 && openssl_upgrade.is_wanted, "{openssl_upgrade:?}");
    assert_eq!(openssl_upgrade.old_package, OldPackage::Source);
    assert_eq!(plan.kept_files[0].path, "/etc/ssl/openssl.cnf");
    assert_eq!(plan.space.len(), 2);
    assert_eq!(plan.too_full().count(), 0);
    assert_eq!(plan.notes, [Note::MayRestart]);
    assert_eq!(
        (plan.refused.len(), plan.unavailable.len(), plan.irreversible().count()),
        (0, 0, 0)
    );
    // The same once more but for free room, which is the whole machine's; and after a trip through a file.
    let again = apt.plan(&openssl()).unwrap();
    assert_eq!(UpdatePlan { space: plan.space.clone(), ..again }, plan);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<UpdatePlan>(&text).unwrap(), plan);

    let all = apt.plan(&request(Selection::Security)).unwrap();
    assert!(all.upgrades.len() > 20, "{:?}", names(&all));
    assert!(all.reboot.unwrap().packages.contains(&"libc6".to_owned()));
    assert!(
        all.services.iter().any(|service| service.processes.iter().any(|it| it.name == "sleep"))
    );
    assert_eq!(container.version("openssl"), "1.1.1w-0+deb11u1 installed");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn what_cannot_or_may_not_be_upgraded_is_named_with_its_reason() {
    let container = Container::start();
    let apt = Apt::new(container.machine());
    container.sh("apt-mark hold openssl");
    let plan = apt.plan(&openssl()).unwrap();
    assert_eq!(names(&plan), ["libssl1.1"]);
    assert_eq!(plan.held[0].package, "openssl");
    let all = apt.plan(&request(Selection::Security)).unwrap();
    assert_eq!(all.held[0].package, "openssl");
    assert!(!names(&all).contains(&"openssl"));

    let far = request(Selection::Wanted(vec![
        wanted("curl", "99:1"),
        wanted("dash", "0.1"),
        wanted("vim", "1"),
    ]));
    let plan = apt.plan(&far).unwrap();
    assert_eq!(plan.unavailable[0].why, WhyUnavailable::Behind);
    assert_eq!(plan.current, ["dash", "vim"]);

    container.sh("printf 'Package: curl\\nPin: release l=Debian-Security\\nPin-Priority: -1\\n' >/etc/apt/preferences.d/curl");
    let curl = request(Selection::Wanted(vec![wanted("curl", "7.74.0-1.3+deb11u14")]));
    let plan = apt.plan(&curl).unwrap();
    assert!(matches!(plan.unavailable[0].why, WhyUnavailable::Pinned { .. }), "{plan:?}");

    container.sh("rm /etc/apt/preferences.d/curl /etc/apt/sources.list.d/security.list");
    let plan = apt.plan(&openssl_library()).unwrap();
    let line = "deb http://security.debian.org/debian-security bullseye-security main";
    let why = WhyUnavailable::NoSecuritySource { line: Some(line.into()) };
    assert_eq!(plan.unavailable[0].why, why);
    assert!(plan.is_empty() && plan.unavailable[0].text().en.contains(line));

    container.sh("rm -r /var/lib/apt/lists/*");
    let plan = apt.plan(&openssl_library()).unwrap();
    assert!(matches!(plan.notes[0], Note::NoLists { .. }), "{:?}", plan.notes);
}

pub fn openssl_library() -> Request {
    request(Selection::Wanted(vec![wanted("libssl1.1", "1.1.1w-0+deb11u2")]))
}

/// A package that depends on one exact version of another, which then could only go.
#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn what_would_remove_a_package_is_refused_and_the_rest_is_done() {
    let container = Container::start();
    let apt = Apt::new(container.machine());
    container.sh(
        "mkdir -p /tmp/p/DEBIAN; printf 'Package: site-tool\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x.x>\\n\
         Depends: libssl1.1 (= 1.1.1w-0+deb11u1)\\nDescription: x\\n' >/tmp/p/DEBIAN/control; \
         dpkg-deb --build /tmp/p /tmp/p.deb; dpkg -i /tmp/p.deb",
    );
    let mut request = openssl_library();
    let Selection::Wanted(all) = &mut request.selection else { unreachable!() };
    all.push(wanted("curl", "7.74.0-1.3+deb11u14"));
    let plan = apt.plan(&request).unwrap();
    assert_eq!(plan.refused[0].package, "libssl1.1");
    let removes = WhyRefused::Removes { packages: vec!["site-tool".into()] };
    assert_eq!(plan.refused[0].why, removes);
    assert!(names(&plan).contains(&"curl") && !names(&plan).contains(&"libssl1.1"), "{plan:?}");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_lock_and_a_half_done_installation_are_refused() {
    let container = Container::start();
    let apt = Apt::new(container.machine());
    // apt itself holds its lock while its hook waits.
    container.sh_in_background(
        "apt-get install --reinstall -y -o DPkg::Pre-Invoke::='touch /tmp/held; sleep 30' dash",
    );
    container.sh("for i in $(seq 100); do test -e /tmp/held && exit; sleep 0.1; done; exit 1");
    let error = apt.plan(&openssl()).unwrap_err();
    assert!(matches!(error, PackagesError::Locked { .. }), "{error}");
    container.sh("for p in /proc/[0-9]*; do case $(cat $p/comm) in apt-get) kill -9 ${p#/proc/};; esac; done; sleep 0.2");
    apt.plan(&openssl()).unwrap();

    container.sh("cd /tmp; apt-get -q download curl; dpkg --unpack curl*.deb");
    let error = apt.plan(&openssl()).unwrap_err();
    assert!(matches!(error, PackagesError::Interrupted { .. }), "{error}");
    assert!(error.text().ko.contains("dpkg --configure -a"));
}
