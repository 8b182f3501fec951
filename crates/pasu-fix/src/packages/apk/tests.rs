//! Answers of real `apk`s, as people have recorded them in public, cut down. Each names where and of which version.

use super::database::{Installed, parse as parse_database};
use super::details::is_cached;
use super::plan::newer;
use super::policy::{branch, parse as parse_policy};
use super::state::held;
use super::steps::{Change, Steps, parse as parse_steps};
use super::{said, world};
use pasu_system::ToolOutput;
use std::collections::{BTreeMap, BTreeSet};

fn change(name: &str, from: &str, to: &str) -> Change {
    Change { name: name.into(), from: Some(from.into()), to: to.into() }
}

/// `apk upgrade --simulate libssl3` on Alpine 3.22.4 (apk-tools 2.14), from a test of a monitoring tool on GitHub, 2026.
const SIMULATION: &str = "\
(1/2) Upgrading libcrypto3 (3.5.4-r0 -> 3.5.7-r0)
(2/2) Upgrading libssl3 (3.5.4-r0 -> 3.5.7-r0)
OK: 80 MiB in 76 packages
";

/// `apk add openvpn …` in a container of Alpine 3.22, from a bug report on GitHub, 2025, and steps in the words of
/// `print_change` in apk-tools' src/commit.c.
const EVERYTHING: &str = "\
fetch https://dl-cdn.alpinelinux.org/alpine/v3.22/main/aarch64/APKINDEX.tar.gz
( 1/10) Upgrading libcrypto3 (3.5.1-r0 -> 3.5.2-r0)
( 2/10) Installing brotli-libs (1.1.0-r2)
( 3/10) Downgrading alpha (2-r0 -> 1-r0)
( 4/10) Purging tree (2.1.1-r0)
( 5/10) Reinstalling curl (8.14.1-r1)
( 6/10) Replacing zlib (1.3-r0 -> 1.3-r0)
( 7/10) Updating pinning vlc@edge (3.0-r0)
( 8/10) [APK unavailable, skipped] Reinstalling mine (1-r0)
( 9/10) Upgrading vlc@edge (3.0-r0 -> 3.1-r0)
(10/10) Installing zstd-libs (1.5.7-r0)
Executing busybox-1.37.0-r19.trigger
OK: 17 MiB in 32 packages
";

#[test]
fn a_simulation_names_each_kind_of_step() {
    let steps = parse_steps(SIMULATION).unwrap();
    let upgrades =
        ["libcrypto3", "libssl3"].map(|name| change(name, "3.5.4-r0", "3.5.7-r0")).to_vec();
    assert_eq!(steps, Steps { upgrades, ..Steps::default() });
    let steps = parse_steps(EVERYTHING).unwrap();
    assert_eq!(steps.upgrades[1], change("vlc", "3.0-r0", "3.1-r0"));
    let installs: Vec<&str> = steps.installs.iter().map(|change| &*change.to).collect();
    assert_eq!(installs, ["1.1.0-r2", "1.5.7-r0"]);
    assert_eq!(steps.downgrades, [change("alpha", "2-r0", "1-r0")]);
    assert_eq!(
        (&steps.removes[..], &steps.reinstalls[..]),
        (&["tree".to_owned()][..], &["curl".to_owned()][..])
    );
    assert_eq!(
        steps.others,
        [
            "Replacing zlib (1.3-r0 -> 1.3-r0)",
            "Updating pinning vlc@edge (3.0-r0)",
            "[APK unavailable, skipped] Reinstalling mine (1-r0)"
        ]
    );
    assert_eq!(parse_steps("OK: 7 MiB in 15 packages\n"), Some(Steps::default()));
}

#[test]
fn a_simulation_cut_short_is_never_a_smaller_plan() {
    let end = SIMULATION.find("OK:").unwrap();
    for cut in 0..end + 3 {
        assert_eq!(parse_steps(&SIMULATION[..cut]), None, "{}", &SIMULATION[..cut]);
    }
    let without: String = SIMULATION.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert_eq!(parse_steps(&without), None);
    for line in ["(1/1) Upgrading x (1)", "(1/1) Installing (1)", "(1/1) x", "(1) Purging x (1)"] {
        assert_eq!(parse_steps(&format!("{line}\nOK: 1 MiB in 1 packages\n")), None, "{line}");
    }
}

/// `apk add nanop` on Alpine 3.17, from a note on GitHub; the exit status and both lines about the lock are from
/// github.com/xoureldeen/Vectras-VM-Android/issues/383 (apk-tools 2.14).
#[test]
fn reasons_are_joined_from_both_outputs() {
    let output = ToolOutput {
        status: Some(1),
        stdout: b"  nanop (no such package):\n    required by: world[nanop]\n".to_vec(),
        stderr: b"ERROR: unable to select packages:\n".to_vec(),
    };
    let expected =
        "ERROR: unable to select packages: / nanop (no such package): / required by: world[nanop]";
    assert_eq!(said(&output), expected);
}

/// `apk policy vlc` on Alpine 3.7 with a tagged repository, and `apk policy` on 3.24, both from notes on GitHub.
const POLICY: &str = "\
vlc policy:
  2.2.6-r1:
    lib/apk/db/installed
    http://dl-3.alpinelinux.org/alpine/v3.7/community
  3.0.0_rc2-r1:
    @edgecommunity http://dl-3.alpinelinux.org/alpine/edge/community
fuse-common policy:
  3.18.2-r0:
    lib/apk/db/installed
    cache
  3.18.3-r0:
    https://dl-cdn.alpinelinux.org/alpine/v3.24/main
";

