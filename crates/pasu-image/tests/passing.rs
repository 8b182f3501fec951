//! Archives that pass by once, in any order and layout.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::{Pack, Tar, TestImage, archive, docker_archive, layout, oci_files, pack};
use pasu_image::layer::NoGather;
use pasu_image::source::Platform;
use pasu_image::source::passing::{PassOptions, read};
use pasu_image::tree::{self, OpenOptions};
use pasu_image::{Blob, Content, Image, ImageError};
use pasu_system::System;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn two() -> TestImage {
    TestImage::new()
        .layer(Tar::new().file("etc/os-release", "ID=alpine\n").file("etc/secret", "x"))
        .layer(Tar::new().whiteout("etc/secret").file("etc/new", "n"))
        .tag("app:1")
}

fn pass(bytes: &[u8], platform: Option<&str>) -> Result<Vec<Image>, ImageError> {
    let platform = platform.map(|text| Platform::parse(text).unwrap());
    let options =
        PassOptions { gather: &NoGather, platform: platform.as_ref(), deadline: None, again: None };
    read("here", Box::new(bytes), &options)
}

fn only(bytes: &[u8]) -> Image {
    let mut images = pass(bytes, None).unwrap();
    assert_eq!(images.len(), 1);
    images.remove(0)
}

fn check(bytes: &[u8], expected: &TestImage) {
    let mut image = only(bytes);
    assert_eq!(image.id.to_string(), expected.id());
    assert_eq!(image.repo_tags, expected.tags);
    assert!(image.layers.iter().all(|layer| matches!(layer.content, Content::Scanned(_))));
    let options = OpenOptions { gather: &NoGather, deadline: None };
    let system = tree::open(&mut image, options).unwrap();
    assert!(system.exists(Path::new("/etc/os-release")) && system.exists(Path::new("/etc/new")));
    assert!(!system.exists(Path::new("/etc/secret")));
}

fn error(bytes: &[u8]) -> String {
    pass(bytes, None).err().unwrap().to_string()
}

