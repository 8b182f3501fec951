//! The tree and the questions. Other crates ask them of their own targets, by `#[path]`: what is named `crate::` here is
//! in their root too.

use crate::{Entry, EntryKind, System, WalkOptions, WalkReport, WalkStep};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub(crate) enum Node {
    File(&'static str),
    Link(&'static str),
    Locked,
    LockedDirectory,
}

pub(crate) use Node::{File, Link, Locked, LockedDirectory};

/// `/etc/passwd` is on every machine that runs this test and not in the tree: a link that leads out would be noticed.
pub(crate) const TREE: &[(&str, Node)] = &[
    ("/usr/lib/os-release", File("ID=debian\n")),
    ("/usr/lib/empty", File("")),
    ("/etc/os-release", Link("../usr/lib/os-release")),
    ("/etc/absolute", Link("/usr/lib/os-release")),
    ("/etc/climbing", Link("../../../../../../../../usr/lib/os-release")),
    ("/etc/outside", Link("/etc/passwd")),
    ("/etc/climbing-outside", Link("../../../../../../../../../../etc/passwd")),
    ("/etc/dangling", Link("nothing")),
    ("/lib", Link("usr/lib")),
    ("/loop", Link("loop")),
    ("/one", Link("/two")),
    ("/two", Link("/one")),
    ("/var/self", Link("../var")),
    ("/locked/file", Locked),
    ("/locked/directory", LockedDirectory),
];

/// A chain of links: `/chain/0` is a file, `/chain/N` points to `/chain/N-1`.
pub(crate) const CHAIN: usize = 41;

/// Asks everything. `locked` says whether the target has what may not be read.
pub(crate) fn ask(system: &dyn System, locked: bool) {
    reading(system, locked);
    links(system, locked);
    directories(system, locked);
    walking(system, locked);
    walking_elsewhere(system);
}

fn is_locked(path: &str) -> bool {
    path.starts_with("/locked")
}

fn reading(system: &dyn System, locked: bool) {
    let release = Ok("ID=debian\n");
    let cases: &[(&str, Result<&str, Option<ErrorKind>>)] = &[
        ("/usr/lib/os-release", release),
        ("usr/lib/os-release", release),
        ("/usr/./lib/../lib//os-release", release),
        ("/../usr/lib/os-release", release),
        ("/usr/lib/empty", Ok("")),
        ("/etc/os-release", release),
        ("/etc/absolute", release),
        ("/etc/climbing", release),
        ("/lib/os-release", release),
        ("/lib/../lib/os-release", release),
        ("/var/self/self/self/../lib/os-release", release),
        ("/chain/40", Ok("end")),
        ("/chain/41", Err(None)),
        ("/loop", Err(None)),
        ("/one", Err(None)),
        ("/etc/outside", Err(Some(ErrorKind::NotFound))),
        ("/etc/climbing-outside", Err(Some(ErrorKind::NotFound))),
        ("/etc/dangling", Err(Some(ErrorKind::NotFound))),
        ("/missing/file", Err(Some(ErrorKind::NotFound))),
        ("/usr/lib/os-release/file", Err(Some(ErrorKind::NotADirectory))),
        ("/usr/lib/os-release/../empty", Err(Some(ErrorKind::NotADirectory))),
        ("/", Err(Some(ErrorKind::InvalidInput))),
        ("/usr/lib", Err(Some(ErrorKind::InvalidInput))),
        ("/lib", Err(Some(ErrorKind::InvalidInput))),
        ("/locked/file", Err(Some(ErrorKind::PermissionDenied))),
        ("/locked/directory/file", Err(Some(ErrorKind::PermissionDenied))),
    ];
    for (path, expected) in cases.iter().filter(|(path, _)| locked || !is_locked(path)) {
        match (system.read(Path::new(path), 100), expected) {
            (Ok(content), Ok(expected)) => assert_eq!(content, expected.as_bytes(), "{path}"),
            (Err(error), Err(Some(kind))) => assert_eq!(error.kind(), *kind, "{path}: {error}"),
            (Err(_), Err(None)) => {}
            (outcome, _) => panic!("{path}: {outcome:?}, expected {expected:?}"),
        }
    }
    let release = Path::new("/etc/os-release");
    assert_eq!(system.read(release, 10).unwrap().len(), 10);
    assert_eq!(system.read(release, 9).unwrap_err().kind(), ErrorKind::FileTooLarge);
    let file = system.open(release).unwrap();
    let mut buffer = [0; 4];
    assert_eq!(file.size(), 10);
    assert_eq!((file.read_at(&mut buffer, 3).unwrap(), &buffer), (4, b"debi"));
    assert_eq!(file.read_at(&mut buffer, 10).unwrap(), 0);
}

fn links(system: &dyn System, locked: bool) {
    let kind = |path: &str| system.symlink_metadata(Path::new(path)).map(|it| it.kind).ok();
    for (path, expected) in [
        ("/", Some(EntryKind::Directory)),
        ("/loop", Some(EntryKind::Symlink)),
        ("/etc/outside", Some(EntryKind::Symlink)),
        ("/lib/os-release", Some(EntryKind::File)),
        ("/var/self", Some(EntryKind::Symlink)),
        ("/locked/file", Some(EntryKind::File)),
        ("/locked/directory", Some(EntryKind::Directory)),
        ("/etc/passwd", None),
        ("/etc/outside/file", None),
    ] {
        if is_locked(path) && !locked {
            continue;
        }
        assert_eq!(kind(path), expected, "{path}");
        assert_eq!(system.exists(Path::new(path)), expected.is_some(), "{path}");
    }
    let link = |path: &str| system.read_link(Path::new(path)).map_err(|error| error.kind());
    assert_eq!(link("/etc/outside"), Ok(PathBuf::from("/etc/passwd")));
    assert_eq!(link("/loop"), Ok(PathBuf::from("loop")));
    assert_eq!(link("/usr/lib/os-release"), Err(ErrorKind::InvalidInput));
    assert_eq!(link("/missing"), Err(ErrorKind::NotFound));
    assert_eq!(system.symlink_metadata(Path::new("/lib")).unwrap().size, 7);
}

fn directories(system: &dyn System, locked: bool) {
    let mut names = system.read_dir(Path::new("/var/self/../lib")).unwrap();
    names.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [("empty", EntryKind::File), ("os-release", EntryKind::File)];
    assert_eq!(names, expected.map(|(name, kind)| (PathBuf::from(name), kind)));
    for (path, kind) in [
        ("/usr/lib/empty", ErrorKind::NotADirectory),
        ("/missing", ErrorKind::NotFound),
        ("/locked/directory", ErrorKind::PermissionDenied),
    ] {
        if is_locked(path) && !locked {
            continue;
        }
        assert_eq!(system.read_dir(Path::new(path)).unwrap_err().kind(), kind, "{path}");
    }
}

/// What a walk showed, each with how often, and its report.
pub(crate) fn walked(
    system: &dyn System,
    options: &WalkOptions,
    step: impl Fn(&Entry) -> WalkStep + Sync,
) -> (BTreeMap<PathBuf, u32>, WalkReport) {
    let seen: Mutex<BTreeMap<PathBuf, u32>> = Mutex::default();
    let report = system.walk(options, &|entry| {
        *seen.lock().unwrap().entry(entry.path.to_path_buf()).or_default() += 1;
        step(entry)
    });
    (seen.into_inner().unwrap(), report)
}

fn walking(system: &dyn System, locked: bool) {
    let parents = ["/", "/chain", "/usr", "/usr/lib", "/etc", "/var", "/locked"];
    let expected: BTreeMap<PathBuf, u32> = TREE
        .iter()
        .map(|(path, _)| PathBuf::from(path))
        .chain(parents.map(PathBuf::from))
        .chain((0..=CHAIN).map(|number| format!("/chain/{number}").into()))
        .filter(|path| locked || !path.starts_with("/locked"))
        .map(|path| (path, 1))
        .collect();
    for threads in [0, 1, 5] {
        let options = WalkOptions { threads, ..WalkOptions::default() };
        let (seen, report) = walked(system, &options, |entry| {
            let again = system.symlink_metadata(entry.path).unwrap();
            assert_eq!(again.kind, entry.metadata.kind);
            assert_eq!(again.size, entry.metadata.size);
            WalkStep::Continue
        });
        assert_eq!(seen, expected, "{threads} threads");
        assert_eq!(report.entries, expected.len() as u64);
        let errors: Vec<_> = report.errors.iter().map(|it| (it.0.as_path(), it.1)).collect();
        let expected = [(Path::new("/locked/directory"), ErrorKind::PermissionDenied)];
        assert_eq!(errors, expected[..usize::from(locked)]);
        assert!(report.other_file_systems.is_empty() && !report.timed_out);
    }
}

fn walking_elsewhere(system: &dyn System) {
    for (start, expected) in [
        ("/usr", &["/usr", "/usr/lib", "/usr/lib/empty", "/usr/lib/os-release"][..]),
        ("usr/lib/", &["/usr/lib", "/usr/lib/empty", "/usr/lib/os-release"]),
        ("/var/self/../usr/lib/empty", &["/usr/lib/empty"]),
        // A link is what it is, also as a start; one on the way there is followed.
        ("/lib", &["/lib"]),
        ("/var/self/self", &["/var/self"]),
    ] {
        let options = WalkOptions { start: start.into(), ..WalkOptions::default() };
        let (seen, report) = walked(system, &options, |_| WalkStep::Continue);
        assert!(seen.keys().eq(expected.iter().map(Path::new)), "{start}: {seen:?}");
        assert!(report.errors.is_empty(), "{start}: {:?}", report.errors);
    }
    let skip = |name: &'static str| {
        move |entry: &Entry| {
            if entry.path == name { WalkStep::Skip } else { WalkStep::Continue }
        }
    };
    let (seen, report) = walked(system, &WalkOptions::default(), skip("/usr"));
    assert!(seen.contains_key(Path::new("/usr")) && !seen.contains_key(Path::new("/usr/lib")));
    assert_eq!(report.entries, seen.len() as u64);
    let (seen, _) = walked(system, &WalkOptions::default(), skip("/"));
    assert_eq!(seen.len(), 1);

    let options = WalkOptions { start: "/missing".into(), ..WalkOptions::default() };
    let (seen, report) = walked(system, &options, |_| WalkStep::Continue);
    assert!(seen.is_empty());
    let errors: Vec<_> = report.errors.iter().map(|it| (it.0.as_path(), it.1)).collect();
    assert_eq!(errors, [(Path::new("/missing"), ErrorKind::NotFound)]);

    let deadline = Some(std::time::Instant::now());
    let options = WalkOptions { deadline, ..WalkOptions::default() };
    let (seen, report) = walked(system, &options, |_| WalkStep::Continue);
    assert!(seen.is_empty() && report.timed_out);
}
