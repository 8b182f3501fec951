//! `pasu image patch --mirror` on an Alpine image, from a repository that is served here.

use crate::apk::{Apk, KEY, data, index, signed};
use crate::images::{Tar, TestImage};
use crate::program::Ran;
use crate::scan::place::{Place, string};
use crate::server::{Fault, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const INDEX: &str = "/alpine/v3.19/main/x86_64/APKINDEX.tar.gz";
const PACKAGE: &str = "/alpine/v3.19/main/x86_64/libssl3-3.1.7-r1.apk";

/// An image with a vulnerable library, a repository with a later one, and a place to work.
struct Bench {
    place: Place,
    server: Server,
    fixed: Apk,
}

impl Bench {
    fn new() -> Self {
        let place = Place::new();
        let fixed = Apk::new(
            "libssl3",
            "3.1.7-r1",
            Tar::new().dir("lib/").file("lib/libssl.so.3", "fixed").file("lib/new", "new"),
        );
        let older = Apk::new("libssl3", "3.1.4-r6", Tar::new());
        let other = Apk::new("zlib", "1.3-r0", Tar::new());
        let server = Server::start(&place.path("www"));
        let bench = Self { place, server, fixed };
        let packages = index(&[&older, &bench.fixed, &other]);
        bench.serve(INDEX, signed(&packages, KEY));
        bench.serve(PACKAGE, &bench.fixed.bytes);
        bench.place.write("web.tar", bench.image().docker());
        bench
    }

    fn image(&self) -> TestImage {
        let installed = "C:Q1oldoldoldoldoldoldoldoldold=\nP:libssl3\nV:3.1.4-r5\nA:x86_64\nS:1\nI:1\nT:T\n\
             o:openssl\nF:lib\nR:gone\nR:libssl.so.3\n\n\
             C:Q1busybusybusybusybusybusybus=\nP:busybox\nV:1.36.1-r19\nA:x86_64\nS:1\nI:1\nT:T\no:busybox\n\n";
        let repositories = format!("{}\n/media/cdrom\n", self.server.url("/alpine/v3.19/main"));
        let release = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.1\n";
        let layer = Tar::new()
            .file("etc/os-release", release)
            .file("etc/apk/arch", "x86_64\n")
            .file("etc/apk/repositories", repositories)
            .file(&format!("etc/apk/keys/{KEY}"), fs::read(data(KEY)).unwrap())
            .file("lib/apk/db/installed", installed)
            .file("lib/gone", "old")
            .file("lib/libssl.so.3", "old");
        TestImage::new().layer(layer).tag("web:1")
    }

    fn serve(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.place.write(&format!("www{path}"), bytes);
    }

    fn patch(&self, more: &[&str]) -> Ran {
        let args = ["image", "patch", "--input", "web.tar", "--lang", "en", "--format", "json"];
        self.place.pasu(&[&args[..], more].concat())
    }

    /// Patches, and reads the report.
    #[track_caller]
    fn patched(&self, output: &str, more: &[&str]) -> Value {
        let ran = self.patch(&[&["-o", output], more].concat());
        assert_eq!(ran.status, Some(0), "{}{}", ran.err, ran.out);
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Patches where that must fail, with these words and without an archive.
    #[track_caller]
    fn refused(&self, more: &[&str], words: &[&str]) -> Ran {
        let ran = self.patch(&[&["--mirror", "-o", "refused.tar"], more].concat());
        assert_eq!(ran.status, Some(2), "{}{}", ran.err, ran.out);
        for word in words {
            assert!(
                ran.err.contains(word) || ran.out.contains(word),
                "{word}: {}{}",
                ran.err,
                ran.out
            );
        }
        let names = crate::program::names(&self.place.path("."));
        let left = |name: &String| name == "refused.tar" || name.starts_with(".pasu-");
        assert!(!names.iter().any(left), "{names:?}");
        ran
    }
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|finding| string(finding, "id")).collect()
}

/// Unpacks the last layer of an archive into a folder.
fn last_layer(archive: &Path, folder: &Path) {
    let unpack = |archive: &Path, folder: &Path| {
        fs::create_dir_all(folder).unwrap();
        let mut tar = Command::new("tar");
        tar.arg("-xf").arg(archive).arg("-C").arg(folder);
        assert!(tar.status().unwrap().success());
    };
    let whole = folder.with_extension("archive");
    unpack(archive, &whole);
    let manifest = fs::read(whole.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layers = manifest[0]["Layers"].as_array().unwrap();
    assert_eq!(layers.len(), 2);
    unpack(&whole.join(layers[1].as_str().unwrap()), folder);
}

#[test]
fn alpine_is_patched_from_its_repositories() {
    let bench = Bench::new();
    let report = bench.patched("one.tar", &["--mirror"]);
    assert_eq!(report["outcome"], "patched");
    let fixed = ids(&report["fixed"]);
    let expected = ["CVE-2024-2511", "CVE-2024-4603", "CVE-2024-4741", "CVE-2024-5535"];
    assert!(expected.iter().all(|id| fixed.contains(&(*id).to_owned())), "{fixed:?}");
    assert_eq!(ids(&report["open"]), [""; 0], "{}", report["open"]);
    let upgrade = &report["upgrades"][0];
    assert_eq!((&upgrade["from"], &upgrade["to"]), (&"3.1.4-r5".into(), &"3.1.7-r1".into()));
    assert!(string(upgrade, "source").contains(KEY), "{upgrade}");
    let layer = bench.place.path("layer");
    last_layer(&bench.place.path("one.tar"), &layer);
    let read = |name: &str| fs::read_to_string(layer.join(name)).unwrap();
    assert_eq!((&*read("lib/libssl.so.3"), &*read("lib/new")), ("fixed", "new"));
    assert!(layer.join("lib/.wh.gone").exists() && !layer.join("lib/gone").exists());
    let installed = read("lib/apk/db/installed");
    let (ours, rest) = installed.split_once("\n\n").unwrap();
    assert!(ours.contains("\nV:3.1.7-r1\n") && ours.contains("\nR:new\n"), "{ours}");
    assert!(!installed.contains("3.1.4-r5") && !ours.contains("gone"), "{installed}");
    assert!(rest.starts_with("C:Q1busybusybusybusybusybusybus=\nP:busybox\nV:1.36.1-r19\n"));
    // The same bytes a second time, and from a mirror that is named.
    let mirror = format!("--mirror={}", bench.server.url("/alpine/"));
    bench.patched("two.tar", &["--mirror"]);
    bench.patched("three.tar", &[&mirror]);
    let bytes = |name: &str| fs::read(bench.place.path(name)).unwrap();
    assert!(bytes("one.tar") == bytes("two.tar") && bytes("one.tar") == bytes("three.tar"));
}

#[test]
fn what_has_some_of_the_fixes_is_taken_and_the_rest_is_open() {
    let bench = Bench::new();
    let half = Apk::new("libssl3", "3.1.6-r0", Tar::new().file("lib/libssl.so.3", "half"));
    bench.serve(INDEX, signed(&index(&[&half]), KEY));
    bench.serve(&PACKAGE.replace("3.1.7-r1", "3.1.6-r0"), &half.bytes);
    let holds = |more: &[&str], outcome: &str| {
        let ran = bench.patch(&[&["--mirror"], more].concat());
        assert_eq!(ran.status, Some(2), "{}{}", ran.err, ran.out);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(report["outcome"], outcome);
        assert_eq!(report["upgrades"][0]["to"], "3.1.6-r0");
        let fixed = ids(&report["fixed"]);
        let expected = ["CVE-2024-2511", "CVE-2024-4603", "CVE-2024-4741", "CVE-2024-5535"];
        assert!(expected.iter().all(|id| fixed.contains(&(*id).to_owned())), "{fixed:?}");
        let open = ids(&report["open"]);
        assert!(["CVE-2024-6119", "CVE-2024-9143"].iter().all(|id| open.contains(&(*id).into())));
        let open = report["open"].as_array().unwrap();
        assert!(open.iter().all(|finding| finding["why"] == "unavailable"), "{open:?}");
        assert!(report["notes"].to_string().contains("3.1.6-r0, does not have all fixes"));
    };
    holds(&["--dry-run"], "planned");
    holds(&["-o", "half.tar"], "patched");
    // Of that, nothing more can be had: a status that is not 0, and no archive.
    fs::copy(bench.place.path("half.tar"), bench.place.path("web.tar")).unwrap();
    bench.refused(&[], &["\"nothing\"", "no package file of a newer version"]);
}

#[test]
fn where_there_is_nothing_to_upgrade_the_archive_is_the_image_as_it_is() {
    let bench = Bench::new();
    let first = bench.patched("first.tar", &["--mirror", "--tag", "web:2"]);
    fs::copy(bench.place.path("first.tar"), bench.place.path("web.tar")).unwrap();
    for (more, name) in [(&[][..], "web:2"), (&["--tag", "web:3"][..], "web:3")] {
        let second = bench.patched("second.tar", &[&["--mirror"], more].concat());
        assert_eq!((&second["outcome"], &second["upgrades"]), (&json!("nothing"), &json!([])));
        let (old, new) = (&first["written"], &second["written"]);
        assert_eq!(
            (&new["id"], &new["added"], &new["tags"]),
            (&old["id"], &json!(0), &json!([name]))
        );
        last_layer(&bench.place.path("second.tar"), &bench.place.path(name));
        let library = bench.place.path(name).join("lib/libssl.so.3");
        assert_eq!(fs::read_to_string(library).unwrap(), "fixed");
    }
    bench.patched("planned.tar", &["--mirror", "--dry-run"]);
    assert!(!bench.place.path("planned.tar").exists());
}

#[test]
fn an_index_counts_only_with_the_signature_of_a_key_that_the_image_trusts() {
    let bench = Bench::new();
    let unsigned = index(&[&bench.fixed]);
    bench.serve(INDEX, &unsigned);
    bench.refused(&[], &["APKINDEX.tar.gz", "it is not signed", "--allow-unsigned"]);
    let report = bench.patched("taken.tar", &["--mirror", "--allow-unsigned"]);
    assert!(string(&report["upgrades"][0], "source").contains("not signed"), "{report}");
    bench.serve(INDEX, signed(&unsigned, "stranger.rsa.pub"));
    bench.refused(&[], &["stranger.rsa.pub", "does not trust"]);
    // What follows the signature is not what was signed: nobody may want that.
    let whole = signed(&unsigned, KEY);
    let signature = &whole[..whole.len() - unsigned.len()];
    let evil = Apk::new("libssl3", "3.1.7-r1", Tar::new().file("lib/libssl.so.3", "evil"));
    bench.serve(INDEX, [signature, &index(&[&evil])].concat());
    bench.refused(&[], &["it was changed"]);
    bench.refused(&["--allow-unsigned"], &["it was changed"]);
    // The same with more behind it than was signed.
    bench.serve(INDEX, [&whole[..], &index(&[&evil])].concat());
    bench.refused(&["--allow-unsigned"], &["it was changed"]);
}

#[test]
fn packages_that_are_not_those_of_the_index_are_refused() {
    let bench = Bench::new();
    let evil = Apk::new("libssl3", "3.1.7-r1", Tar::new().file("lib/libssl.so.3", "evil"));
    bench.serve(PACKAGE, &evil.bytes);
    bench.refused(&[], &["nothing vouches for its package file", "Checksum"]);
    let mut torn = bench.fixed.bytes.clone();
    let at = torn.windows(2).rposition(|pair| pair == [0x1f, 0x8b]).unwrap();
    torn[at + 9] ^= 1;
    bench.serve(PACKAGE, &torn);
    bench.refused(&[], &["libssl3-3.1.7-r1.apk", "SHA-256"]);
}

#[test]
fn mirrors_that_fail_are_named_with_what_they_answer() {
    let bench = Bench::new();
    let fails = |path: &str, fault: Fault, words: &[&str], more: &[&str]| {
        bench.server.fault(path, fault);
        bench.refused(more, words);
    };
    fails(INDEX, Fault::Status(404, None), &["APKINDEX.tar.gz"], &[]);
    fails(INDEX, Fault::Status(500, None), &["APKINDEX.tar.gz", "the server answers 500"], &[]);
    fails(INDEX, Fault::Body(b"<html>login</html>"), &["APKINDEX.tar.gz"], &[]);
    fails(INDEX, Fault::Cut(100), &["APKINDEX.tar.gz"], &[]);
    fails(PACKAGE, Fault::Status(404, None), &["libssl3-3.1.7-r1.apk", "cannot be had"], &[]);
    fails(PACKAGE, Fault::Status(503, None), &["libssl3-3.1.7-r1.apk", "503"], &[]);
    fails(PACKAGE, Fault::Cut(200), &["libssl3-3.1.7-r1.apk"], &[]);
    let start = Instant::now();
    let slow = Fault::Slow(1, Duration::from_millis(50));
    fails(INDEX, slow, &["APKINDEX.tar.gz", "--timeout"], &["--timeout", "2s"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

/// A label about the original's own base stays with the name beside it.
#[test]
fn a_digest_of_another_base_gets_no_name_of_ours() {
    let bench = Bench::new();
    let digest = "org.opencontainers.image.base.digest";
    let name = "org.opencontainers.image.base.name";
    for (labels, is_named) in
        [(json!({ digest: "sha256:0", name: "debian" }), false), (json!({}), true)]
    {
        let image = bench.image().config(json!({ "Labels": labels }));
        bench.place.write("web.tar", image.docker());
        let report = bench.patched("one.tar", &["--mirror"]);
        let labels = &report["written"]["labels"];
        assert_eq!(labels["kr.pasu.patch.base-id"], image.id(), "{labels}");
        assert_eq!(labels.get(name).is_some(), is_named, "{labels}");
    }
}

/// `RUN chmod 0700 /usr/bin/openssl` is gone with the file that it was said of.
#[test]
fn rights_that_an_upgrade_gives_back_are_said() {
    let bench = Bench::new();
    assert_eq!(bench.patched("one.tar", &["--mirror"])["notes"], json!([]));
    let strict = Tar::new().file_with("lib/libssl.so.3", "old", 0o700, 33);
    bench.place.write("web.tar", bench.image().layer(strict).docker());
    let report = bench.patched("two.tar", &["--mirror"]);
    let note = string(&report["notes"][0], "en");
    assert!(note.contains("/lib/libssl.so.3 (0700 33:"), "{note}");
    assert!(note.ends_with(" -> 0644 0:0)"), "{note}");
}
