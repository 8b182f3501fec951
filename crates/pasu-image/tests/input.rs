//! `--input`: archives and layouts in every form, several images in one, and what is refused and how.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::{Pack, Tar, TestImage, archive, blob, docker_archive, layout, oci_files, pack};
use pasu_image::cache::{Known, verify};
use pasu_image::layer::NoGather;
use pasu_image::source::{Platform, SourceOptions, containerd, open_input};
use pasu_image::tree::{self, OpenOptions};
use pasu_image::{Image, ImageError};
use pasu_system::System;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn app(version: &str) -> TestImage {
    TestImage::new()
        .layer(Tar::new().file("etc/version", "old"))
        .layer(Tar::new().file("etc/version", version))
        .tag(&format!("app:{version}"))
}

/// A folder with a file `archive` in it.
fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn asked(path: &Path, name: Option<&str>, platform: Option<&str>) -> Result<Image, ImageError> {
    let platform = platform.map(|text| Platform::parse(text).unwrap());
    open_input(path, name, &SourceOptions { platform, ..SourceOptions::default() }, &NoGather)
}

/// Which version an image is, read from its tree with all digests checked.
fn version(image: Result<Image, ImageError>) -> Result<String, ImageError> {
    let mut image = image?;
    verify(&Known::of(&image, None).checks(), None)?;
    let system = tree::open(&mut image, OpenOptions { gather: &NoGather, deadline: None })?;
    let bytes = system.read(Path::new("/etc/version"), 100).unwrap();
    Ok(String::from_utf8(bytes).unwrap())
}

fn refused(bytes: &[u8]) -> String {
    let (folder, path) = written(bytes);
    let error = version(asked(&path, None, None)).unwrap_err().to_string();
    error.replace(&folder.path().display().to_string(), "")
}

#[test]
fn every_form_gives_the_image() {
    for layers in [Pack::None, Pack::Gzip, Pack::Zstd] {
        let image = app("1").pack(layers);
        for bytes in [image.docker(), image.oci()] {
            for whole in [Pack::None, Pack::Gzip, Pack::Zstd] {
                let (_folder, path) = written(&pack(&bytes, whole));
                let found = asked(&path, None, None).unwrap();
                assert_eq!(found.id.to_string(), image.id());
                assert_eq!(found.repo_tags, ["app:1"], "{layers:?} in {whole:?}");
                assert_eq!(found.name, path.display().to_string());
                assert_eq!(version(Ok(found)).unwrap(), "1");
            }
        }
        let folder = tempfile::tempdir().unwrap();
        image.oci_folder(folder.path());
        assert_eq!(version(asked(folder.path(), None, None)).unwrap(), "1");
    }
}

#[test]
fn one_of_several_images_is_chosen_by_its_name() {
    let images = [app("1"), app("2").tag("other:latest")];
    let folder = tempfile::tempdir().unwrap();
    common::write_folder(folder.path(), &oci_files(&images));
    let docker = docker_archive(&images);
    let forms = [docker.clone(), pack(&docker, Pack::Gzip), archive(&oci_files(&images))];
    let paths: Vec<_> = forms.iter().map(|bytes| written(bytes)).collect();
    let mut inputs: Vec<&Path> = paths.iter().map(|(_, path)| path.as_path()).collect();
    inputs.push(folder.path());
    let (id, short) = (images[1].id(), &images[1].id()[7..19]);
    for input in inputs {
        let names =
            ["app:2", "docker.io/library/app:2", "other", "other:latest", id.as_str(), short];
        for name in names {
            assert_eq!(version(asked(input, Some(name), None)).unwrap(), "2", "{name}");
            let behind = format!("{}:{name}", input.display());
            assert_eq!(version(asked(Path::new(&behind), None, None)).unwrap(), "2", "{name}");
        }
        let behind = format!("{}@{id}", input.display());
        assert_eq!(version(asked(Path::new(&behind), None, None)).unwrap(), "2");
        let error = asked(input, None, None).err().unwrap().to_string();
        assert!(error.contains("2 images") && error.contains("app:1, app:2"), "{error}");
        for wrong in ["app", "app:3", "abcdefabcdef", ""] {
            let error = asked(input, Some(wrong), None).err().unwrap().to_string();
            assert!(error.contains("no such image") && error.contains("app:1"), "{error}");
        }
    }
}

