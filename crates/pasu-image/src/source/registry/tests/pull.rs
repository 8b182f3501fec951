use super::fixture::{DOCKER, OCI, Packing, Store, find, layer, open, read, refusal};
use super::server::{Reply, Server};
use crate::error::ImageError;
use crate::source::{Platform, SourceOptions};
use pasu_system::System;
use serde_json::json;
use std::path::Path;

fn options() -> SourceOptions {
    SourceOptions::default()
}

/// A registry that holds what it is given.
fn registry(store: Store) -> Server {
    Server::start(move |seen| store.answer(seen))
}

fn text(system: &impl System, path: &str) -> String {
    String::from_utf8(system.read(Path::new(path), 1 << 20).unwrap()).unwrap()
}

#[test]
fn an_image_is_found_by_its_tag_and_its_layers_are_one_tree() {
    let mut store = Store::new("team/app");
    let layers = [
        (layer(&[("etc/a", b"one"), ("etc/b", b"one")]), Packing::DockerGzip),
        (layer(&[("etc/b", b"two"), ("etc/c", b"two")]), Packing::Zstd),
        (layer(&[("etc/.wh.a", b""), ("etc/c", b"three")]), Packing::Plain),
    ];
    let manifest = store.image("1.0", "amd64", &layers);
    let digest = manifest["digest"].as_str().unwrap().to_owned();
    let server = registry(store);
    let name = format!("{}/team/app", server.host);
    let mut image = find(&format!("{name}:1.0"), &options()).unwrap();
    assert_eq!(image.repo_tags, [format!("{name}:1.0")]);
    assert_eq!(image.repo_digests, [format!("{name}@{digest}")]);
    assert_eq!(image.manifest.as_ref().unwrap().as_str(), digest);
    let paths = server.paths();
    assert_eq!(paths.len(), 2, "layers are not fetched yet: {paths:?}");
    assert_eq!(paths[0], "/v2/team/app/manifests/1.0");
    let system = read(&mut image).unwrap();
    assert!(system.read(Path::new("/etc/a"), 10).is_err());
    assert_eq!(server.paths().len(), 5);
    // What passed by is read again from the registry.
    assert_eq!(text(&system, "/etc/b"), "two");
    assert_eq!(text(&system, "/etc/c"), "three");
}

#[test]
fn an_image_is_found_by_its_digest_whatever_the_tag_says() {
    let mut store = Store::new("app");
    let manifest = store.image("old", "amd64", &[(layer(&[("a", b"old")]), Packing::Plain)]);
    store.image("new", "amd64", &[(layer(&[("a", b"new")]), Packing::Plain)]);
    let digest = manifest["digest"].as_str().unwrap().to_owned();
    let server = registry(store);
    let image = find(&format!("{}/app:new@{digest}", server.host), &options()).unwrap();
    assert_eq!(image.repo_tags, Vec::<String>::new());
    assert_eq!(image.repo_digests, [format!("{}/app@{digest}", server.host)]);
    assert_eq!(server.paths()[0], format!("/v2/app/manifests/{digest}"));
}

/// An index of images for two platforms, what BuildKit says of one, and an artifact.
fn index(media_type: &str) -> Store {
    let mut store = Store::new("app");
    let mut entries = Vec::new();
    for architecture in ["amd64", "s390x"] {
        let content = layer(&[("etc/architecture", architecture.as_bytes())]);
        let mut entry = store.image(architecture, architecture, &[(content, Packing::DockerGzip)]);
        entry["platform"] = json!({"os": "linux", "architecture": architecture});
        entries.push(entry);
    }
    let mut attestation = entries[0].clone();
    attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
    entries.insert(0, attestation);
    let document = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": entries});
    store.manifest("latest", media_type, &document);
    store
}

#[test]
fn the_image_for_the_platform_is_taken_from_an_index() {
    let types =
        [format!("{OCI}.index.v1+json"), format!("{DOCKER}.distribution.manifest.list.v2+json")];
    for media_type in types {
        let store = index(&media_type);
        let top = crate::Digest::of(&store.manifests["latest"].1);
        let server = registry(store);
        let name = format!("{}/app", server.host);
        for architecture in ["amd64", "s390x"] {
            let platform = Platform::parse(&format!("linux/{architecture}"));
            let mut image = find(&name, &SourceOptions { platform, ..options() }).unwrap();
            assert_eq!(image.config.architecture, architecture);
            assert_eq!(image.repo_digests, [format!("{name}@{top}")]);
            assert_ne!(image.manifest.as_ref(), Some(&top));
            assert_eq!(text(&read(&mut image).unwrap(), "/etc/architecture"), architecture);
        }
        let platform = Platform::parse("linux/riscv64");
        let (error, text) = refusal(find(&name, &SourceOptions { platform, ..options() }));
        assert!(matches!(error, ImageError::NotFound { .. }));
        assert_eq!(
            text,
            format!(
                "{name}: no such image for linux/riscv64; there are: linux/amd64, linux/s390x; \
                 hint: --platform"
            )
        );
    }
}

