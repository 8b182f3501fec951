//! An image is a target like any other: the questions that every target is asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(unused_imports, reason = "the questions say where these are: in the root")]

mod common;
#[allow(dead_code, reason = "targets on disk use more of it")]
#[path = "../../pasu-system/src/suite/questions.rs"]
mod questions;

use common::{Pack, Tar, TestImage};
use pasu_image::layer::NoGather;
use pasu_image::source::{SourceOptions, open_input};
use pasu_image::tree::{self, OpenOptions};
use pasu_system::{Entry, EntryKind, System, WalkOptions, WalkReport, WalkStep};
use questions::{CHAIN, Node, TREE};

#[test]
fn images_answer_as_every_target() {
    for pack in [Pack::None, Pack::Zstd] {
        // In two layers, each with every other path; a third takes away what was never in the tree.
        let mut layers = [Tar::new().file("chain/0", "end"), Tar::new().file("extra", "x")];
        for number in 1..=CHAIN {
            let layer = layers[number % 2].clone();
            layers[number % 2] =
                layer.symlink(&format!("chain/{number}"), &format!("/chain/{}", number - 1));
        }
        for (number, (path, node)) in TREE.iter().enumerate() {
            let layer = layers[number % 2].clone();
            layers[number % 2] = match node {
                Node::File(content) => layer.file(&path[1..], content),
                Node::Link(target) => layer.symlink(&path[1..], target),
                Node::Locked | Node::LockedDirectory => layer,
            };
        }
        let image = layers.into_iter().fold(TestImage::new().pack(pack), TestImage::layer);
        let image = image.layer(Tar::new().whiteout("extra"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), image.docker()).unwrap();
        let mut image =
            open_input(file.path(), None, &SourceOptions::default(), &NoGather).unwrap();
        let options = OpenOptions { gather: &NoGather, deadline: None };
        questions::ask(&tree::open(&mut image, options).unwrap(), false);
    }
}
