//! Layers and archives made to do harm: memory stays small, the time is kept, and the reason is said.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::{Item, Pack, Tar, TestImage, base256, pack};
use pasu_image::layer::{NoGather, Room, ScanOptions, scan};
use pasu_image::source::{SourceOptions, open_input};
use pasu_image::tree::{self, OpenOptions};
use pasu_image::{ImageError, decode};
use std::io::Read;
use std::time::{Duration, Instant};

fn scanned(reader: impl Read, deadline: Option<Instant>) -> Result<(usize, u64), String> {
    let room = Room::new(1 << 20);
    let options = ScanOptions { gather: &NoGather, room: &room, deadline };
    let scanned = scan(reader, options).map_err(|error| error.to_string())?;
    Ok((scanned.table.count(), scanned.size))
}

fn problem(tar: Vec<u8>) -> String {
    // Both ways to read a layer must refuse it alike.
    let seen = scanned(tar.as_slice(), None).unwrap_err();
    let listed = opened(&TestImage::new().bytes(tar), None).unwrap_err().to_string();
    let shared = listed.contains(&seen) || seen == "the archive ends early";
    assert!(shared, "{seen} against {listed}");
    seen
}

fn opened(image: &TestImage, deadline: Option<Instant>) -> Result<(), ImageError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), image.docker()).unwrap();
    let options = SourceOptions { deadline, ..SourceOptions::default() };
    let mut image = open_input(file.path(), None, &options, &NoGather)?;
    tree::open(&mut image, OpenOptions { gather: &NoGather, deadline }).map(drop)
}

#[test]
fn headers_that_promise_too_much_are_refused() {
    let sized = |kind, size| {
        let item = Item { name: b"a", kind, size: Some(size), ..Item::default() };
        Tar::new().item(&item).build()
    };
    let off = Item { name: b"a", checksum_off_by: 1, ..Item::default() };
    let cut = Tar::new().file("a", "0123456789").unfinished();
    for (bytes, expected) in [
        (sized(b'0', base256(1 << 63)), "size is no number"),
        (sized(b'0', base256((1 << 63) - 1)), "the archive ends early"),
        (sized(b'0', base256(1 << 62)), "the archive ends early"),
        (sized(b'x', *b"10000000000\0"), "extended header of 1073741824 bytes"),
        (sized(b'L', *b"10000000000\0"), "extended header of 1073741824 bytes"),
        (sized(b'K', *b"00004000001\0"), "extended header of 1048577 bytes"),
        (sized(b'0', *b"9\0\0\0\0\0\0\0\0\0\0\0"), "size is no number"),
        (sized(b'0', [0xff; 12]), "a negative size"),
        (sized(b'x', *b"00000002000\0"), "PAX record"),
        (Tar::new().pax(&[("size", b"-1")]).file("a", "1").build(), "no number"),
        (Tar::new().pax(&[("path", b"a\0b")]).file("a", "1").build(), "zero byte"),
        (Tar::new().item(&off).build(), "no tar header at byte 0: its checksum is wrong"),
        (
            Tar::new().file("a", "1").raw(&[0; 512]).file("b", "2").build(),
            "a lone empty block at byte 1024",
        ),
        (Tar::new().file("a", "1").raw(b"garbage").build(), "no tar header at byte 1024"),
        (cut[..700].to_vec(), "the archive ends early"),
        (cut[..300].to_vec(), "the archive ends early"),
    ] {
        let error = problem(bytes);
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn what_comes_after_the_end_is_passed_over_and_hashed() {
    let tar = Tar::new().file("a", "1").raw(&[0; 1024]).raw(b"garbage").build();
    let length = tar.len() as u64;
    assert_eq!(scanned(tar.as_slice(), None).unwrap(), (1, length));
    opened(&TestImage::new().bytes(tar.clone()), None).unwrap();
    opened(&TestImage::new().bytes(tar).pack(Pack::Gzip), None).unwrap();
}

/// A layer whose one file unfolds to a terabyte, or as long as somebody reads.
fn bomb() -> impl Read {
    let item = Item { name: b"zeros", size: Some(base256(1 << 40)), ..Item::default() };
    std::io::Cursor::new(Tar::new().item(&item).unfinished()).chain(std::io::repeat(0))
}

#[test]
fn a_bomb_ends_at_the_deadline() {
    let started = Instant::now();
    let error = scanned(bomb(), Some(started + Duration::from_millis(200))).unwrap_err();
    assert!(error.contains("--timeout"), "{error}");
    let member = pack(&vec![0; 1 << 20], Pack::Gzip);
    let head = Tar::new()
        .item(&Item { name: b"zeros", size: Some(base256(1 << 40)), ..Item::default() })
        .unfinished();
    // Members of a thousandth, one after the other: a gigabyte for each megabyte.
    let members = [pack(&head, Pack::Gzip), member.repeat(1000)].concat();
    let deadline = Some(Instant::now() + Duration::from_millis(200));
    let reader = decode(Box::new(std::io::Cursor::new(members))).unwrap();
    let error = scanned(reader, deadline).unwrap_err();
    assert!(error.contains("--timeout"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn whiteouts_that_take_the_same_folder_again_and_again_cost_no_more_than_one() {
    let wide = (0..20_000).fold(Tar::new(), |tar, number| tar.file(&format!("a/{number}"), ""));
    let again = (0..30_000).fold(Tar::new(), |tar, _| tar.opaque("a"));
    let started = Instant::now();
    opened(&TestImage::new().layer(wide).layer(again), None).unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_layer_that_takes_itself_away_again_and_again_is_unpacked_in_time() {
    // Each file takes the place of a folder of thousands, which comes back below a link.
    let mut tar = Tar::new();
    for round in 0..200 {
        tar = tar.symlink("l", "a").dir("a/");
        tar = (0..200).fold(tar, |tar, number| tar.file(&format!("l/{round}/{number}"), ""));
        tar = tar.file("a", "");
    }
    let started = Instant::now();
    opened(&TestImage::new().layer(tar), None).unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn deep_paths_are_merged_and_too_long_ones_reported() {
    let deep = "d/".repeat(2000) + "f";
    let long = "n/".repeat(2100) + "f";
    let tar = Tar::new().gnu_long(b'L', deep.as_bytes()).file("x", "1");
    let image = TestImage::new().layer(tar.gnu_long(b'L', long.as_bytes()).file("x", "1"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), image.docker()).unwrap();
    let mut image = open_input(file.path(), None, &SourceOptions::default(), &NoGather).unwrap();
    let options = OpenOptions { gather: &NoGather, deadline: None };
    let system = tree::open(&mut image, options).unwrap();
    use pasu_system::System;
    assert!(system.exists(std::path::Path::new(&format!("/{deep}"))));
    let [problem] = system.problems() else { panic!("{:?}", system.problems()) };
    assert!(problem.detail.contains("4096 bytes"), "{problem:?}");
}
