//! Where a registry's images may be had: its mirrors by the machine's configuration, in order, then itself.
//!
//! What the machine's administrator wrote there is followed: a registry marked `insecure` in Podman's configuration, or
//! `skip_verify` in containerd's, was asked for as `--insecure` is. A mirror is told only the login that is kept for it,
//! never the one that was typed for the registry.

mod containerd;
mod containers;
mod docker;

use super::credentials;
use super::endpoint::Endpoint;
use super::places::{Places, files};
use super::reference::ImageName;
use crate::error::ImageError;
use crate::source::SourceOptions;
use std::path::PathBuf;

/// The most mirrors that are asked.
const MAX_MIRRORS: usize = 16;

/// All endpoints for an image, in the order in which they are asked. The last one is the registry itself.
pub(super) fn endpoints(
    places: &Places,
    name: &ImageName,
    options: &SourceOptions,
) -> Result<Vec<Endpoint>, ImageError> {
    let (mut endpoints, mut origin) = containers::endpoints(&places.containers, name)?;
    endpoints.extend(containerd::endpoints(&places.containerd, name, &mut origin)?);
    endpoints.extend(docker::endpoints(places.docker.as_deref(), name, &mut origin)?);
    endpoints.truncate(MAX_MIRRORS);
    for endpoint in &mut endpoints {
        endpoint.login = credentials::lookup(places, &endpoint.host, &endpoint.repository);
        certificates(places, endpoint);
    }
    origin.login = credentials::typed(options)
        .unwrap_or_else(|| credentials::lookup(places, &origin.host, &origin.repository));
    origin.insecure |= options.insecure;
    certificates(places, &mut origin);
    endpoints.push(origin);
    for endpoint in &mut endpoints {
        endpoint.trust.authorities.extend(options.ca_file.clone());
        if endpoint.host == "docker.io" {
            // Docker Hub's name is no host that answers.
            endpoint.host = "registry-1.docker.io".to_owned();
        }
    }
    Ok(endpoints)
}

/// Adds what lies in `certs.d` for a host: authorities (`*.crt`), and our certificate (`*.cert` with `*.key`).
fn certificates(places: &Places, endpoint: &mut Endpoint) {
    for folder in places.certificates.iter().map(|folder| folder.join(&endpoint.host)) {
        endpoint.trust.authorities.extend(files(&folder, "crt"));
        let pair = |certificate: PathBuf| {
            let key = certificate.with_extension("key");
            key.is_file().then_some((certificate, key))
        };
        let found = files(&folder, "cert").into_iter().find_map(pair);
        endpoint.trust.client = endpoint.trust.client.take().or(found);
    }
}

/// Host, and path without the trailing slash, of `[http[s]://]host[/path]`; whether it is plain HTTP.
fn address(text: &str) -> Option<(String, String, bool)> {
    let (plain, rest) = match text.split_once("://") {
        Some(("https", rest)) => (false, rest),
        Some(("http", rest)) => (true, rest),
        Some(_) => return None,
        None => (false, text),
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    // No login, question or fragment belongs here.
    let odd = |c: char| c.is_whitespace() || matches!(c, '@' | '?' | '#' | '\\');
    let fine = !host.is_empty() && !rest.contains(odd);
    fine.then(|| (host.to_owned(), path.trim_end_matches('/').to_owned(), plain))
}

#[cfg(test)]
mod tests;
