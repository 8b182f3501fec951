//! The registry source with Debian's docker-registry: plain, with a login, and with TLS.

use super::common::{Pack, Tar, TestImage, blob};
use super::distribution::{Access, PASSWORD, Registry, USERNAME, certificate};
use pasu_image::layer::NoGather;
use pasu_image::source::{self, Platform, Secret, SourceKind, SourceOptions};
use pasu_image::tree::{ImageSystem, OpenOptions, open};
use pasu_image::{Content, Image, ImageError};
use pasu_system::System;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

fn find(reference: &str, options: &SourceOptions) -> Result<Image, ImageError> {
    source::find(reference, options, &NoGather)
}

fn options() -> SourceOptions {
    SourceOptions { sources: vec![SourceKind::Remote], ..SourceOptions::default() }
}

fn with_login() -> SourceOptions {
    SourceOptions {
        username: Some(USERNAME.to_owned()),
        password: Some(Secret::new(PASSWORD)),
        ..options()
    }
}

fn read(image: &mut Image) -> ImageSystem {
    open(image, OpenOptions { gather: &NoGather, deadline: None }).unwrap()
}

fn text(system: &ImageSystem, path: &str) -> String {
    String::from_utf8(system.read(Path::new(path), 1 << 20).unwrap()).unwrap()
}

/// An image of two layers, packed as asked for.
fn image(pack: Pack) -> TestImage {
    TestImage::new()
        .layer(Tar::new().file("etc/a", "one").file("etc/b", "one"))
        .layer(Tar::new().file("etc/b", "two").whiteout("etc/a"))
        .pack(pack)
}

fn check(name: &str, options: &SourceOptions) {
    let mut found = find(name, options).unwrap();
    assert!(found.layers.iter().all(|layer| matches!(layer.content, Content::Stream(_))));
    let system = read(&mut found);
    assert_eq!(text(&system, "/etc/b"), "two");
    assert!(!system.exists(Path::new("/etc/a")));
}

fn refused(name: &str, options: &SourceOptions) -> String {
    find(name, options).err().expect("it should be refused").to_string()
}

#[test]
#[ignore = "needs docker-registry: `cargo xtask test` runs it"]
fn images_of_every_packing_are_read() {
    let registry = Registry::start(Access::Open);
    for (tag, pack) in [("plain", Pack::None), ("gzip", Pack::Gzip), ("zstd", Pack::Zstd)] {
        let descriptor = registry.push("team/app", tag, &image(pack));
        let name = format!("{}/team/app:{tag}", registry.host);
        check(&name, &options());
        let digest = descriptor["digest"].as_str().unwrap();
        check(&format!("{}/team/app@{digest}", registry.host), &options());
        let found = find(&name, &options()).unwrap();
        assert_eq!(found.repo_tags, [name]);
        assert_eq!(found.repo_digests, [format!("{}/team/app@{digest}", registry.host)]);
    }
}

#[test]
#[ignore = "needs docker-registry: `cargo xtask test` runs it"]
fn dockers_media_types_are_read() {
    let registry = Registry::start(Access::Open);
    let image = image(Pack::Gzip);
    let mut blobs = BTreeMap::new();
    let docker = "application/vnd.docker";
    let config = blob(&mut blobs, &format!("{docker}.container.image.v1+json"), image.raw_config());
    let layers: Vec<_> = image
        .layers
        .iter()
        .map(|(layer, _)| {
            let media_type = format!("{docker}.image.rootfs.diff.tar.gzip");
            blob(&mut blobs, &media_type, super::common::pack(layer, Pack::Gzip))
        })
        .collect();
    let media_type = format!("{docker}.distribution.manifest.v2+json");
    let manifest = json!({"schemaVersion": 2, "mediaType": media_type, "config": config,
        "layers": layers});
    registry.push_blobs("app", &blobs);
    registry.push_manifest("app", "latest", &media_type, manifest.to_string().as_bytes());
    check(&format!("{}/app", registry.host), &options());
}

