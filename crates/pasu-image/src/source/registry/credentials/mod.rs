//! Who we are to a registry: what the user typed, else what a file or helper has for it.

mod config;
mod helper;

use super::places::{Places, read};
use crate::source::{Secret, SourceOptions};
use config::ConfigFile;

/// A login.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Login {
    /// None: what everybody may see.
    #[default]
    Nobody,
    /// A name and its password.
    Password { username: String, password: Secret },
    /// A token with which a token service gives others (OAuth 2's refresh token).
    Identity(Secret),
    /// A token for the registry itself.
    Bearer(Secret),
}

/// A login, and where it was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub login: Login,
    /// A file, a helper or an option.
    pub from: String,
    /// What could not be read on the way; said where a registry refuses us.
    pub notes: Vec<String>,
}

impl Found {
    /// The value of `Authorization` that is known before anything is asked.
    pub fn bearer(&self) -> Option<Secret> {
        match &self.login {
            Login::Bearer(token) => Some(Secret::new(format!("Bearer {}", token.expose()))),
            _ => None,
        }
    }

    /// What a registry says, without our secrets.
    pub fn mask(&self, text: &str) -> String {
        match &self.login {
            Login::Password { password: secret, .. }
            | Login::Identity(secret)
            | Login::Bearer(secret)
                if !secret.expose().is_empty() =>
            {
                text.replace(secret.expose(), "***")
            }
            _ => text.to_owned(),
        }
    }
}

/// What was typed for the registry that was named; its mirrors are not told.
pub(super) fn typed(options: &SourceOptions) -> Option<Found> {
    let found = |login, from: &str| Some(Found { login, from: from.to_owned(), notes: Vec::new() });
    if let Some(token) = &options.registry_token {
        return found(Login::Bearer(token.clone()), "--registry-token");
    }
    let username = options.username.clone()?;
    let password = options.password.clone().unwrap_or_else(|| Secret::new(""));
    found(Login::Password { username, password }, "--username")
}

/// What this machine's files have for a repository on a host.
pub(super) fn lookup(places: &Places, host: &str, repository: &str) -> Found {
    let mut notes = Vec::new();
    for path in &places.logins {
        let shown = path.display().to_string();
        let text = match read(path) {
            Ok(None) => continue,
            Ok(Some(text)) => text,
            Err(error) => {
                notes.push(format!("logins could not be read: {error}"));
                continue;
            }
        };
        let file = match ConfigFile::parse(&text) {
            Ok(file) => file,
            Err(problem) => {
                notes.push(format!("logins could not be read: {shown}: {problem}"));
                continue;
            }
        };
        if let Some((helper, server)) = file.helper(host, repository) {
            match helper::get(&places.helpers, helper, &server) {
                Ok(Some(login)) => {
                    let from = format!("docker-credential-{helper}");
                    return Found { login, from, notes };
                }
                Ok(None) => {}
                Err(problem) => notes.push(format!("docker-credential-{helper}: {problem}")),
            }
        }
        match file.login(host, repository) {
            Ok(None) => {}
            Ok(Some(login)) => return Found { login, from: shown, notes },
            Err(problem) => notes.push(format!("{shown}: {problem}")),
        }
    }
    Found { login: Login::Nobody, from: String::new(), notes }
}

#[cfg(test)]
mod tests;
