//! Whether an Ubuntu gets Expanded Security Maintenance (Ubuntu Pro).

use super::ReleaseFiles;
use serde::Deserialize;

/// What `pro status` keeps: `{"attached": true, "services": [{"name": "esm-infra", "status": "enabled"}]}`.
const STATUS: &str = "/var/lib/ubuntu-advantage/status.json";

/// Written by `pro attach`; a list before 24.04, a deb822 file since.
const SOURCES: [&str; 2] = [
    "/etc/apt/sources.list.d/ubuntu-esm-infra.list",
    "/etc/apt/sources.list.d/ubuntu-esm-infra.sources",
];

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
}

/// Whether an ESM service is enabled, by what the client wrote down, else by the package sources.
pub fn is_attached(files: &mut ReleaseFiles<'_>) -> bool {
    if let Some(text) = files.read(STATUS)
        && let Ok(status) = serde_json::from_str::<Status>(&text)
    {
        return status.services.iter().any(|service| {
            matches!(service.name.as_str(), "esm-infra" | "esm-apps") && service.status == "enabled"
        });
    }
    SOURCES.iter().any(|path| files.read(path).is_some_and(|text| has_source(&text)))
}

/// A line that is a source and not a comment: `deb https://esm.ubuntu.com/…` or `Types: deb`.
fn has_source(text: &str) -> bool {
    let switched_off = text.lines().any(|line| line.trim().eq_ignore_ascii_case("enabled: no"));
    let named = text.lines().any(|line| line.starts_with("deb ") || line.starts_with("Types: deb"));
    named && !switched_off
}
