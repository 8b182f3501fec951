//! The current context of the `docker` command: `~/.docker/contexts/meta/<SHA-256 of its name>/meta.json`.

use super::address::Surroundings;
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::MAX_DOCUMENT;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// An engine that a context names.
pub(super) struct Context {
    /// Who names it, for messages.
    pub place: String,
    /// `unix://…` or `tcp://…`.
    pub host: String,
    /// The folder of its certificates.
    pub certificates: Option<PathBuf>,
}

/// The part of `config.json` that is needed here; its logins are not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    current_context: Option<String>,
}

/// `meta.json`: `{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:2376","SkipTLSVerify":false}}}`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    #[serde(default)]
    endpoints: BTreeMap<String, Endpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    #[serde(default)]
    host: String,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

/// The context in use; `None` for the default one.
pub(super) fn current(surroundings: &Surroundings<'_>) -> Result<Option<Context>, ImageError> {
    let Some(folder) = surroundings.docker_folder() else { return Ok(None) };
    let name = match surroundings.variable("DOCKER_CONTEXT") {
        Some(name) => Some(name),
        None => read::<Config>(&folder.join("config.json"))?
            .and_then(|config| config.current_context)
            .filter(|name| !name.is_empty()),
    };
    match name {
        Some(name) if name != "default" => named(&folder.join("contexts"), &name).map(Some),
        _ => Ok(None),
    }
}

fn named(contexts: &Path, name: &str) -> Result<Context, ImageError> {
    let place = format!("Docker's context {name:?}");
    let refuse = |problem: &str| {
        Err(ImageError::Unsupported { place: place.clone(), problem: problem.to_owned() })
    };
    let id = Digest::of(name.as_bytes());
    let meta = contexts.join("meta").join(id.hex()).join("meta.json");
    let Some(mut meta) = read::<Meta>(&meta)? else {
        return refuse("there is none of this name; hint: `docker context ls`");
    };
    let Some(endpoint) = meta.endpoints.remove("docker") else {
        return refuse("it names no Docker engine");
    };
    if endpoint.skip_tls_verify {
        return refuse("it does not check the engine's certificate, which Pasu always does");
    }
    let certificates = contexts.join("tls").join(id.hex()).join("docker");
    let certificates = certificates.is_dir().then_some(certificates);
    Ok(Context { place, host: endpoint.host, certificates })
}

/// Reads a small JSON file; `None` if there is none.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ImageError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ImageError::file(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_DOCUMENT).read_to_end(&mut bytes).map_err(ImageError::file(path))?;
    // Only the place of the error is told: the file can hold logins.
    let wrong = |error: serde_json::Error| {
        let problem = format!("not the JSON expected, line {}", error.line());
        ImageError::malformed(path.display().to_string(), problem)
    };
    serde_json::from_slice(&bytes).map(Some).map_err(wrong)
}
