//! Podman and its like: `registries.conf` in version 2 (`man containers-registries.conf`).
//!
//! ```toml
//! [[registry]]
//! prefix = "example.com/foo"
//! location = "internal.example.net/bar"
//! [[registry.mirror]]
//! location = "mirror.example.net/foo"
//! ```

use super::super::endpoint::Endpoint;
use super::super::places::{files, read};
use super::super::reference::ImageName;
use super::address;
use crate::error::ImageError;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Configuration {
    registry: Vec<Registry>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Registry {
    prefix: String,
    location: String,
    insecure: bool,
    blocked: bool,
    mirror_by_digest_only: bool,
    mirror: Vec<Mirror>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Mirror {
    location: String,
    insecure: bool,
    pull_from_mirror: String,
}

/// Mirrors, and the registry itself, which may lie elsewhere than its name says.
pub(super) fn endpoints(
    paths: &[PathBuf],
    name: &ImageName,
) -> Result<(Vec<Endpoint>, Endpoint), ImageError> {
    let plain = Endpoint::new(name.registry(), name.repository());
    let Some((place, registry)) = best(paths, name)? else { return Ok((Vec::new(), plain)) };
    if registry.blocked {
        let problem = format!("the registry is blocked in {}", place.display());
        return Err(ImageError::Denied { place: name.registry().to_owned(), problem });
    }
    let mut mirrors = Vec::new();
    for mirror in &registry.mirror {
        let wanted = match mirror.pull_from_mirror.as_str() {
            "digest-only" => name.digest().is_some(),
            "tag-only" => name.digest().is_none(),
            _ => !registry.mirror_by_digest_only || name.digest().is_some(),
        };
        if wanted {
            let endpoint = rewritten(&place, &registry, &mirror.location, name)?;
            mirrors.push(Endpoint { insecure: mirror.insecure, ..endpoint });
        }
    }
    let origin = match registry.location.as_str() {
        "" => plain,
        location => rewritten(&place, &registry, location, name)?,
    };
    Ok((mirrors, Endpoint { insecure: registry.insecure, ..origin }))
}

/// The registry whose prefix is the longest that fits, and the file it stands in; later files replace earlier ones.
fn best(paths: &[PathBuf], name: &ImageName) -> Result<Option<(PathBuf, Registry)>, ImageError> {
    let mut best: Option<(usize, PathBuf, Registry)> = None;
    let all = paths.iter().flat_map(|path| match path.is_dir() {
        true => files(path, "conf"),
        false => vec![path.clone()],
    });
    for path in all {
        let Some(text) = read(&path)? else { continue };
        let configuration: Configuration = toml::from_str(&text)
            .map_err(|error| ImageError::malformed(path.display().to_string(), error.message()))?;
        for mut registry in configuration.registry {
            if registry.prefix.is_empty() {
                registry.prefix.clone_from(&registry.location);
            }
            let Some(length) = fits(&registry.prefix, name) else { continue };
            if best.as_ref().is_none_or(|(longest, ..)| length >= *longest) {
                best = Some((length, path.clone(), registry));
            }
        }
    }
    Ok(best.map(|(_, path, registry)| (path, registry)))
}

/// How much of the image's name a prefix covers, in bytes; `*.example.com` covers hosts below.
fn fits(prefix: &str, name: &ImageName) -> Option<usize> {
    if let Some(domain) = prefix.strip_prefix('*') {
        let below = domain.starts_with('.') && name.registry().ends_with(domain);
        // Any written-out host is longer.
        return below.then_some(0);
    }
    let whole = name.repository_name();
    let rest = whole.strip_prefix(prefix)?;
    let ends = !prefix.is_empty() && (rest.is_empty() || rest.starts_with('/'));
    ends.then_some(prefix.len())
}

/// The image's name with the prefix replaced by a location.
fn rewritten(
    place: &Path,
    registry: &Registry,
    location: &str,
    name: &ImageName,
) -> Result<Endpoint, ImageError> {
    let whole = name.repository_name();
    let covered = match registry.prefix.starts_with('*') {
        true => name.registry().len(),
        false => registry.prefix.len(),
    };
    let rest = whole.get(covered..).unwrap_or_default();
    let (host, path, _) = address(&format!("{location}{rest}"))
        .filter(|(_, path, _)| path.len() > 1 && !location.contains("://"))
        .ok_or_else(|| {
            let problem = format!("registry {}: no location: {location:?}", registry.prefix);
            ImageError::malformed(place.display().to_string(), problem)
        })?;
    Ok(Endpoint::new(&host, path.trim_start_matches('/')))
}