#[test]
fn a_tag_alone_chooses_in_a_layout() {
    let mut blobs = BTreeMap::new();
    let manifests = ["1", "2"].map(|version| {
        let mut descriptor = app(version).blobs(&mut blobs);
        descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": version });
        descriptor
    });
    let folder = tempfile::tempdir().unwrap();
    let files = layout(blobs, &json!({ "schemaVersion": 2, "manifests": manifests }));
    common::write_folder(folder.path(), &files);
    assert_eq!(version(asked(folder.path(), Some("2"), None)).unwrap(), "2");
    let behind = format!("{}:1", folder.path().display());
    assert_eq!(version(asked(Path::new(&behind), None, None)).unwrap(), "1");
}

#[test]
fn a_blob_that_containerd_no_longer_has_sends_the_search_on() {
    const CONTENT: &str = "io.containerd.content.v1.content";
    let image = app("1");
    let mut blobs = BTreeMap::new();
    let manifest = image.blobs(&mut blobs)["digest"].as_str().unwrap().to_owned();
    let roots = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for root in &roots {
        image.oci_folder(&root.path().join(CONTENT));
    }
    let places = roots.each_ref().map(|root| root.path().to_owned());
    let find = |places: &[PathBuf]| {
        containerd::find_in(places, None, &manifest, &SourceOptions::default())
    };
    for digest in blobs.keys() {
        let path = format!("blobs/{}", digest.replace(':', "/"));
        let file = places[0].join(CONTENT).join(&path);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let error = find(&places[..1]).err().unwrap();
        assert!(matches!(error, ImageError::NotFound { .. }), "{error}");
        let said = error.to_string();
        assert!(*digest == manifest || said.contains(&path), "{said}");
        assert_eq!(version(find(&places)).unwrap(), "1");
        std::fs::write(&file, bytes).unwrap();
    }
    assert_eq!(version(find(&places[..1])).unwrap(), "1");
}

#[test]
fn nested_indexes_lead_to_the_platform_asked_for() {
    let mut blobs = BTreeMap::new();
    let kinds = ["linux/amd64", "linux/arm64/v8"];
    let entries: Vec<_> =
        kinds.iter().map(|kind| app(kind).platform(kind).blobs(&mut blobs)).collect();
    let kind = "application/vnd.oci.image.index.v1+json";
    let inner = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": entries });
    let inner = blob(&mut blobs, kind, inner.to_string().into_bytes());
    let index = json!({ "schemaVersion": 2, "manifests": [inner] });
    let (_folder, path) = written(&archive(&layout(blobs, &index)));
    let arm = version(asked(&path, None, Some("linux/arm64"))).unwrap();
    assert_eq!(arm, "linux/arm64/v8");
    let error = asked(&path, None, Some("linux/s390x")).err().unwrap().to_string();
    assert!(error.contains("linux/amd64, linux/arm64/v8"), "{error}");
    let (_folder, path) = written(&app("1").docker());
    assert_eq!(version(asked(&path, None, Some("linux/amd64"))).unwrap(), "1");
    let error = asked(&path, None, Some("linux/arm64")).err().unwrap().to_string();
    assert!(error.contains("for linux/arm64; it is for linux/amd64"), "{error}");
}

