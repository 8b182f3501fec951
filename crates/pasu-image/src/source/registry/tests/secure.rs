//! What TLS promises: nothing that began with it goes on without it.

use super::fixture::{Packing, Store, find, layer, open, patience, read, refusal};
use super::server::{Reply, Server, certificate};
use crate::error::ImageError;
use crate::source::registry::find_at;
use crate::source::registry::places::Places;
use crate::source::{Secret, SourceOptions};
use std::fs;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

fn store() -> Store {
    let mut store = Store::new("app");
    store.image("latest", "amd64", &[(layer(&[("a", b"a")]), Packing::Plain)]);
    store
}

/// Trusts the authority for tests, and has a password.
fn options() -> SourceOptions {
    SourceOptions {
        ca_file: Some(certificate("authority.pem")),
        username: Some("user".into()),
        password: Some(Secret::new("hunter2")),
        ..SourceOptions::default()
    }
}

fn insecure() -> SourceOptions {
    SourceOptions { insecure: true, ca_file: None, ..options() }
}

fn name(server: &Server) -> String {
    format!("{}/app", server.host)
}

#[test]
fn a_certificate_that_is_not_trusted_ends_it_also_on_this_machine() {
    let store = store();
    let server = Server::with_tls(None, move |seen| store.answer(seen));
    open(&name(&server), &options()).unwrap();
    open(&name(&server), &insecure()).unwrap();
    let before = server.seen().len();
    let untrusted = SourceOptions { ca_file: None, ..options() };
    let (error, text) = refusal(find(&name(&server), &untrusted));
    assert!(matches!(error, ImageError::Unreachable { .. }), "{error:?}");
    assert!(text.contains("certificate is not trusted"), "{text}");
    assert_eq!(server.seen().len(), before, "nothing was said");
}

#[test]
fn a_redirect_from_tls_to_plain_http_is_followed_only_if_asked() {
    let store = store();
    let blobs = store.blobs.clone();
    let plain = Server::start(move |seen| Reply::new(200, blobs[&seen.path[1..]].clone()));
    let host = plain.host.clone();
    let server = Server::with_tls(None, move |seen| match seen.path.split_once("/blobs/") {
        Some((_, digest)) => {
            Reply::new(307, "").with("Location", format!("http://{host}/{digest}"))
        }
        None => store.answer(seen),
    });
    let (_, text) = refusal(find(&name(&server), &options()));
    assert!(text.contains("a redirect from TLS to http:, which is not followed"), "{text}");
    assert!(plain.seen().is_empty());
    open(&name(&server), &insecure()).unwrap();
}

#[test]
fn a_token_service_without_tls_gets_no_login_from_a_registry_with_it() {
    let service = Server::start(|_| Reply::new(200, r#"{"token":"t"}"#));
    let (store, realm) = (store(), format!("http://{}/token", service.host));
    let server = Server::with_tls(None, move |seen| match seen.header("authorization") {
        Some("Bearer t") => store.answer(seen),
        _ => Reply::new(401, "").with("WWW-Authenticate", format!(r#"Bearer realm="{realm}""#)),
    });
    let (error, text) = refusal(find(&name(&server), &options()));
    assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
    assert!(text.contains("its token service is not on TLS"), "{text}");
    assert!(service.seen().is_empty());
    open(&name(&server), &insecure()).unwrap();
}

#[test]
fn our_certificate_is_shown_to_the_registry_and_not_to_where_it_leads() {
    let store = store();
    let storage: Arc<OnceLock<String>> = Arc::default();
    let far = Arc::clone(&storage);
    let server = Server::with_tls(Some("client.pem"), move |seen| {
        match (seen.path.split_once("/blobs/"), far.get()) {
            (Some((_, digest)), Some(host)) => {
                Reply::new(307, "").with("Location", format!("https://{host}/{digest}"))
            }
            _ => store.answer(seen),
        }
    });
    let folder = TempDir::new().unwrap();
    let certificates = folder.path().join(&server.host);
    fs::create_dir(&certificates).unwrap();
    let places = Places { certificates: vec![folder.path().to_owned()], ..Places::default() };
    let (_, text) = refusal(find_at(&places, patience(), &name(&server), &options()));
    assert!(text.contains("wants to see a certificate of ours"), "{text}");
    for (file, as_what) in [("client.pem", "client.cert"), ("client.key", "client.key")] {
        fs::copy(certificate(file), certificates.join(as_what)).unwrap();
    }
    let find = || find_at(&places, patience(), &name(&server), &options());
    read(&mut find().unwrap()).unwrap();
    // A storage that asks for a certificate gets none.
    let strict = Server::with_tls(Some("client.pem"), |_| Reply::new(200, ""));
    storage.set(strict.host.clone()).unwrap();
    assert!(find().is_err());
    assert!(strict.seen().is_empty());
}
