//! containerd: `/etc/containerd/certs.d/HOST/hosts.toml` (containerd, "Registry Configuration"). Read are `server`, and
//! of each host `capabilities`, `ca`, `client`, `skip_verify` and `override_path`; headers are not.
//!
//! ```toml
//! server = "https://registry-1.docker.io"
//! [host."https://mirror.example.com"]
//!   capabilities = ["pull", "resolve"]
//! ```

use super::super::endpoint::{Endpoint, Trust};
use super::super::places::read;
use super::super::reference::ImageName;
use super::address;
use crate::error::ImageError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Hosts {
    server: Option<String>,
    host: BTreeMap<String, Spanned<Host>>,
    #[serde(flatten)]
    own: Host,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Host {
    capabilities: Option<Vec<String>>,
    ca: Option<OneOrMore>,
    client: Option<Client>,
    skip_verify: bool,
    override_path: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(PathBuf),
    More(Vec<PathBuf>),
}

/// A file that holds certificate and key, files of that kind, or pairs of files.
#[derive(Deserialize)]
#[serde(untagged)]
enum Client {
    One(PathBuf),
    More(Vec<PathBuf>),
    Pairs(Vec<(PathBuf, PathBuf)>),
}

/// Mirrors in the order in which they stand in the file; what it says of the registry itself goes to `origin`.
pub(super) fn endpoints(
    folders: &[PathBuf],
    name: &ImageName,
    origin: &mut Endpoint,
) -> Result<Vec<Endpoint>, ImageError> {
    let Some((path, text)) = find(folders, name.registry())? else { return Ok(Vec::new()) };
    let wrong = |problem: &str| ImageError::malformed(path.display().to_string(), problem);
    let hosts: Hosts = toml::from_str(&text).map_err(|error| wrong(error.message()))?;
    let mut listed: Vec<(String, Spanned<Host>)> = hosts.host.into_iter().collect();
    listed.sort_by_key(|(_, host)| host.span().start);
    let mut mirrors = Vec::new();
    for (text, host) in listed {
        let host = host.into_inner();
        let mut mirror = endpoint(&text, &host, name, &path)
            .ok_or_else(|| wrong(&format!("host {text:?} is no address of a registry")))?;
        mirror.namespace = Some(name.registry().to_owned());
        let has = |wanted: &str| {
            host.capabilities.as_ref().is_none_or(|all| all.iter().any(|it| it == wanted))
        };
        if has("pull") && (has("resolve") || name.digest().is_some()) {
            mirrors.push(mirror);
        }
    }
    if let Some(server) = hosts.server {
        let own = endpoint(&server, &hosts.own, name, &path)
            .ok_or_else(|| wrong(&format!("server {server:?} is no address of a registry")))?;
        *origin = Endpoint { insecure: own.insecure | origin.insecure, ..own };
    }
    Ok(mirrors)
}

/// The file for a registry: `host:port`, `host_port_`, or `_default`.
fn find(folders: &[PathBuf], host: &str) -> Result<Option<(PathBuf, String)>, ImageError> {
    let other = host.rsplit_once(':').map(|(host, port)| format!("{host}_{port}_"));
    let names = [Some(host.to_owned()), other, Some("_default".to_owned())];
    for folder in folders {
        for name in names.iter().flatten() {
            let path = folder.join(name).join("hosts.toml");
            if let Some(text) = read(&path)? {
                return Ok(Some((path, text)));
            }
        }
    }
    Ok(None)
}

fn endpoint(text: &str, host: &Host, name: &ImageName, path: &Path) -> Option<Endpoint> {
    let (at, base, plain) = address(text)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let join = |file: &PathBuf| folder.join(file);
    let authorities = match &host.ca {
        None => Vec::new(),
        Some(OneOrMore::One(file)) => vec![join(file)],
        Some(OneOrMore::More(files)) => files.iter().map(join).collect(),
    };
    let client = match &host.client {
        None => None,
        Some(Client::One(file)) => Some((join(file), join(file))),
        Some(Client::More(files)) => files.first().map(|file| (join(file), join(file))),
        Some(Client::Pairs(pairs)) => pairs.first().map(|(one, two)| (join(one), join(two))),
    };
    let base =
        if host.override_path { base } else { format!("{}/v2", base.trim_end_matches("/v2")) };
    Some(Endpoint {
        base,
        plain,
        insecure: host.skip_verify,
        trust: Trust { authorities, client },
        ..Endpoint::new(&at, name.repository())
    })
}
