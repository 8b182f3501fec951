//! Certificates, proxies and redirects of `pasu db update`.

use crate::program::{Ran, pasu, run};
use crate::server::{Fault, Server};
use std::path::{Path, PathBuf};

/// Asks a server for a database; it has none worth having, so what is said of the signature shows how far it came.
fn update(from: &str, variables: &[(&str, &Path)]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let key = "0".repeat(64);
    let args = ["db", "update", "--from", from, "--key", &key, "--retries", "0", "--db"];
    run(pasu(&args).arg(folder.path().join("pasu.db")).envs(variables.iter().copied()))
}

fn authority() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls/authority.pem")
}

#[test]
fn a_private_authority_is_trusted_only_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_tls(folder.path());
    let url = server.url("/pasu.db");
    let stranger = update(&url, &[]);
    assert_eq!(stranger.status, Some(2));
    assert!(stranger.err.contains("UnknownIssuer"), "{}", stranger.err);
    let named = update(&url, &[("SSL_CERT_FILE", &authority())]);
    assert!(named.err.contains("the server has no such file"), "{}", named.err);
    let wrong = update(&url, &[("SSL_CERT_FILE", Path::new("/nowhere.pem"))]);
    assert!(wrong.err.contains("SSL_CERT_FILE: cannot read /nowhere.pem"), "{}", wrong.err);
}

#[test]
fn a_redirect_out_of_tls_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pasu.db.sig"), "0".repeat(128)).unwrap();
    let clear = Server::start(folder.path());
    let server = Server::start_tls(folder.path());
    server.fault("/pasu.db.sig", Fault::Redirect(clear.url("/pasu.db.sig")));
    let ran = update(&server.url("/pasu.db"), &[("SSL_CERT_FILE", &authority())]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("redirects from https to http"), "{}", ran.err);
    assert!(clear.seen().is_empty());
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let proxy = Server::start(folder.path());
    let address = PathBuf::from(proxy.url(""));
    let ran = update(&server.url("/pasu.db"), &[("http_proxy", &address)]);
    assert_eq!(ran.status, Some(2));
    assert!(server.seen().is_empty() && !proxy.seen().is_empty(), "{}", ran.err);
    let ran = update(
        &server.url("/pasu.db"),
        &[("http_proxy", &address), ("no_proxy", Path::new("127.0.0.1"))],
    );
    assert!(!server.seen().is_empty() && proxy.seen().is_empty(), "{}", ran.err);
}

#[test]
fn a_password_in_a_url_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.url("/pasu.db").replace("http://", "http://user:hunter2@");
    let ran = update(&url, &[]);
    assert_eq!(ran.status, Some(2));
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
}