#[test]
fn every_layout_and_compression_gives_the_same_image() {
    for layers in [Pack::None, Pack::Gzip, Pack::Zstd] {
        let image = two().pack(layers);
        for whole in [Pack::None, Pack::Gzip, Pack::Zstd] {
            check(&pack(&image.docker(), whole), &image);
            check(&pack(&image.oci(), whole), &image);
        }
        // Engines from 25 on write both, in the order of names.
        let mut both = image.oci_files();
        let mut blobs = BTreeMap::new();
        let manifest = image.blobs(&mut blobs);
        let bytes = &blobs[manifest["digest"].as_str().unwrap()];
        let manifest_json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let path = |digest: &serde_json::Value| {
            format!("blobs/{}", digest.as_str().unwrap().replace(':', "/"))
        };
        let layers: Vec<String> = manifest_json["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|layer| path(&layer["digest"]))
            .collect();
        let saved = serde_json::json!([{
            "Config": path(&manifest_json["config"]["digest"]), "RepoTags": image.tags, "Layers": layers,
        }]);
        both.insert("manifest.json".into(), saved.to_string().into_bytes());
        check(&archive(&both), &image);
        let found = only(&archive(&both));
        assert_eq!(found.manifest.unwrap().to_string(), manifest["digest"]);
    }
}

#[test]
fn what_names_the_layers_may_come_first_or_last() {
    let image = two();
    let files = image.oci_files();
    let mut names: Vec<&String> = files.keys().collect();
    for _ in 0..names.len() {
        names.rotate_left(1);
        let tar = names.iter().fold(Tar::new(), |tar, name| tar.file(name, &files[*name]));
        check(&tar.build(), &image);
    }
}

#[test]
fn layers_linked_to_each_other_are_one() {
    let layer = Tar::new().file("a", "1").build();
    let image = TestImage::new().bytes(layer.clone()).bytes(layer.clone());
    let saved = serde_json::json!([{
        "Config": "c.json", "RepoTags": null, "Layers": ["one/layer.tar", "two/layer.tar"],
    }]);
    let tar = Tar::new()
        .file("c.json", image.raw_config())
        .dir("one")
        .symlink("one/layer.tar", "../two/layer.tar")
        .dir("two")
        .file("two/layer.tar", layer)
        .file("manifest.json", saved.to_string());
    assert_eq!(only(&tar.build()).layers.len(), 2);
}

#[test]
fn several_images_and_platforms_are_told_apart() {
    let other = TestImage::new().layer(Tar::new().file("b", "2")).tag("other:2");
    let names = |images: Vec<Image>| {
        images.into_iter().flat_map(|image| image.repo_tags).collect::<Vec<_>>().join(" ")
    };
    let images = [two(), other];
    assert_eq!(names(pass(&docker_archive(&images), None).unwrap()), "app:1 other:2");
    assert_eq!(names(pass(&archive(&oci_files(&images)), None).unwrap()), "app:1 other:2");

    let arm = two().platform("linux/arm64").config(serde_json::json!({"User": "arm"}));
    let both = archive(&oci_files(&[two(), arm.clone()]));
    let id = |platform| pass(&both, Some(platform)).map(|found| found[0].id.to_string());
    assert_eq!(id("linux/arm64").unwrap(), arm.id());
    assert_eq!(id("linux/amd64").unwrap(), two().id());
    assert!(id("linux/s390x").unwrap_err().to_string().contains("--platform"));
    // One image alone is taken, whatever it is for, unless something else was asked for.
    assert_eq!(only(&arm.oci()).id.to_string(), arm.id());
    assert!(pass(&arm.oci(), Some("linux/amd64")).is_err());
}

#[test]
fn what_is_not_whole_is_refused_by_name() {
    let image = two();
    let docker = image.docker();
    assert!(error(&docker[..docker.len() / 2]).contains("here: "), "cut");
    assert!(error(b"").contains("neither manifest.json nor index.json"));
    assert!(error(&Tar::new().file("manifest.json", "[]").build()).contains("no image in it"));
    assert!(error(&Tar::new().file("manifest.json", "[{").build()).contains("manifest.json"));
    assert!(error(&pack(&docker, Pack::Gzip)[..200]).starts_with("here: "));

    let mut files = image.oci_files();
    let layer = common::sha256(&image.layers[0].0).replace(':', "/");
    files.remove(&format!("blobs/{layer}")).unwrap();
    let message = error(&archive(&files));
    assert!(message.contains(&layer) && message.contains("is not there"), "{message}");
    files.insert(format!("blobs/{layer}"), Tar::new().file("other", "x").build());
    let message = error(&archive(&files));
    assert!(message.contains("digest mismatch"), "{message}");
    files.insert(format!("blobs/{layer}"), pack(b"no archive at all, so there", Pack::Gzip));
    assert!(error(&archive(&files)).contains(&layer));

    // An index that names itself would go on forever.
    let blobs = BTreeMap::new();
    let entry = serde_json::json!({ "digest": common::sha256(b"{}"), "size": 2 });
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [entry] });
    assert!(error(&archive(&layout(blobs, &index))).contains("is not there"));
}

#[test]
fn what_is_no_part_of_an_image_does_no_harm() {
    let image = two();
    let mut files = image.oci_files();
    files.insert("blobs/sha256/signature".into(), b"{\"_type\":1}".to_vec());
    files.insert("other.gz".into(), pack(b"text", Pack::Gzip));
    files.insert("other.bin".into(), vec![7; 3000]);
    check(&archive(&files), &image);
}

/// An archive that counts how often it is opened.
struct Counted(Vec<u8>, AtomicUsize);

impl Blob for Counted {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(std::io::Cursor::new(self.0.clone())))
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn place(&self) -> String {
        "engine".into()
    }
}

#[test]
fn a_file_that_was_not_kept_is_read_from_the_archive_again() {
    let content: Vec<u8> = (0..600_000_u32).map(|number| (number % 251) as u8).collect();
    let image = TestImage::new()
        .layer(Tar::new().file("first", "1"))
        .layer(Tar::new().file("before", "22").file("large", &content))
        .pack(Pack::Gzip);
    let blob = Arc::new(Counted(image.oci(), AtomicUsize::new(0)));
    let options = PassOptions {
        gather: &NoGather,
        platform: None,
        deadline: None,
        again: Some(Arc::clone(&blob) as Arc<dyn Blob>),
    };
    let mut image = read("here", blob.open().unwrap(), &options).unwrap().remove(0);
    let options = OpenOptions { gather: &NoGather, deadline: None };
    let system = tree::open(&mut image, options).unwrap();
    assert_eq!(blob.1.load(Ordering::Relaxed), 1);
    assert!(system.read(Path::new("/large"), 1 << 20).unwrap() == content);
    assert_eq!(blob.1.load(Ordering::Relaxed), 2);
}
