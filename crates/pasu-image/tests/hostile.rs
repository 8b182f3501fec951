//! The fuzz targets of this crate on mutated seeds: no panic, and no input that takes long. Coverage-guided fuzzing of
//! the same functions is in `fuzz/`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../../../fuzz/src/image.rs"]
mod image;
#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/trial.rs"]
mod trial;

use pasu_image::ImageError;
use pasu_image::source::passing::{PassOptions, read};
use trial::run;

#[test]
fn layers() {
    run("image_layers", image::image_layers);
}

#[test]
fn archives() {
    run("image_archive", image::image_archive);
}

#[test]
fn documents() {
    run("image_documents", image::image_documents);
}

#[test]
fn names_of_containerd() {
    run("containerd_names", image::containerd_names);
}

/// Its seed leads to an image: one that is not what its digest says.
#[test]
fn the_seed_of_names_is_understood() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/containerd_names/shop");
    let error = image::named(&std::fs::read(seed).unwrap()).err().unwrap();
    assert!(matches!(error, ImageError::DigestMismatch { .. }), "{error}");
}

#[test]
fn frames_of_storage() {
    run("storage_frame", image::storage_frame);
}

#[test]
fn the_seed_of_frames_is_understood() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/storage_frame/shop");
    let bytes = image::framed(&std::fs::read(seed).unwrap()).unwrap();
    assert_eq!(bytes, b"etc/etc/os-release:ID=alpine\nID\0\0\0\0\0\0\0\0");
}

/// What makes the seeds worth mutating: they are understood.
#[test]
fn seeds_are_images() {
    let seed = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds");
        std::fs::read(format!("{folder}/{name}")).unwrap()
    };
    for bytes in [
        seed("image_archive/docker.tar"),
        seed("image_archive/oci.tar"),
        image::documents(&seed("image_documents/docker")),
        image::documents(&seed("image_documents/oci")),
    ] {
        let gather = &pasu_image::layer::NoGather;
        let options = PassOptions { gather, platform: None, deadline: None, again: None };
        assert_eq!(read("seed", Box::new(bytes.as_slice()), &options).unwrap().len(), 1);
    }
}
