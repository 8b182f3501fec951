//! Walks over mounts. They are made in a mount namespace of their own, for which a test runs itself once more below
//! `unshare`; where that is not allowed (not root, a container) there is nothing to test.

use crate::suite::walked;
use crate::{System, TreeSystem, WalkOptions, WalkStep};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const INSIDE: &str = "PASU_TEST_OWN_MOUNTS";

/// What `cargo test`'s harness exits with when a test failed.
const FAILED: i32 = 101;

#[test]
fn mounts_are_boundaries_unless_crossed() {
    if std::env::var_os(INSIDE).is_some() {
        return mounted();
    }
    if !crate::is_root() {
        return;
    }
    let test = "tree::tests::mounting::mounts_are_boundaries_unless_crossed";
    let outcome = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(INSIDE, "1")
        .output();
    let Ok(outcome) = outcome else { return };
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert_ne!(outcome.status.code(), Some(FAILED), "{text}");
    assert!(!outcome.status.success() || text.contains("1 passed"), "{text}");
}

fn mount(arguments: &[&str], on: &Path) -> bool {
    let outcome = Command::new("mount").args(arguments).arg(on).output();
    outcome.is_ok_and(|outcome| outcome.status.success())
}

fn mounted() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["proc", "z", "a", "below/b", "plain"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    for name in ["z", "a", "below/b"] {
        if !mount(&["-t", "tmpfs", "none"], &root.join(name)) {
            return;
        }
    }
    assert!(mount(&["-t", "proc", "none"], &root.join("proc")));
    std::fs::write(root.join("a/file"), "x").unwrap();
    std::fs::create_dir(root.join("a/again")).unwrap();
    // The whole tree with its mounts once more inside one of them.
    assert!(mount(&["--rbind", root.to_str().unwrap()], &root.join("a/again")));

    let system = TreeSystem::new(root).unwrap();
    let below = |seen: &BTreeMap<PathBuf, u32>, path: &str| {
        seen.keys().filter(|entry| entry.starts_with(path)).count()
    };
    let stay = WalkOptions { threads: 3, ..WalkOptions::default() };
    let (seen, report) = walked(&system, &stay, |_| WalkStep::Continue);
    assert_eq!((below(&seen, "/a"), below(&seen, "/proc")), (1, 1));
    assert_eq!(report.other_file_systems, ["/a", "/below/b", "/z"].map(PathBuf::from));

    let cross = WalkOptions { cross_file_systems: true, ..stay.clone() };
    let (seen, report) = walked(&system, &cross, |_| WalkStep::Continue);
    assert!(report.other_file_systems.is_empty() && report.errors.is_empty(), "{report:?}");
    assert_eq!((below(&seen, "/a"), below(&seen, "/proc")), (3, 1), "{seen:?}");

    overlaid(root);

    // A mount can be the start.
    let start = WalkOptions { start: "/a".into(), ..stay };
    let (seen, report) = walked(&system, &start, |_| WalkStep::Continue);
    assert_eq!((below(&seen, "/a"), report.other_file_systems), (3, vec!["/a/again".into()]));
    assert_eq!(system.read(Path::new("/a/again/a/file"), 9).unwrap(), b"x");
}

/// A container's file system is its own target on a running machine, and a part of what a user names.
fn overlaid(root: &Path) {
    for name in ["lower", "upper", "merged"] {
        std::fs::create_dir(root.join("z").join(name)).unwrap();
    }
    let [lower, upper, merged] = ["lower", "upper", "merged"].map(|name| root.join("z").join(name));
    std::fs::write(lower.join("inside"), "x").unwrap();
    let layers = format!("lowerdir={}:{}", lower.display(), upper.display());
    if !mount(&["-t", "overlay", "none", "-o", &layers], &merged) {
        return;
    }
    let inside = |seen: &BTreeMap<PathBuf, u32>| seen.keys().any(|path| path.ends_with("inside"));
    let options =
        WalkOptions { start: root.join("z"), cross_file_systems: true, ..WalkOptions::default() };
    let skip_lower = |entry: &crate::Entry<'_>| {
        if entry.path.ends_with("lower") { WalkStep::Skip } else { WalkStep::Continue }
    };
    let (seen, report) = walked(&TreeSystem::live().unwrap(), &options, skip_lower);
    assert!(!inside(&seen) && report.elsewhere == [merged], "{report:?}");
    let options = WalkOptions { start: "/z".into(), ..options };
    let (seen, report) = walked(&TreeSystem::new(root).unwrap(), &options, skip_lower);
    assert!(inside(&seen) && report.elsewhere.is_empty(), "{report:?}");
    assert!(Command::new("umount").arg(root.join("z/merged")).status().unwrap().success());
    for name in ["lower", "upper", "merged"] {
        std::fs::remove_dir_all(root.join("z").join(name)).unwrap();
    }
}
