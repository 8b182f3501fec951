//! What is kept of images between runs: the same answers, never for other bytes, and never in the way.

use crate::images::{Pack, Tar, TestImage};
use crate::program::{pasu, run, text};
use crate::scan::place::{OS_RELEASE, Place, STATUS};
use serde_json::Value;
use std::fs;
use std::process::Stdio;

fn image() -> TestImage {
    let lodash = r#"{"name": "lodash", "version": "4.17.20"}"#;
    TestImage::new()
        .layer(
            Tar::new()
                .file("etc/os-release", OS_RELEASE)
                .file("etc/shadow", "root:$6$secret:1::::::")
                .file("var/lib/dpkg/status", STATUS),
        )
        .layer(Tar::new().file("srv/node_modules/lodash/package.json", lodash))
}

/// A report without what differs from run to run.
fn report(place: &Place, args: &[&str]) -> Value {
    let mut report = place.json(&[&["image", "--cache-dir", "cache"], args].concat());
    report["CreatedAt"] = Value::Null;
    report["ReportID"] = Value::Null;
    report
}

fn entries(place: &Place) -> u64 {
    let ran = place.pasu(&["cache", "status", "--json", "--cache-dir", "cache"]);
    let status: Value = serde_json::from_str(&ran.out).unwrap();
    status["Entries"].as_u64().unwrap()
}

#[test]
fn a_second_run_and_an_image_on_the_same_base_answer_as_without_a_cache() {
    let place = Place::new();
    for pack in [Pack::None, Pack::Gzip] {
        let base = image().pack(pack);
        let axios = r#"{"name": "axios", "version": "1.7.0"}"#;
        let child =
            base.clone().layer(Tar::new().file("opt/node_modules/axios/package.json", axios));
        for (name, image) in [("base.tar", &base), ("child.tar", &child)] {
            place.write(name, image.docker());
            let without = report(&place, &["--input", name, "--no-cache"]);
            let first = report(&place, &["--input", name]);
            let kept = entries(&place);
            assert!(kept > 0);
            let second = report(&place, &["--input", name]);
            assert_eq!(first, without, "{name} {pack:?}");
            assert_eq!(second, without, "{name} {pack:?}");
            assert_eq!(entries(&place), kept, "{name} {pack:?}");
        }
    }
}

/// Somebody who exchanges a layer must not be believed because the right one was seen before.
#[test]
fn known_digests_do_not_excuse_other_bytes() {
    for pack in [Pack::None, Pack::Gzip] {
        let place = Place::new();
        let mut image = image().pack(pack);
        place.write("a.tar", image.docker());
        report(&place, &["--input", "a.tar"]);
        image.forged = Some(image.raw_config());
        image.layers[1].0 = Tar::new().file("srv/evil", "x").build();
        place.write("a.tar", image.docker());
        let ran = place.pasu(&["image", "--cache-dir", "cache", "--input", "a.tar"]);
        assert_eq!(ran.status, Some(2), "{pack:?}: {}", ran.out);
        assert!(ran.err.contains("digest mismatch"), "{pack:?}: {}", ran.err);
    }
}

#[test]
fn eight_processes_share_one_store() {
    let place = Place::new();
    place.write("a.tar", image().pack(Pack::Gzip).docker());
    let children: Vec<_> = (0..8)
        .map(|_| {
            pasu(&["image", "--input", text(&place.path("a.tar")), "--format", "json"])
                .env("PASU_DB", place.path("pasu.db"))
                .env("PASU_CACHE_DIR", place.path("cache"))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(String::from_utf8_lossy(&output.stdout).contains("CVE-2021-23337"));
    }
    assert!(entries(&place) > 0);
}

#[test]
fn a_store_that_is_damaged_or_cannot_be_is_said_once_and_does_no_harm() {
    let place = Place::new();
    place.write("a.tar", image().docker());
    let expected = report(&place, &["--input", "a.tar"]);
    let store = place.path("cache/images-1.db");
    fs::write(&store, "rubbish".repeat(1000)).unwrap();
    for (folder, notes) in [("cache", 1), ("cache", 0), ("a.tar/none", 1)] {
        let args = ["image", "--input", "a.tar", "--format", "json", "--cache-dir", folder];
        let ran = place.pasu(&args);
        assert_eq!(ran.err.lines().count(), notes, "{}", ran.err);
        let mut found: Value = serde_json::from_str(&ran.out).unwrap();
        found["CreatedAt"] = Value::Null;
        found["ReportID"] = Value::Null;
        assert_eq!(found, expected);
        let quiet = place.pasu(&[&args[..], &["--quiet"]].concat());
        assert_eq!(quiet.err, "");
    }
}

#[test]
fn the_store_is_shown_and_cleared() {
    let place = Place::new();
    let none = place.pasu(&["cache", "status", "--cache-dir", "cache"]);
    assert!(none.out.contains("0 entries"), "{}", none.out);
    assert!(!place.path("cache").exists(), "looking makes nothing");
    place.write("a.tar", image().docker());
    report(&place, &["--input", "a.tar"]);
    let kept = entries(&place);
    let young = place.pasu(&["cache", "clear", "--older-than", "1d", "--cache-dir", "cache"]);
    assert_eq!(young.out, "0 entries removed\n");
    let all =
        run(&mut pasu(&["cache", "clear", "--json", "--cache-dir", text(&place.path("cache"))]));
    assert_eq!(all.out, format!("{{\"Removed\":{kept}}}\n"));
    assert_eq!(entries(&place), 0);
}
