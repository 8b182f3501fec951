//! Walks over trees as they are found, and as somebody makes them.

use super::without;
use crate::suite::walked;
use crate::{EntryKind, System, TreeSystem, WalkOptions, WalkStep};
use rustix::fs::{CWD, Mode, OFlags};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn everything(threads: usize) -> WalkOptions {
    WalkOptions { threads, ..WalkOptions::default() }
}

/// Memory rather than disk where there is a place for it: making a large tree takes far longer than walking it.
fn roomy() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

#[test]
fn names_need_not_be_text() {
    let directory = roomy();
    let name = OsStr::from_bytes(b"caf\xe9 \n\xff");
    std::fs::create_dir(directory.path().join(name)).unwrap();
    std::fs::write(directory.path().join(name).join(name), "x").unwrap();
    let system = TreeSystem::new(directory.path()).unwrap();
    let (seen, report) = walked(&system, &everything(2), |entry| {
        if entry.metadata.kind == EntryKind::File {
            assert_eq!(system.read(entry.path, 10).unwrap(), b"x");
        }
        WalkStep::Continue
    });
    assert!(seen.contains_key(&Path::new("/").join(name).join(name)), "{seen:?}");
    assert_eq!((seen.len(), report.errors.len()), (3, 0));
}

#[test]
fn what_vanishes_meanwhile_is_no_error() {
    let directory = roomy();
    let root = directory.path();
    for number in 0..600 {
        std::fs::create_dir_all(root.join(format!("{number}/below"))).unwrap();
        std::fs::write(root.join(format!("{number}/file")), "x").unwrap();
    }
    let system = TreeSystem::new(root).unwrap();
    for threads in [1, 3] {
        let gone = AtomicU64::new(0);
        let (_, report) = walked(&system, &everything(threads), |entry| {
            // On the first thing met inside a directory, all of it goes, the directory and a neighbour too.
            let parent = entry.path.parent().and_then(Path::file_name);
            let number = parent.and_then(|name| name.to_str()?.parse::<u32>().ok());
            for number in number.into_iter().flat_map(|number| [number, number ^ 1]) {
                let removed = std::fs::remove_dir_all(root.join(number.to_string())).is_ok();
                gone.fetch_add(removed.into(), Ordering::Relaxed);
            }
            WalkStep::Continue
        });
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        assert!(threads > 1 || gone.load(Ordering::Relaxed) > 100);
    }
}

#[test]
fn a_directory_that_becomes_a_link_is_not_followed_out() {
    let outside = roomy();
    std::fs::write(outside.path().join("secret"), "x").unwrap();
    for openat2 in [false, true] {
        let directory = roomy();
        std::fs::create_dir(directory.path().join("inside")).unwrap();
        let mut system = TreeSystem::new(directory.path()).unwrap();
        without(&mut system, openat2, false);
        let (seen, report) = walked(&system, &everything(1), |entry| {
            if entry.path == "/inside" {
                let path = directory.path().join("inside");
                std::fs::remove_dir(&path).unwrap();
                symlink(outside.path(), &path).unwrap();
            }
            WalkStep::Continue
        });
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(report.errors.is_empty());
    }
}

/// The longest path the kernel takes has 4095 bytes; 3000 levels are 30 kB.
#[test]
fn deep_trees_are_walked_to_the_bottom_and_read() {
    for (levels, openat2) in [(3000, false), (600, true)] {
        let directory = roomy();
        dig(directory.path(), levels);
        let mut system = TreeSystem::new(directory.path()).unwrap();
        without(&mut system, openat2, false);
        let found = AtomicU64::new(0);
        let report = system.walk(&everything(2), &|entry| {
            if entry.path.ends_with("bottom") {
                assert_eq!(entry.path.components().count(), levels + 2);
                assert_eq!(system.read(entry.path, 10).unwrap(), b"reached");
                found.fetch_add(1, Ordering::Relaxed);
            }
            WalkStep::Continue
        });
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        assert_eq!((report.entries, found.into_inner()), (2 * levels as u64 + 2, 1));
    }
}

/// Makes directories in each other, each with another beside it so that its parent is wanted later, and a file in the
/// last. The names beside differ, for names order a directory: half of them wait.
fn dig(root: &Path, levels: usize) {
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let mut at = rustix::fs::openat(CWD, root, flags, Mode::empty()).unwrap();
    for level in 0..levels {
        rustix::fs::mkdirat(&at, "directory", Mode::from(0o755)).unwrap();
        rustix::fs::mkdirat(&at, format!("beside-{level}"), Mode::from(0o755)).unwrap();
        at = rustix::fs::openat(&at, "directory", flags, Mode::empty()).unwrap();
    }
    let create = OFlags::CREATE | OFlags::WRONLY;
    let bottom = rustix::fs::openat(&at, "bottom", create, Mode::from(0o644)).unwrap();
    rustix::io::write(&bottom, b"reached").unwrap();
}