#[test]
#[ignore = "needs docker-registry: `cargo xtask test` runs it"]
fn the_platform_is_chosen_from_an_index() {
    let registry = Registry::start(Access::Open);
    let mut entries = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let image = TestImage::new()
            .layer(Tar::new().file("etc/architecture", architecture))
            .platform(&format!("linux/{architecture}"));
        entries.push(registry.push("app", architecture, &image));
    }
    let types = [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ];
    for (tag, media_type) in ["oci", "docker"].into_iter().zip(types) {
        let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": entries});
        registry.push_manifest("app", tag, media_type, index.to_string().as_bytes());
        let name = format!("{}/app:{tag}", registry.host);
        for architecture in ["amd64", "arm64"] {
            let platform = Platform::parse(&format!("linux/{architecture}"));
            let mut found = find(&name, &SourceOptions { platform, ..options() }).unwrap();
            assert_eq!(text(&read(&mut found), "/etc/architecture"), architecture);
        }
        let platform = Platform::parse("linux/riscv64");
        let problem = refused(&name, &SourceOptions { platform, ..options() });
        assert!(problem.contains("there are: linux/amd64, linux/arm64"), "{problem}");
    }
}

#[test]
#[ignore = "needs docker-registry: `cargo xtask test` runs it"]
fn a_login_is_needed_and_a_wrong_one_is_said_to_be_wrong() {
    let registry = Registry::start(Access::Open);
    registry.push("app", "latest", &image(Pack::Gzip));
    let registry = registry.restart(Access::Login);
    let name = format!("{}/app", registry.host);
    check(&name, &with_login());
    let problem = refused(&name, &options());
    assert!(problem.contains("wants a login"), "{problem}");
    let wrong = SourceOptions { password: Some(Secret::new("wrong horse")), ..with_login() };
    let error = find(&name, &wrong).err().unwrap();
    assert!(matches!(error, ImageError::Denied { .. }), "{error}");
    assert!(error.to_string().contains(r#"refuses the login of "pasu""#), "{error}");
    assert!(!error.to_string().contains("horse"), "{error}");
    for (name, expected) in [
        (format!("{}/app:other", registry.host), "the repository app has no tag other"),
        (format!("{}/other", registry.host), "other"),
    ] {
        let error = find(&name, &with_login()).err().unwrap();
        assert!(matches!(error, ImageError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
#[ignore = "needs docker-registry: `cargo xtask test` runs it"]
fn a_certificate_is_checked_unless_asked_otherwise() {
    let registry = Registry::start(Access::Open);
    registry.push("app", "latest", &image(Pack::Zstd));
    let registry = registry.restart(Access::Tls);
    let name = format!("{}/app", registry.host);
    let ca_file = |name: &str| Some(certificate(name));
    check(&name, &SourceOptions { ca_file: ca_file("authority.pem"), ..with_login() });
    check(&name, &SourceOptions { insecure: true, ..with_login() });
    for options in [with_login(), SourceOptions { ca_file: ca_file("own.pem"), ..with_login() }] {
        let problem = refused(&name, &options);
        assert!(problem.contains("certificate is not trusted"), "{problem}");
        assert!(problem.contains("--ca-file"), "{problem}");
    }
    let problem = refused(&name, &SourceOptions { ca_file: ca_file("missing.pem"), ..options() });
    assert!(problem.contains("missing.pem"), "{problem}");
    // The key is no certificate, and is not shown.
    let problem = refused(&name, &SourceOptions { ca_file: ca_file("own.key"), ..options() });
    assert!(problem.ends_with("own.key: no certificate in PEM"), "{problem}");

    let registry = registry.restart(Access::OwnTls);
    let name = format!("{}/app", registry.host);
    check(&name, &SourceOptions { ca_file: ca_file("own.pem"), ..options() });
    let problem = refused(&name, &options());
    assert!(problem.contains("certificate is not trusted"), "{problem}");
}

#[test]
#[ignore = "needs docker-registry: `cargo xtask test` runs it"]
fn a_registry_that_goes_away_in_the_middle_is_an_error() {
    let mut registry = Registry::start(Access::Open);
    let large: Vec<u8> =
        (0..8_u32 << 20).map(|number| (number.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect();
    let image = TestImage::new().layer(Tar::new().file("large", large));
    registry.push("app", "latest", &image);
    let found = find(&format!("{}/app", registry.host), &options()).unwrap();
    let Content::Stream(blob) = &found.layers[0].content else { panic!("no stream") };
    let mut reader = blob.open().unwrap();
    reader.read_exact(&mut [0; 1000]).unwrap();
    registry.kill();
    let error = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_err();
    let error = error.downcast::<ImageError>().unwrap();
    assert!(matches!(error, ImageError::Unreachable { .. }), "{error}");
    assert!(error.to_string().starts_with(&format!("{}/app: ", registry.host)), "{error}");
}
