//! One package as both records of Composer describe it:
//! `{"name": "psr/log", "version": "1.1.4", "license": ["MIT"], "require": {"php": ">=5.3.0"}}`.

use crate::language::json_lines::JsonLines;
use pasu_model::{Package, PackageType, Purl};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A package as Composer writes it.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub name: String,
    pub version: String,
    #[serde(default)]
    license: Licenses,
    #[serde(default)]
    require: Names,
}

/// One licence or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Licenses {
    Many(Vec<String>),
    One(String),
    Other(serde::de::IgnoredAny),
}

impl Default for Licenses {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// A JSON object of which only the keys matter. PHP writes an empty one as `[]`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    Map(BTreeMap<String, serde::de::IgnoredAny>),
    Other(serde::de::IgnoredAny),
}

impl Default for Names {
    fn default() -> Self {
        Self::Map(BTreeMap::new())
    }
}

impl Names {
    /// The keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let map = match self {
            Self::Map(map) => Some(map),
            Self::Other(_) => None,
        };
        map.into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Whether a package is named; Composer does not distinguish case.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.iter().any(|key| key.eq_ignore_ascii_case(name))
    }
}

/// The packages of a record. `depends_on` leaves out the platform (`php`, `ext-json`) and what is not in the record.
pub(super) fn packages(kind: PackageType, entries: &[Entry]) -> Vec<Package> {
    let ids: BTreeMap<String, String> = entries
        .iter()
        .map(|entry| (entry.name.to_ascii_lowercase(), format!("{}@{}", entry.name, entry.version)))
        .collect();
    entries.iter().map(|entry| package(kind, entry, &ids)).collect()
}

/// Notes on which lines of the text the packages stand.
pub(super) fn locate(packages: &mut [Package], text: &str, values: &[&RawValue]) {
    let lines = JsonLines::new(text);
    for (package, value) in packages.iter_mut().zip(values) {
        package.lines = lines.of(value);
    }
}

fn package(kind: PackageType, entry: &Entry, ids: &BTreeMap<String, String>) -> Package {
    let (namespace, name) = entry
        .name
        .split_once('/')
        .map_or((None, entry.name.as_str()), |(namespace, name)| (Some(namespace), name));
    let mut package = Package::new(kind, &entry.name, &entry.version);
    package.purl = Purl::new("composer", namespace, name, Some(&entry.version), &[]);
    package.licenses = match &entry.license {
        Licenses::Many(licenses) => licenses.clone(),
        Licenses::One(license) => vec![license.clone()],
        Licenses::Other(_) => Vec::new(),
    };
    package.depends_on = entry
        .require
        .iter()
        .filter_map(|name| ids.get(&name.to_ascii_lowercase()).cloned())
        .collect();
    package
}