#[test]
fn what_is_no_image_is_told_by_what_it_is() {
    let tree = Tar::new().dir("etc/").file("etc/passwd", "root:x:0:0::/:/bin/sh\n").build();
    for (bytes, expected) in [
        (&b""[..], "it is empty"),
        (b"\x7fELF\x02", "a program"),
        (b"PK\x03\x04", "zip or JAR"),
        (b"\xfd7zXZ\0", "unxz"),
        (b" {\"bomFormat\"", "pasu sbom"),
        (b"hello", "neither a tar archive"),
        (&tree, "pasu rootfs DIR"),
        (&pack(&tree, Pack::Gzip), "pasu rootfs DIR"),
        (&pack(b"hello", Pack::Gzip), "ends early"),
    ] {
        let error = refused(bytes);
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let error = asked(folder.path(), None, None).err().unwrap().to_string();
    assert!(error.contains("no OCI layout") && error.contains("pasu rootfs"), "{error}");
    let error = asked(Path::new("/nowhere/x.tar"), None, None).err().unwrap().to_string();
    assert!(error.starts_with("/nowhere/x.tar: No such file"), "{error}");
}

#[test]
fn artifacts_that_are_no_images_are_refused_unless_one_is_beside_them() {
    let mut blobs = BTreeMap::new();
    let chart = json!({
        "schemaVersion": 2,
        "config": blob(&mut blobs, "application/vnd.cncf.helm.config.v1+json", b"{}".to_vec()),
        "layers": [blob(&mut blobs, "application/vnd.cncf.helm.chart.content.v1.tar+gzip", vec![1])],
    });
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let chart = blob(&mut blobs, kind, chart.to_string().into_bytes());
    let config = app("1").raw_config();
    let statement = json!({
        "schemaVersion": 2,
        "config": blob(&mut blobs, "application/vnd.oci.image.config.v1+json", config),
        "layers": [blob(&mut blobs, "application/vnd.in-toto+json", b"{}".to_vec())],
    });
    let statement = blob(&mut blobs, kind, statement.to_string().into_bytes());
    for (entry, expected) in [(&chart, "helm.config"), (&statement, "in-toto")] {
        let index = json!({ "schemaVersion": 2, "manifests": [entry] });
        let error = refused(&archive(&layout(blobs.clone(), &index)));
        assert!(error.contains("no container image") && error.contains(expected), "{error}");
    }
    let mut image = app("1").blobs(&mut blobs);
    image["annotations"] = json!({ "org.opencontainers.image.ref.name": "app:1" });
    let index = json!({ "schemaVersion": 2, "manifests": [chart, image] });
    let (_folder, path) = written(&archive(&layout(blobs, &index)));
    assert_eq!(version(asked(&path, None, None)).unwrap(), "1");
}

#[test]
fn damage_anywhere_is_refused() {
    for layers in [Pack::None, Pack::Gzip] {
        let image = app("1").pack(layers);
        let files = image.oci_files();
        for name in files.keys().filter(|name| name.starts_with("blobs/")) {
            let mut damaged = files.clone();
            *damaged.get_mut(name).unwrap().last_mut().unwrap() ^= 1;
            for whole in [Pack::None, Pack::Zstd] {
                let error = refused(&pack(&archive(&damaged), whole));
                let told = error.contains("digest mismatch") || error.contains(name.as_str());
                assert!(told, "{name}: {error}");
            }
            let mut shorter = files.clone();
            let left = shorter[name].len() - 1;
            shorter.get_mut(name).unwrap().truncate(left);
            refused(&archive(&shorter));
            let mut missing = files.clone();
            missing.remove(name);
            let error = refused(&archive(&missing));
            assert!(error.contains("is named and is not there"), "{error}");
        }
        let whole = image.docker();
        for length in (0..whole.len() - 1024).step_by(1000) {
            refused(&whole[..length]);
        }
        let gzip = pack(&whole, Pack::Gzip);
        for length in (0..gzip.len()).step_by(100) {
            refused(&gzip[..length]);
        }
    }
}

#[test]
fn a_layer_that_is_not_what_the_configuration_names_is_refused() {
    let mut one = app("1");
    let other = app("2");
    // The archive names another image's layers beside this configuration.
    let config = one.raw_config();
    one.layers = other.layers;
    let name = format!("{}.json", &common::sha256(&config)[7..]);
    let mut files = BTreeMap::from([(name.clone(), config)]);
    let layers: Vec<String> = (0..2).map(|number| format!("{number}/layer.tar")).collect();
    for (path, (layer, _)) in layers.iter().zip(&one.layers) {
        files.insert(path.clone(), layer.clone());
    }
    let manifest = json!([{ "Config": name, "RepoTags": null, "Layers": layers }]);
    files.insert("manifest.json".into(), manifest.to_string().into_bytes());
    assert!(refused(&archive(&files)).contains("digest mismatch"));
    files.get_mut(&name).unwrap().push(b' ');
    let error = refused(&archive(&files));
    assert!(error.contains("digest mismatch") && error.contains(&name), "{error}");
}
