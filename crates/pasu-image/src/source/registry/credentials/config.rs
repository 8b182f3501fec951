//! Files with logins: Docker's `config.json` and containers' `auth.json` (`man containers-auth.json`).
//!
//! ```json
//! {"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}, "credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass"}
//! ```

use super::Login;
use crate::source::Secret;
use base64::Engine as _;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The name under which Docker keeps the login for Docker Hub.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// What is read of such a file.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ConfigFile {
    auths: Option<BTreeMap<String, Entry>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
}

/// A login; never shown, so it has no `Debug`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl ConfigFile {
    /// Reads a file. What is wrong with it is said by its place alone: the text may be a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            format!("not as expected in line {}, column {}", error.line(), error.column())
        })
    }

    /// The helper to ask, and by what name of the registry.
    pub fn helper(&self, host: &str, repository: &str) -> Option<(&str, String)> {
        if let Some((key, helper)) =
            self.cred_helpers.as_ref().and_then(|helpers| best(helpers, host, repository))
        {
            return Some((helper, key.to_owned()));
        }
        let store = self.creds_store.as_deref().filter(|store| !store.is_empty())?;
        let server = if is_docker_hub(host) { DOCKER_HUB } else { host };
        Some((store, server.to_owned()))
    }

    /// The login that stands in the file itself.
    pub fn login(&self, host: &str, repository: &str) -> Result<Option<Login>, String> {
        self.auths
            .as_ref()
            .and_then(|auths| best(auths, host, repository))
            .map_or(Ok(None), |(key, entry)| {
                entry.login().map_err(|problem| format!("auths, {key}: {problem}"))
            })
    }
}

impl Entry {
    fn login(&self) -> Result<Option<Login>, String> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Login::Identity(Secret::new(&self.identitytoken))));
        }
        if !self.registrytoken.is_empty() {
            return Ok(Some(Login::Bearer(Secret::new(&self.registrytoken))));
        }
        let password = |username: &str, password: &str| {
            Some(Login::Password { username: username.to_owned(), password: Secret::new(password) })
        };
        if self.auth.is_empty() {
            let there = !self.username.is_empty();
            return Ok(there.then(|| password(&self.username, &self.password)).flatten());
        }
        let decoded = base64::engine::general_purpose::STANDARD.decode(self.auth.trim());
        let decoded = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.ok_or("auth is not base64 of a text")?;
        let (username, secret) = decoded.split_once(':').ok_or("auth is not user:password")?;
        Ok(password(username, secret.trim_end_matches('\0')))
    }
}

/// The entry that fits best: that of the longest path, as containers' `auth.json` has them for parts of a registry.
fn best<'a, T>(
    entries: &'a BTreeMap<String, T>,
    host: &str,
    repository: &str,
) -> Option<(&'a str, &'a T)> {
    let hosts: &[&str] = match is_docker_hub(host) {
        true => &["index.docker.io", "docker.io", "registry-1.docker.io"],
        false => &[host],
    };
    let fits = |key: &str| {
        hosts.iter().find_map(|host| {
            let path = key.strip_prefix(host)?;
            let whole = path.is_empty()
                || repository
                    .strip_prefix(path.strip_prefix('/')?)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            whole.then_some(path.len())
        })
    };
    entries
        .iter()
        .filter_map(|(key, entry)| Some((fits(name(key))?, key.as_str(), entry)))
        .max_by_key(|(length, ..)| *length)
        .map(|(_, key, entry)| (key, entry))
}

/// A key without what Docker put around names of registries over the years.
fn name(key: &str) -> &str {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key)
}

fn is_docker_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}
