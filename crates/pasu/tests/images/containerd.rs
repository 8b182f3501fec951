//! `pasu image --all` where containerd is the only engine.

use super::images::{Pack, Tar, TestImage};
use super::own_containerd::Containerd;
use serde_json::Value;
use std::fs;
use std::process::{Command, Output, Stdio};

const INSTALLED: &str = "P:openssl\nV:3.1.3-r0\nA:x86_64\n\n";

fn listed(address: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
    command.args(["image", "--all", "--image-src", "containerd", "--format", "json"]);
    command.args(["--no-cache", "--list-all-pkgs", "--lang", "en"]).stdin(Stdio::null());
    command.env("CONTAINERD_ADDRESS", address).env_remove("CONTAINERD_NAMESPACE");
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn packages(report: &Value) -> usize {
    let results = report["Results"].as_array().map_or(&[][..], Vec::as_slice);
    results.iter().filter_map(|result| result["Packages"].as_array()).map(Vec::len).sum()
}

#[test]
#[ignore = "needs containerd: `cargo xtask test` runs it"]
fn images_of_containerd_alone_are_scanned_each_once() {
    let containerd = Containerd::start();
    let address = containerd.socket().display().to_string();
    let image = |text: &str| {
        TestImage::new()
            .layer(Tar::new().file("etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n"))
            .layer(Tar::new().file("lib/apk/db/installed", INSTALLED).file("own", text))
            .pack(Pack::Gzip)
    };
    containerd.import("k8s.io", &image("1").tag("registry.example/shop:1").oci());
    containerd.import("default", &image("1").tag("shop:again").oci());
    containerd.import("k8s.io", &image("2").tag("registry.example/pay:2").oci());
    let output = listed(&address);
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = reports.as_array().unwrap();
    let names: Vec<&str> =
        reports.iter().map(|report| report["ArtifactName"].as_str().unwrap()).collect();
    assert_eq!(names, ["registry.example/pay:2", "registry.example/shop:1"], "{}", said(&output));
    assert!(reports.iter().all(|report| packages(report) == 1), "{reports:?}");
    assert!(!said(&output).contains("could not be listed"), "{}", said(&output));
    // One that is not whole any more is no image without packages.
    let root = containerd.root();
    fs::remove_dir_all(root.join("io.containerd.snapshotter.v1.overlayfs/snapshots")).unwrap();
    for blob in fs::read_dir(root.join("io.containerd.content.v1.content/blobs/sha256")).unwrap() {
        let blob = blob.unwrap().path();
        let is_layer = fs::read(&blob).unwrap().starts_with(&[0x1f, 0x8b]);
        is_layer.then(|| fs::remove_file(blob).unwrap());
    }
    let output = listed(&address);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(said(&output).matches("not all of it is there").count(), 2, "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.trim(), "[]", "{}", said(&output));
}

#[test]
#[ignore = "needs containerd: `cargo xtask test` runs it"]
fn a_containerd_that_does_not_run_is_not_one_without_images() {
    let address = {
        let containerd = Containerd::start();
        let output = listed(&containerd.socket().display().to_string());
        assert_eq!(output.status.code(), Some(0), "an empty store is one: {}", said(&output));
        containerd.socket().display().to_string()
    };
    let output = listed(&address);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains(&address) && output.stdout.is_empty(), "{}", said(&output));
}
