use super::config::ConfigFile;
use super::helper::get_within;
use super::{Login, lookup};
use crate::source::Secret;
use crate::source::registry::places::Places;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn password(username: &str, password: &str) -> Login {
    Login::Password { username: username.into(), password: Secret::new(password) }
}

#[test]
fn a_login_is_found_by_every_name_that_docker_gave_registries() {
    let text = r#"{"auths": {
        "https://index.docker.io/v1/": {"auth": "aHViOm9uZQ=="},
        "a.example:5000": {"auth": "YTp0d286dGhyZWU="},
        "https://b.example/v2/": {"username": "b", "password": "four"},
        "quay.example/team": {"auth": "dGVhbTpmaXZl"},
        "quay.example": {"auth": "YWxsOnNpeA=="},
        "c.example": {},
        "d.example": {"auth": "", "identitytoken": "seven"},
        "e.example": {"registrytoken": "eight"}
    }}"#;
    let file = ConfigFile::parse(text).unwrap();
    let none = ConfigFile::parse(r#"{"auths": null, "credHelpers": null, "credsStore": null}"#);
    assert_eq!(none.unwrap().login("c.example", "x"), Ok(None));
    for (host, repository, expected) in [
        ("docker.io", "library/a", Some(password("hub", "one"))),
        ("a.example:5000", "x", Some(password("a", "two:three"))),
        ("a.example", "x", None),
        ("b.example", "x", Some(password("b", "four"))),
        ("quay.example", "team/x", Some(password("team", "five"))),
        ("quay.example", "team", Some(password("team", "five"))),
        ("quay.example", "teams/x", Some(password("all", "six"))),
        ("c.example", "x", None),
        ("d.example", "x", Some(Login::Identity(Secret::new("seven")))),
        ("e.example", "x", Some(Login::Bearer(Secret::new("eight")))),
        ("evil.example", "quay.example/team", None),
    ] {
        assert_eq!(file.login(host, repository), Ok(expected), "{host}/{repository}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_without_its_secrets() {
    let problem = ConfigFile::parse("{\"auths\": {\"a\":\n \"hunter2\"}}").err().unwrap();
    assert_eq!(problem, "not as expected in line 2, column 10");
    let wrong = r#"{"auths": {"a": {"auth": "hunter2!"}, "b": {"auth": "aHVudGVyMg=="}}}"#;
    let file = ConfigFile::parse(wrong).unwrap();
    assert_eq!(file.login("a", "x").unwrap_err(), "auths, a: auth is not base64 of a text");
    assert_eq!(file.login("b", "x").unwrap_err(), "auths, b: auth is not user:password");
    assert!(!format!("{:?}", password("a", "hunter2")).contains("hunter2"));
}

/// A folder with a credential helper `test`.
fn helper(script: &str) -> (TempDir, Vec<PathBuf>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("docker-credential-test");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let folders = vec![folder.path().to_owned()];
    (folder, folders)
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_helper_gets_the_server_and_gives_a_login() {
    let answer = r#"read server; [ "$1" = get ] || exit 9
        echo "{\"ServerURL\":\"$server\",\"Username\":\"$server\",\"Secret\":\"s\"}""#;
    let (_folder, folders) = helper(answer);
    let login = get_within(&folders, "test", "https://a/v1/", MINUTE);
    assert_eq!(login, Ok(Some(password("https://a/v1/", "s"))));
    let (_folder, folders) = helper(r#"echo '{"Username":"<token>","Secret":"t"}'"#);
    let login = get_within(&folders, "test", "a", MINUTE);
    assert_eq!(login, Ok(Some(Login::Identity(Secret::new("t")))));
    let (_folder, folders) = helper("echo credentials not found in native keychain; exit 1");
    assert_eq!(get_within(&folders, "test", "a", MINUTE), Ok(None));
}

#[test]
fn a_helper_that_misbehaves_is_ended_and_its_words_are_not_repeated() {
    for (script, expected) in [
        ("echo hunter2; exit 3", "it ended with exit status: 3"),
        ("echo hunter2", "its answer is not as expected"),
        ("head -c 100000 /dev/zero", "it writes more than 65536 bytes"),
    ] {
        let (_folder, folders) = helper(script);
        assert_eq!(get_within(&folders, "test", "a", MINUTE).unwrap_err(), expected);
    }
    let start = Instant::now();
    for script in ["sleep 60", "sleep 60 & exit 0"] {
        let (_folder, folders) = helper(script);
        let limit = Duration::from_millis(200);
        let problem = get_within(&folders, "test", "a", limit).unwrap_err();
        assert!(problem == "no answer within 0.2 s" || problem == "its output does not end");
    }
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(get_within(&[], "../../bin/sh", "a", MINUTE).unwrap_err(), "not a name of a helper");
    assert_eq!(
        get_within(&[], "test", "a", MINUTE).unwrap_err(),
        "there is no such program in PATH"
    );
}

#[test]
fn a_helper_comes_before_the_file_and_the_next_file_after() {
    let (folder, helpers) = helper(r#"echo '{"Username":"helped","Secret":"s"}'"#);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let first = file(
        "first.json",
        r#"{"credHelpers": {"a.example": "test"}, "credsStore": "missing",
            "auths": {"a.example": {"auth": "YTpi"}, "b.example": {"auth": "YTpi"}}}"#,
    );
    let second = file("second.json", r#"{"auths": {"c.example": {"auth": "Yzpk"}}}"#);
    let broken = file("broken.json", "{");
    let places =
        Places { logins: vec![broken, first, second.clone()], helpers, ..Places::default() };
    let at = |host: &str| lookup(&places, host, "x");
    assert_eq!(at("a.example").login, password("helped", "s"));
    assert_eq!(at("a.example").from, "docker-credential-test");
    assert_eq!(at("b.example").login, password("a", "b"));
    let found = at("c.example");
    assert_eq!(found.login, password("c", "d"));
    assert_eq!(Path::new(&found.from), second);
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    assert!(found.notes[0].contains("broken.json: not as expected in line 1"), "{:?}", found.notes);
    assert!(found.notes[1].contains("docker-credential-missing: there is no"), "{:?}", found.notes);
}
