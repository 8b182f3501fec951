use super::fixture::{Packing, Store, find, layer, open, patience, refusal};
use super::server::{Reply, Seen, Server};
use crate::error::ImageError;
use crate::source::registry::find_at;
use crate::source::registry::places::Places;
use crate::source::{Secret, SourceOptions};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

fn store() -> Store {
    let mut store = Store::new("team/app");
    store.image("latest", "amd64", &[(layer(&[("a", b"a")]), Packing::Plain)]);
    store
}

fn login(username: &str, password: &str) -> SourceOptions {
    SourceOptions {
        username: Some(username.into()),
        password: Some(Secret::new(password)),
        ..SourceOptions::default()
    }
}

/// `Basic` with the login `user`, `hunter2`.
const BASIC: &str = "Basic dXNlcjpodW50ZXIy";

/// A registry that wants a password.
fn basic() -> Server {
    let store = store();
    Server::start(move |seen| match seen.header("authorization") {
        Some(BASIC) => store.answer(seen),
        _ => Reply::error(401, "UNAUTHORIZED", "authentication required")
            .with("WWW-Authenticate", r#"Basic realm="Registry Realm""#),
    })
}

#[test]
fn a_password_is_sent_to_who_asks_for_it() {
    let server = basic();
    let name = format!("{}/team/app", server.host);
    open(&name, &login("user", "hunter2")).unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), None, "not before it is asked for");
    assert_eq!(seen.len(), 4, "and from then on at once: {seen:?}");
}