#[test]
fn a_start_that_vanishes_is_an_error() {
    let directory = roomy();
    std::fs::create_dir(directory.path().join("start")).unwrap();
    let system = TreeSystem::new(directory.path()).unwrap();
    let options = WalkOptions { start: "/start".into(), ..everything(1) };
    let (_, report) = walked(&system, &options, |_| {
        std::fs::remove_dir(directory.path().join("start")).unwrap();
        WalkStep::Continue
    });
    let errors: Vec<_> = report.errors.iter().map(|it| (it.0.as_path(), it.1)).collect();
    assert_eq!(errors, [(Path::new("/start"), std::io::ErrorKind::NotFound)]);
}

#[test]
fn a_path_beyond_the_limit_is_told_and_the_rest_seen() {
    let directory = roomy();
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let mut at = rustix::fs::openat(CWD, directory.path(), flags, Mode::empty()).unwrap();
    let name = "long".repeat(60);
    for _ in 0..300 {
        rustix::fs::mkdirat(&at, &name, Mode::from(0o755)).unwrap();
        at = rustix::fs::openat(&at, &name, flags, Mode::empty()).unwrap();
    }
    std::fs::create_dir_all(directory.path().join("beside/below")).unwrap();
    let system = TreeSystem::new(directory.path()).unwrap();
    let (seen, report) = walked(&system, &everything(2), |_| WalkStep::Continue);
    let kinds: Vec<_> = report.errors.iter().map(|error| error.1).collect();
    assert_eq!(kinds, [std::io::ErrorKind::InvalidFilename]);
    assert!(seen.contains_key(Path::new("/beside/below")) && seen.len() < 300);
}

#[test]
fn wide_directories_are_streamed() {
    let directory = roomy();
    for number in 0..50_000 {
        let path = directory.path().join(format!("{number}"));
        rustix::fs::mknodat(CWD, path, rustix::fs::FileType::RegularFile, Mode::from(0o644), 0)
            .unwrap();
    }
    let system = TreeSystem::new(directory.path()).unwrap();
    let report = system.walk(&everything(2), &|_| WalkStep::Continue);
    assert_eq!((report.entries, report.errors.len()), (50_001, 0));

    // In the middle of a directory too.
    let deadline = Some(Instant::now() + Duration::from_millis(50));
    let report = system.walk(&WalkOptions { deadline, ..everything(2) }, &|_| {
        std::thread::sleep(Duration::from_micros(200));
        WalkStep::Continue
    });
    assert!(report.timed_out && report.entries < 10_000, "{report:?}");
}

#[test]
fn every_directory_of_a_broad_tree_is_visited_once_by_many_threads() {
    let directory = roomy();
    let mut expected = 1;
    for one in 0..12 {
        for two in 0..12 {
            std::fs::create_dir_all(directory.path().join(format!("{one}/{two}/x/y"))).unwrap();
        }
        expected += 1 + 12 * 3;
    }
    let system = TreeSystem::new(directory.path()).unwrap();
    for _ in 0..8 {
        let (seen, report) = walked(&system, &everything(8), |_| WalkStep::Continue);
        assert!(seen.values().all(|times| *times == 1));
        assert_eq!((report.entries, seen.len()), (expected, usize::try_from(expected).unwrap()));
    }
}

#[test]
fn a_visitors_panic_reaches_the_caller() {
    let directory = roomy();
    for number in 0..50 {
        std::fs::create_dir_all(directory.path().join(format!("{number}/below"))).unwrap();
    }
    let system = TreeSystem::new(directory.path()).unwrap();
    let walk = std::panic::AssertUnwindSafe(|| {
        system.walk(&everything(4), &|entry| {
            assert!(!entry.path.ends_with("below"), "as meant");
            WalkStep::Continue
        })
    });
    assert!(std::panic::catch_unwind(walk).is_err());
}

#[test]
fn the_kernels_file_systems_are_not_walked() {
    let root = TreeSystem::new("/").unwrap();
    let machine = TreeSystem::live().unwrap();
    for (system, cross_file_systems) in [(&root, true), (&root, false), (&machine, true)] {
        let options = WalkOptions { cross_file_systems, ..everything(2) };
        let (seen, report) = walked(system, &options, |entry| {
            let is_way = entry.path == "/" || entry.path.starts_with("/proc");
            if is_way { WalkStep::Continue } else { WalkStep::Skip }
        });
        assert!(seen.contains_key(Path::new("/proc")));
        assert!(!seen.contains_key(Path::new("/proc/self")), "{cross_file_systems}");
        assert!(!report.other_file_systems.contains(&PathBuf::from("/proc")));
    }
    let options = WalkOptions { start: "/proc/self".into(), ..everything(1) };
    assert!(walked(&machine, &options, |_| WalkStep::Continue).0.len() <= 1);
}
