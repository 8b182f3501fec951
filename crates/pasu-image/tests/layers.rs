//! Layers merged into one tree: every case of the table, read in place and as a stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cases;
mod common;

use cases::Case;
use common::{Pack, TestImage};
use pasu_image::layer::NoGather;
use pasu_image::source::SourceOptions;
use pasu_image::tree::{self, ImageSystem, OpenOptions};
use pasu_system::{EntryKind, System, WalkOptions, WalkStep};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

fn open(image: &TestImage) -> ImageSystem {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &image.docker()).unwrap();
    let mut image =
        pasu_image::source::open_input(file.path(), None, &SourceOptions::default(), &NoGather)
            .unwrap();
    tree::open(&mut image, OpenOptions { gather: &NoGather, deadline: None }).unwrap()
}

/// What is there, as [`Case::tree`] has it.
fn tree_of(system: &dyn System) -> String {
    let lines = Mutex::new(Vec::new());
    let report = system.walk(&WalkOptions::default(), &|entry| {
        if entry.path != Path::new("/") {
            lines.lock().unwrap().push(line(system, entry.path, entry.metadata.kind));
        }
        WalkStep::Continue
    });
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let mut lines = lines.into_inner().unwrap();
    lines.sort();
    lines.join(" ")
}

fn line(system: &dyn System, path: &Path, kind: EntryKind) -> String {
    let name = common::shown(&path.as_os_str().as_bytes()[1..]);
    match kind {
        EntryKind::Directory => name + "/",
        EntryKind::File => name + "=" + &common::shown(&system.read(path, 100).unwrap()),
        EntryKind::Symlink => {
            name + "->" + &common::shown(system.read_link(path).unwrap().as_os_str().as_bytes())
        }
        EntryKind::Other => name + "?",
    }
}

fn check(case: &Case, pack: Pack) {
    let image = TestImage { pack, ..TestImage::new() };
    let image = case.layers.iter().cloned().fold(image, TestImage::layer);
    let system = open(&image);
    let how = format!("{} ({pack:?})", case.name);
    assert_eq!(tree_of(&system), case.tree, "{how}");
    let problems = system.problems();
    assert_eq!(problems.len(), case.problems.len(), "{how}: {problems:?}");
    for (problem, expected) in problems.iter().zip(case.problems) {
        assert!(problem.detail.contains(expected), "{how}: {problem:?}");
    }
}

#[test]
fn every_case_gives_its_tree() {
    for case in cases::all() {
        check(&case, Pack::None);
        check(&case, Pack::Gzip);
    }
}