#[test]
fn an_image_for_another_platform_than_asked_for_is_refused() {
    let mut store = Store::new("app");
    store.image("latest", "s390x", &[(layer(&[("a", b"a")]), Packing::Plain)]);
    let server = registry(store);
    let name = format!("{}/app", server.host);
    // For one platform only, and none was asked for.
    open(&name, &options()).unwrap();
    let platform = Platform::parse("linux/amd64");
    let (_, text) = refusal(find(&name, &SourceOptions { platform, ..options() }));
    assert!(text.contains("it is for linux/s390x alone"), "{text}");
}

#[test]
fn what_is_not_there_is_not_found_and_said_where() {
    let mut store = Store::new("app");
    store.image("latest", "amd64", &[]);
    let server = registry(store);
    let host = &server.host;
    let missing = format!("sha256:{}", "0".repeat(64));
    for (name, expected) in [
        (format!("{host}/app:1"), format!("asked {host}: the repository app has no tag 1")),
        (format!("{host}/other"), format!("asked {host}: the registry has no repository other")),
        (
            format!("{host}/app@{missing}"),
            format!("asked {host}: the repository app has no manifest {missing}"),
        ),
    ] {
        let (error, text) = refusal(find(&name, &options()));
        assert!(matches!(error, ImageError::NotFound { .. }), "{error:?}");
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_before_its_layers_are_fetched() {
    let mut store = Store::new("app");
    let manifest = store.image("latest", "amd64", &[(layer(&[("a", b"a")]), Packing::Plain)]);
    let bytes = store.manifests[manifest["digest"].as_str().unwrap()].1.clone();
    let good: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let media_type = format!("{OCI}.manifest.v1+json");
    let mut foreign = good.clone();
    foreign["layers"][0]["urls"] = json!(["https://elsewhere.example/layer"]);
    store.manifest("foreign", &media_type, &foreign);
    let mut more = good.clone();
    more["layers"].as_array_mut().unwrap().push(good["layers"][0].clone());
    store.manifest("more", &media_type, &more);
    let mut larger = good;
    larger["config"]["size"] = json!(1);
    store.manifest("larger", &media_type, &larger);
    let signed = format!("{DOCKER}.distribution.manifest.v1+prettyjws");
    store.manifest("signed", &signed, &json!({"schemaVersion": 1, "fsLayers": []}));
    store.manifest("page", "text/html", &json!("<html>"));
    let server = registry(store);
    for (tag, expected) in [
        ("foreign", "lies elsewhere"),
        ("more", "2 layers in the manifest, 1 in the configuration"),
        ("larger", "bytes instead of 1"),
        ("signed", "schema 1"),
        ("page", "app: tag page: manifest: "),
    ] {
        let (_, text) = refusal(find(&format!("{}/app:{tag}", server.host), &options()));
        assert!(text.contains(expected), "{tag}: {text}");
    }
}

#[test]
fn what_is_not_as_its_digest_says_is_refused() {
    let mut store = Store::new("app");
    let content = layer(&[("a", b"a")]);
    let manifest = store.image("latest", "amd64", &[(content.clone(), Packing::Plain)]);
    let digest = manifest["digest"].as_str().unwrap().to_owned();
    let (_, bytes) = store.manifests[&digest].clone();
    let parsed: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let of = |part: &serde_json::Value| format!("/blobs/{}", part["digest"].as_str().unwrap());
    let config = of(&parsed["config"]);
    for (part, number) in [
        (format!("/manifests/{digest}"), 0),
        ("/manifests/latest".to_owned(), 1),
        (config, 2),
        (of(&parsed["layers"][0]), 3),
    ] {
        let (store, wrong) = (store.clone(), part.clone());
        let server = Server::start(move |seen| {
            let mut reply = store.answer(seen);
            if seen.path.ends_with(&wrong) {
                // As long as before.
                let last = reply.body.len() - 2;
                reply.body[last] ^= 1;
            }
            reply
        });
        let version = if number == 0 { format!("@{digest}") } else { String::new() };
        let (error, text) = refusal(open(&format!("{}/app{version}", server.host), &options()));
        assert!(matches!(error, ImageError::DigestMismatch { .. }), "{part}: {text}");
        assert!(text.ends_with("the image is refused"), "{text}");
    }
}

#[test]
fn the_storage_that_a_registry_leads_to_is_followed_and_not_told_the_login() {
    let mut store = Store::new("app");
    store.image("latest", "amd64", &[(layer(&[("a", b"far")]), Packing::Zstd)]);
    let blobs = store.blobs.clone();
    let storage = Server::start(move |seen| {
        let digest = seen.path.strip_prefix("/signed/").unwrap().split('?').next().unwrap();
        Reply::new(200, blobs[digest].clone())
    });
    let far = storage.host.clone();
    let server = Server::start(move |seen| match seen.path.split_once("/blobs/") {
        _ if seen.header("authorization") != Some("Bearer secret-token") => Reply::new(401, ""),
        Some((_, digest)) => {
            let place = format!("http://{far}/signed/{digest}?signature=s");
            Reply::new(307, "").with("Location", place)
        }
        None => store.answer(seen),
    });
    let token = Some(crate::source::Secret::new("secret-token"));
    let options = SourceOptions { registry_token: token, ..options() };
    let system = open(&format!("{}/app", server.host), &options).unwrap();
    assert_eq!(text(&system, "/a"), "far");
    assert!(!storage.seen().is_empty());
    for seen in storage.seen() {
        assert_eq!(seen.header("authorization"), None);
    }
}
