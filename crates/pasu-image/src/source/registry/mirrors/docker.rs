//! Docker's engine: `/etc/docker/daemon.json`.
//!
//! ```json
//! {"registry-mirrors": ["https://mirror.example.com"], "insecure-registries": ["registry.example.com:5000"]}
//! ```

use super::super::endpoint::Endpoint;
use super::super::places::read;
use super::super::reference::ImageName;
use super::address;
use crate::error::ImageError;
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Daemon {
    registry_mirrors: Vec<String>,
    insecure_registries: Vec<String>,
}

/// Mirrors, which are Docker Hub's alone.
pub(super) fn endpoints(
    path: Option<&Path>,
    name: &ImageName,
    origin: &mut Endpoint,
) -> Result<Vec<Endpoint>, ImageError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = match read(path) {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(Vec::new()),
        // It is the engine's own, and not for everybody to read.
        Err(ImageError::File { source, .. }) if source.kind() == ErrorKind::PermissionDenied => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let daemon: Daemon = serde_json::from_str(&text)
        .map_err(|error| ImageError::malformed(path.display().to_string(), error))?;
    let insecure = |host: &str| daemon.insecure_registries.iter().any(|listed| listed == host);
    origin.insecure |= insecure(&origin.host);
    if name.registry() != "docker.io" {
        return Ok(Vec::new());
    }
    let mut mirrors = Vec::new();
    for text in &daemon.registry_mirrors {
        let (host, base, plain) = address(text).ok_or_else(|| {
            let problem = format!("registry-mirrors: {text:?} is no address of a mirror");
            ImageError::malformed(path.display().to_string(), problem)
        })?;
        mirrors.push(Endpoint {
            base: format!("{base}/v2"),
            plain,
            insecure: insecure(&host),
            ..Endpoint::new(&host, name.repository())
        });
    }
    Ok(mirrors)
}
