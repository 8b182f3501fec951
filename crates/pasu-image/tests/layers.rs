//! Layers merged into one tree: every case of the table, read in place and as a stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cases;
mod common;

use cases::Case;
use common::{Pack, Tar, TestImage};
use pasu_image::layer::NoGather;
use pasu_image::source::SourceOptions;
use pasu_image::tree::{self, ImageSystem, OpenOptions};
use pasu_system::{EntryKind, Layered, Removed, System, WalkOptions, WalkStep};
use std::ffi::OsStr;
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

/// What layers brought and later ones took away, found out by walking the tree as it was after each layer:
/// `0-2 a/x=1`, with `+` where another file took its place.
fn removed_by_walks(system: &ImageSystem) -> Vec<String> {
    let views: Vec<_> = (0..system.layers()).map(|layer| system.at(layer)).collect();
    let inode = |layer: usize, path: &Path| {
        let metadata = views[layer].symlink_metadata(path).ok()?;
        let resolved = path.parent().is_none_or(|folder| is_real(&*views[layer], folder));
        (metadata.kind == EntryKind::File && resolved).then_some(metadata.inode)
    };
    let mut removed = Vec::new();
    for (layer, view) in views.iter().enumerate() {
        let files = Mutex::new(Vec::new());
        view.walk(&WalkOptions::default(), &|entry| {
            if entry.metadata.kind == EntryKind::File {
                files.lock().unwrap().push((entry.path.to_path_buf(), entry.metadata.inode));
            }
            WalkStep::Continue
        });
        for (path, it) in files.into_inner().unwrap() {
            let is_old = layer > 0 && inode(layer - 1, &path) == Some(it);
            let by = (layer + 1..views.len()).find(|later| inode(*later, &path) != Some(it));
            let Some(by) = by.filter(|_| !is_old) else { continue };
            let now = views[by].symlink_metadata(&path).ok();
            let sign =
                if now.is_some_and(|now| now.kind != EntryKind::Directory) { "+" } else { "" };
            let shown = line(&**view, &path, EntryKind::File);
            removed.push(format!("{layer}-{by}{sign} {shown}"));
        }
    }
    removed.sort();
    removed
}

/// Whether a folder is one itself, and not behind a link.
fn is_real(system: &dyn System, folder: &Path) -> bool {
    folder.ancestors().all(|part| {
        system.symlink_metadata(part).is_ok_and(|found| found.kind == EntryKind::Directory)
    })
}

fn removed(system: &ImageSystem, wanted: &dyn Fn(&OsStr) -> bool) -> Vec<String> {
    let shown = |removed: Removed| {
        let sign = if removed.is_replaced { "+" } else { "" };
        let content = line(&*system.at(removed.layer), &removed.path, EntryKind::File);
        format!("{}-{}{sign} {content}", removed.layer, removed.by)
    };
    let mut found: Vec<String> = system.removed(wanted).map(shown).collect();
    found.sort();
    found
}

#[test]
fn what_is_no_more_in_the_tree_is_found_with_both_layers() {
    let mut total = 0;
    for case in cases::all() {
        let image = case.layers.iter().cloned().fold(TestImage::new(), TestImage::layer);
        let system = open(&image);
        let found = removed(&system, &|_| true);
        assert_eq!(found, removed_by_walks(&system), "{}", case.name);
        total += found.len();
    }
    assert!(total > 50, "{total}");
}

#[test]
fn a_removed_file_is_told_of_with_its_path_in_the_tree() {
    let layer = Tar::new;
    let base = layer().symlink("app", "srv/app").file("app/key", "1").file("etc/key", "2");
    let image = [
        base.file("etc/other", "3"),
        layer().file("etc/passwd", "x"),
        layer().file("etc/key", "4").file("etc/readme", ""),
        layer().whiteout("srv/app"),
        layer().file("app/key", "5"),
    ];
    let image = image.into_iter().fold(TestImage::new(), TestImage::layer);
    let found = removed(&open(&image), &|name| name == "key");
    assert_eq!(found, ["0-2+ etc/key=2", "0-3 srv/app/key=1"]);
}

#[test]
fn a_folder_that_is_not_listed_has_the_attributes_of_the_one_below_unless_that_was_taken_away() {
    let base = Tar::new().dir_with("a/", 0o750).dir_with("b/", 0o750).file("b/x", "");
    let above = Tar::new().whiteout("a").file("a/n", "").opaque("b").file("b/n", "");
    let system = open(&TestImage::new().layer(base).layer(above));
    let mode = |path: &str| system.symlink_metadata(Path::new(path)).unwrap().mode;
    assert_eq!((mode("/a"), mode("/b")), (0o755, 0o750));
    assert_eq!(tree_of(&system), "a/ a/n= b/ b/n=");
}

#[test]
fn who_wrote_a_file_is_known_since_it_was_last_made() {
    let layers = [
        Tar::new().file("d/a", "1").file("d/b", "1").file("f", "1"),
        Tar::new().file("d/a", "2").whiteout("d/b").file("d/b", "2").file("f/x", "2"),
        Tar::new().file("d/a", "3").file("d/b", "3").file("f", "3"),
        Tar::new().opaque("d").file("d/b", "4").file("f", "4"),
    ];
    let system = open(&layers.into_iter().fold(TestImage::new(), TestImage::layer));
    let writes = |path: &str| system.writes(Path::new(path));
    assert_eq!((writes("/d/b"), writes("/f")), (vec![3], vec![2, 3]));
    assert_eq!((writes("/d/a"), writes("/d"), writes("/none")), (vec![], vec![], vec![]));
    let before = system.at(2);
    assert_eq!(before.symlink_metadata(Path::new("/d/a")).unwrap().size, 1);
    let below = system.layered().unwrap();
    assert_eq!(below.writes(Path::new("/d/b")), [3]);
}
