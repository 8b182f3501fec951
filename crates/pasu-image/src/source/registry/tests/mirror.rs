use super::fixture::{Packing, Store, layer, patience, read, refusal};
use super::server::{Reply, Server};
use crate::source::registry::find_at;
use crate::source::registry::places::Places;
use crate::source::{Secret, SourceOptions};
use std::fs;
use tempfile::TempDir;

fn store(repository: &str) -> Store {
    let mut store = Store::new(repository);
    store.image("latest", "amd64", &[(layer(&[("a", b"a")]), Packing::Plain)]);
    store
}

/// A machine on which one registry has mirrors.
fn machine(prefix: &str, mirrors: &[&str]) -> (TempDir, Places) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("registries.conf");
    let mirrors: String =
        mirrors.iter().map(|at| format!("[[registry.mirror]]\nlocation = '{at}'\n")).collect();
    fs::write(&path, format!("[[registry]]\nprefix = '{prefix}'\n{mirrors}")).unwrap();
    (folder, Places { containers: vec![path], ..Places::default() })
}

#[test]
fn mirrors_are_asked_in_order_and_then_the_registry() {
    let (whole, other) = (store("app"), store("copy/app"));
    let origin = Server::start(move |seen| whole.answer(seen));
    let good = Server::start(move |seen| other.answer(seen));
    let empty = Server::start(|_| Reply::error(404, "NAME_UNKNOWN", "no"));
    let refusing = Server::start(|_| Reply::new(401, ""));
    let copy = format!("{}/copy", good.host);
    let first = [empty.host.as_str(), refusing.host.as_str(), copy.as_str(), "127.0.0.1:1"];
    let (_folder, places) = machine(&origin.host, &first);
    let name = format!("{}/app", origin.host);
    let options = SourceOptions { username: Some("u".into()), ..SourceOptions::default() };
    let mut image = find_at(&places, patience(), &name, &options).unwrap();
    read(&mut image).unwrap();
    assert_eq!(image.repo_tags, [format!("{name}:latest")], "as it was named");
    assert_eq!((empty.seen().len(), refusing.seen().len()), (1, 1));
    assert_eq!(good.paths()[0], "/v2/copy/app/manifests/latest");
    assert!(origin.seen().is_empty());

    let (_folder, places) = machine(&origin.host, &first[..2]);
    find_at(&places, patience(), &name, &options).unwrap();
    assert!(!origin.seen().is_empty());
}

#[test]
fn when_nobody_has_it_everybodys_answer_is_said() {
    let origin = Server::start(|_| Reply::error(404, "NAME_UNKNOWN", "no"));
    let broken = Server::start(|_| Reply::new(400, "what?"));
    let (_folder, places) = machine(&origin.host, &[&broken.host, "127.0.0.1:1"]);
    let token = Some(Secret::new("secret-token"));
    let options = SourceOptions { registry_token: token, ..SourceOptions::default() };
    let name = format!("{}/app", origin.host);
    let (_, text) = refusal(find_at(&places, patience(), &name, &options));
    assert!(text.contains(&format!("asked {}: the registry has no repository", origin.host)));
    assert!(text.contains(&format!("; mirror {}: ", broken.host)), "{text}");
    assert!(text.contains("; mirror 127.0.0.1:1: "), "{text}");
    assert_eq!(broken.seen()[0].header("authorization"), None);
    assert_eq!(origin.seen()[0].header("authorization"), Some("Bearer secret-token"));
}
