//! pipenv's `Pipfile.lock`, JSON:
//! ```json
//! { "default": { "requests": { "version": "==2.31.0" } }, "develop": {} }
//! ```

use super::package;
use crate::language::entry_lines::EntryLines;
use crate::language::lenient::{Scalar, Table};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType};
use serde::de::{Deserialize, Deserializer};

/// Reads `Pipfile.lock`.
pub(super) struct PipfileLock;

impl Detector for PipfileLock {
    fn id(&self) -> &'static str {
        "python/pipfile-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["Pipfile.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let text = file.json_object()?;
        let lock: Table<'_, Table<'_, Entry<'_>>> =
            serde_json::from_str(text).map_err(DetectError::malformed)?;
        let mut lines = EntryLines::new(text);
        let mut packages = Vec::new();
        for (category, entries) in lock.0.iter().filter(|(category, _)| category != "_meta") {
            for (name, entry) in &entries.0 {
                let Some(mut package) = entry.package(name) else { continue };
                package.dev = category == "develop";
                package.lines.extend(lines.of(name));
                packages.push(package);
            }
        }
        Ok(listing::set(PackageType::Pipenv, file.target(), packages))
    }
}

/// A git repository or a folder has no version.
struct Entry<'a> {
    version: Scalar<'a>,
}

impl Entry<'_> {
    fn package(&self, name: &str) -> Option<Package> {
        let version = self.version.text()?.strip_prefix("==")?;
        package(PackageType::Pipenv, name, version.trim_start_matches('=').trim())
    }
}

/// Entries of `_meta` are no tables.
impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields: Table<'a, Scalar<'a>> = Table::deserialize(deserializer)?;
        let version = fields.0.into_iter().find(|(key, _)| key == "version");
        Ok(Self { version: version.map(|(_, version)| version).unwrap_or_default() })
    }
}
