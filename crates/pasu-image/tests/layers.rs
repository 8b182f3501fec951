//! Layers merged into one tree, as a user of the library sees it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::{Tar, TestImage};
use pasu_image::layer::NoGather;
use pasu_image::tree::{self, ImageSystem, OpenOptions};
use pasu_system::{Layered, System};
use std::path::Path;

fn open(image: &TestImage) -> ImageSystem {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &image.docker()).unwrap();
    let mut image = pasu_image::source::archive::open(file.path()).unwrap();
    tree::open(&mut image, OpenOptions { gather: &NoGather, deadline: None }).unwrap()
}

#[test]
fn a_whiteout_takes_a_file_away_and_history_keeps_it() {
    let image = TestImage::new()
        .layer(Tar::new().file("etc/os-release", "ID=alpine\n").file("etc/secret", "x"))
        .layer(Tar::new().whiteout("etc/secret"));
    let system = open(&image);
    let read = |system: &dyn System, path: &str| system.read(Path::new(path), 100).ok();
    assert_eq!(read(&system, "/etc/os-release").unwrap(), b"ID=alpine\n");
    assert_eq!(read(&system, "/etc/secret"), None);
    assert_eq!(read(&*system.at(0), "/etc/secret").unwrap(), b"x");
}