#[test]
fn a_policy_tells_repositories_from_tagged_ones_and_from_what_is_there() {
    let policies = parse_policy(POLICY).unwrap();
    let vlc = &policies["vlc"];
    assert_eq!(vlc[0].repositories, ["http://dl-3.alpinelinux.org/alpine/v3.7/community"]);
    assert_eq!((vlc[1].repositories.len(), vlc[1].is_tagged, vlc[0].is_tagged), (0, true, false));
    assert_eq!(policies["fuse-common"][0].repositories.len(), 0);
    assert_eq!(policies["fuse-common"][1].version, "3.18.3-r0");
    for text in ["  1.0:\n", "    /repo\n", "x policy:\n    /repo\n", "ERROR: no\n"] {
        assert_eq!(parse_policy(text), None, "{text}");
    }
    for (repository, expected) in [
        ("https://dl-cdn.alpinelinux.org/alpine/v3.24/main", Some("v3.24")),
        ("http://dl-3.alpinelinux.org/alpine/edge/community", Some("edge")),
        ("https://mirror.example/alpine/latest-stable/main", Some("latest-stable")),
        ("/var/apk/my-packages", None),
        ("https://example.com/v3/packages", None),
    ] {
        assert_eq!(branch(repository), expected, "{repository}");
    }
}

/// `apk version -l '<'` on Alpine 3.19, from a cheat sheet on GitHub; the tag is as in src/app_version.c.
#[test]
fn newer_versions_are_told_by_the_names_that_are_installed() {
    let text = "\
Installed:                                Available:
openssl-3.1.4-r5                        < 3.1.4-r6 
py3-2to3-1.0-r0                         < 1.1-r0 @edge
gone-1-r0                               < 2-r0 
";
    let installed: BTreeMap<String, Installed> = [("openssl", "3.1.4-r5"), ("py3-2to3", "1.0-r0")]
        .map(|(name, version)| {
            (name.to_owned(), Installed { version: version.into(), ..Installed::default() })
        })
        .into();
    let wanted = newer(text, &installed);
    let shown: Vec<_> =
        wanted.iter().map(|it| (&*it.package, &*it.installed, &*it.fixed)).collect();
    assert_eq!(shown, [("openssl", "3.1.4-r5", "3.1.4-r6"), ("py3-2to3", "1.0-r0", "1.1-r0")]);
}

/// In the letters of github.com/openwrt/openwrt/issues/16794 (apk-tools 3) and of an Alpine 3.18.
const DATABASE: &str = "\
C:Q1p78yvTLG094tHE1+dToJGbmYzQE=
P:openssl
V:3.1.4-r5
A:x86_64
S:271024
I:675840
T:Toolkit for Transport Layer Security (TLS)
D:libc libopenssl3
F:etc
R:inittab
F:etc/init.d
R:openssl
a:0:0:755
Z:Q2K3nUsjzYTwbSQIAcrvqq7gqnCnrl1bW4fk9q3gw1Zv8=
F:
R:motd

P:half
V:1-r0
f:fs

";

#[test]
fn the_database_gives_versions_files_and_what_is_half_done() {
    let all = parse_database(DATABASE).unwrap();
    let openssl = &all["openssl"];
    assert_eq!(openssl.files, ["/etc/inittab", "/etc/init.d/openssl", "/motd"]);
    assert_eq!((openssl.download, openssl.size, openssl.is_broken), (271_024, 675_840, false));
    assert!(all["half"].is_broken);
    for text in ["P:x\n", "V:1\n", "P:x\nV:1\nnonsense\n", "P:x\nV:1\nS:many\n"] {
        assert_eq!(parse_database(text), None, "{text}");
    }
}

#[test]
fn a_world_pins_versions_repositories_and_files_but_not_lower_bounds() {
    let text = "busybox\nzlib=1.3-r0\nvlc@edge\nnano<7\ncurl~8.1\nopenssl>3\ngit>=2@edge\n!mdev\nmine><Q1abc=\n";
    let pinned = world::pinned(text);
    let names: Vec<&str> = pinned.keys().map(|name| &**name).collect();
    assert_eq!(names, ["curl", "git", "mine", "nano", "vlc", "zlib"]);
    assert_eq!(world::names(text).len(), 8);
}

#[test]
fn our_pins_go_and_what_others_changed_stays() {
    let ours = BTreeSet::from(["zlib", "libssl3"]);
    let before = "zlib\nbusybox\n";
    let pinned = "busybox\nlibssl3><Q1a=\nzlib><Q1b=\n";
    assert_eq!(world::undone(before, pinned, &ours), before);
    let meanwhile = format!("{pinned}nano\n");
    assert_eq!(world::undone(before, &meanwhile, &ours), "busybox\nnano\nzlib\n");
    assert_eq!(world::undone(before, "zlib><Q1b=\n", &ours), "zlib\n");
}

#[test]
fn a_lock_is_told_by_its_file_and_waiting_for_one_is_none() {
    let locks = "1: FLOCK  ADVISORY  WRITE 812 08:01:1311 0 EOF\n2: POSIX  ADVISORY  READ 9 08:01:77 0 EOF\n";
    assert!(held(locks, 1311).unwrap().contains("812"));
    assert_eq!((held(locks, 131), held(locks, 77), held("", 0)), (None, None, None));
}

#[test]
fn files_of_the_cache_are_told_from_those_of_longer_names() {
    assert!(is_cached("zlib-1.3-r0.0f1e2d3c.apk", "zlib", "1.3-r0"));
    for file in [
        "zlib-1.3-r0.apk",
        "zlib-dev-1.3-r0.0f1e2d3c.apk",
        "zlib-1.3-r01.0f1e2d3c.apk",
        "zlib-1.3-r0.0f1e2d3c.apk.1",
    ] {
        assert!(!is_cached(file, "zlib", "1.3-r0"), "{file}");
    }
}