#[test]
fn a_wrong_login_does_not_read_as_a_missing_image() {
    let server = basic();
    let name = format!("{}/team/app", server.host);
    let (error, text) = refusal(find(&name, &login("user", "hunter3")));
    assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
    assert!(text.contains(r#"refuses the login of "user" from --username"#), "{text}");
    assert!(!text.contains("hunter3"), "{text}");
    let (error, text) = refusal(find(&name, &SourceOptions::default()));
    assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
    assert!(text.contains(&format!("hint: docker login {}", server.host)), "{text}");
}

/// A registry with a token service that knows some; `asked` says who we are, and gives the token.
fn tokens(asked: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    let store = store();
    let host: Arc<OnceLock<String>> = Arc::default();
    let own = Arc::clone(&host);
    let server = Server::start(move |seen| {
        if seen.path.starts_with("/token") {
            return asked(seen);
        }
        if seen.header("authorization") == Some("Bearer fresh") {
            return store.answer(seen);
        }
        let realm = format!("http://{}/token", own.get().unwrap());
        let scope = "repository:team/app:pull";
        let challenge = format!(r#"Bearer realm="{realm}",service="a b",scope="{scope}""#);
        Reply::error(401, "UNAUTHORIZED", "authentication required")
            .with("WWW-Authenticate", challenge)
    });
    host.set(server.host.clone()).unwrap();
    server
}

#[test]
fn a_token_is_fetched_for_the_repository_without_a_login_or_with_one() {
    let expected = "/token?service=a+b&scope=repository%3Ateam%2Fapp%3Apull";
    let server = tokens(|_| Reply::new(200, r#"{"token":"fresh","expires_in":300}"#));
    open(&format!("{}/team/app", server.host), &SourceOptions::default()).unwrap();
    let asked = server.seen().into_iter().find(|seen| seen.path.starts_with("/token")).unwrap();
    assert_eq!((asked.path.as_str(), asked.header("authorization")), (expected, None));
    assert_eq!(server.paths().iter().filter(|path| path.starts_with("/token")).count(), 1);

    let server = tokens(|seen| match seen.header("authorization") {
        Some(BASIC) => Reply::new(200, r#"{"access_token":"fresh"}"#),
        _ => Reply::new(401, r#"{"details":"incorrect username or password"}"#),
    });
    let name = format!("{}/team/app", server.host);
    open(&name, &login("user", "hunter2")).unwrap();
    let (error, text) = refusal(find(&name, &login("user", "hunter3")));
    assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
    assert!(text.contains(r#"refuses the login of "user""#), "{text}");
}

#[test]
fn a_token_that_runs_out_is_fetched_again() {
    let store = store();
    let host: Arc<OnceLock<String>> = Arc::default();
    let own = Arc::clone(&host);
    let server = Server::start(move |seen| {
        if seen.path.starts_with("/token") {
            return Reply::new(200, format!(r#"{{"token":"t{}"}}"#, seen.before));
        }
        let wanted = if seen.path.contains("/blobs/") { "Bearer t1" } else { "Bearer t0" };
        if seen.header("authorization") == Some(wanted) {
            return store.answer(seen);
        }
        let challenge = format!(r#"Bearer realm="http://{}/token""#, own.get().unwrap());
        Reply::new(401, "").with("WWW-Authenticate", challenge)
    });
    host.set(server.host.clone()).unwrap();
    open(&format!("{}/team/app", server.host), &SourceOptions::default()).unwrap();
}

#[test]
fn a_registry_that_repeats_a_secret_is_not_quoted_with_it() {
    let server =
        tokens(|_| Reply::new(401, r#"{"errors":[{"code":"NO","message":"not hunter3!"}]}"#));
    let (_, text) = refusal(find(&format!("{}/team/app", server.host), &login("u", "hunter3")));
    assert!(text.contains("(NO: not ***!)"), "{text}");
    let server = tokens(|_| Reply::new(200, r#"{"token":["hunter3"]}"#));
    let (_, text) = refusal(find(&format!("{}/team/app", server.host), &login("u", "hunter3")));
    assert!(text.ends_with("its token service gives no token"), "{text}");
    let server = tokens(|_| Reply::new(200, "{\"token\":\"a\\r\\nb\"}"));
    let (_, text) = refusal(find(&format!("{}/team/app", server.host), &login("u", "hunter3")));
    assert!(text.ends_with("its token service gives no token"), "{text}");
}

#[test]
fn a_token_service_in_trouble_is_asked_again_and_named() {
    let server = tokens(|_| Reply::new(503, ""));
    let (error, text) = refusal(find(&format!("{}/team/app", server.host), &login("u", "p")));
    assert!(matches!(error, ImageError::Unreachable { .. }), "{error:?}");
    assert!(text.contains("503") && text.contains("to token"), "{text}");
    assert_eq!(server.paths().iter().filter(|path| path.starts_with("/token")).count(), 3);
}

/// The file of logins of some machine.
fn places(text: &str) -> (tempfile::TempDir, Places) {
    let folder = tempfile::TempDir::new().unwrap();
    let path: PathBuf = folder.path().join("config.json");
    fs::write(&path, text).unwrap();
    (folder, Places { logins: vec![path], ..Places::default() })
}

#[test]
fn an_identity_token_is_exchanged_for_one_of_the_registry() {
    let server = tokens(|seen| {
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/token"));
        let expected = "service=a+b&scope=repository%3Ateam%2Fapp%3Apull&grant_type=refresh_token\
                        &client_id=pasu&refresh_token=long%2Flived";
        match seen.body == expected {
            true => Reply::new(200, r#"{"access_token":"fresh"}"#),
            false => Reply::new(400, r#"{"error":"invalid_grant"}"#),
        }
    });
    let name = format!("{}/team/app", server.host);
    let file =
        |token: &str| format!(r#"{{"auths":{{"{}":{{"identitytoken":"{token}"}}}}}}"#, server.host);
    let options = SourceOptions::default();
    let (_folder, known) = places(&file("long/lived"));
    find_at(&known, patience(), &name, &options).unwrap();
    let (_folder, unknown) = places(&file("stale"));
    let (error, text) = refusal(find_at(&unknown, patience(), &name, &options));
    assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
    assert!(text.contains("refuses the token from") && text.contains("config.json"), "{text}");
    assert!(!text.contains("stale"), "{text}");
}

#[test]
fn the_login_of_the_machine_is_used_and_a_typed_one_before_it() {
    let server = basic();
    let name = format!("{}/team/app", server.host);
    let file = |auth: &str| format!(r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#, server.host);
    let (_folder, good) = places(&file("dXNlcjpodW50ZXIy"));
    find_at(&good, patience(), &name, &SourceOptions::default()).unwrap();
    let (_folder, wrong) = places(&file("dXNlcjp3cm9uZw=="));
    let (_, text) = refusal(find_at(&wrong, patience(), &name, &SourceOptions::default()));
    assert!(text.contains("config.json"), "{text}");
    find_at(&wrong, patience(), &name, &login("user", "hunter2")).unwrap();
    let (_folder, broken) = places("{\"auths\": 1}");
    let (_, text) = refusal(find_at(&broken, patience(), &name, &SourceOptions::default()));
    assert!(text.contains("config.json: not as expected in line 1, column 11"), "{text}");
}

#[test]
fn a_token_of_the_registry_is_sent_at_once_and_its_refusal_is_said() {
    let server = tokens(|_| Reply::new(500, ""));
    let name = format!("{}/team/app", server.host);
    let token = |text: &str| SourceOptions {
        registry_token: Some(Secret::new(text)),
        ..SourceOptions::default()
    };
    open(&name, &token("fresh")).unwrap();
    assert!(!server.paths().iter().any(|path| path.starts_with("/token")));
    for wrong in ["stale", "two\nlines"] {
        let (error, text) = refusal(find(&name, &token(wrong)));
        assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
        assert!(text.contains("token from --registry-token") && !text.contains(wrong), "{text}");
    }
}

#[test]
fn who_may_not_pull_is_told_so() {
    let server = Server::start(|_| Reply::error(403, "DENIED", "requested access is denied"));
    let (error, text) = refusal(find(&format!("{}/team/app", server.host), &login("user", "x")));
    assert!(matches!(error, ImageError::Denied { .. }), "{error:?}");
    let expected =
        r#"does not let us pull team/app as "user" (DENIED: requested access is denied)"#;
    assert!(text.contains(expected), "{text}");
}
