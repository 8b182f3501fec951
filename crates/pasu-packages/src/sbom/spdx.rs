//! SPDX 2.x, JSON.
//!
//! `{"spdxVersion": "SPDX-2.3", "packages": [{"name": "lodash", "versionInfo": "4.17.15", "externalRefs":
//! [{"referenceType": "purl", "referenceLocator": "pkg:npm/lodash@4.17.15"}]}]}`

use super::SbomError;
use super::component::{Collector, Component};
use pasu_model::SourcePackage;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    packages: Vec<Value>,
}

/// What JSON and tag-value say of a package.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) version_info: String,
    pub(super) license_declared: String,
    pub(super) supplier: String,
    pub(super) source_info: String,
    pub(super) primary_package_purpose: String,
    pub(super) external_refs: Vec<ExternalRef>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ExternalRef {
    pub(super) reference_type: String,
    pub(super) reference_locator: String,
}

/// Reads all packages.
pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), SbomError> {
    let document: Document = serde_json::from_slice(bytes)?;
    for (index, value) in document.packages.into_iter().enumerate() {
        let place = format!("packages[{index}]");
        collector.count()?;
        match serde_json::from_value::<Entry>(value) {
            Ok(entry) => add(entry, place, collector),
            Err(error) => collector.malformed(place, error.to_string()),
        }
    }
    Ok(())
}

/// Takes one package over.
pub(super) fn add(entry: Entry, place: String, collector: &mut Collector) {
    // Syft's documents have no such purpose and say the distribution in the package URLs.
    if matches!(entry.primary_package_purpose.as_str(), "OPERATING-SYSTEM" | "OPERATING_SYSTEM") {
        collector.operating_system(&entry.name, &entry.version_info);
        return;
    }
    let locators = |kinds: &'static [&'static str]| {
        let wanted = move |r: &&ExternalRef| kinds.contains(&r.reference_type.as_str());
        entry.external_refs.iter().filter(wanted).map(|r| r.reference_locator.clone())
    };
    let purl = locators(&["purl"]).next();
    let container = matches!(
        entry.primary_package_purpose.as_str(),
        "APPLICATION" | "CONTAINER" | "SOURCE" | "OTHER" | "FILE"
    );
    let cpes: Vec<String> = locators(&["cpe23Type"]).collect();
    if purl.is_none() && cpes.is_empty() && container {
        return;
    }
    collector.add(Component {
        purl,
        cpes,
        licenses: said(&entry.license_declared).into_iter().collect(),
        supplier: said(&entry.supplier).map(|supplier| maker(&supplier)),
        source: source(&entry.source_info),
        place,
        name: entry.name,
        version: entry.version_info,
        ..Component::default()
    });
}

/// A value that asserts something.
fn said(value: &str) -> Option<String> {
    (!matches!(value, "" | "NOASSERTION" | "NONE")).then(|| value.to_owned())
}

/// The name in `Organization: name` or `Person: name`.
fn maker(supplier: &str) -> String {
    let name = supplier.split_once(": ").map_or(supplier, |(_, name)| name);
    name.trim().to_owned()
}

/// The source package in Trivy's `built package from: glibc 2.36-9` and Pasu's `built from source package glibc 2.36-9`.
fn source(info: &str) -> Option<SourcePackage> {
    let rest = ["built package from: ", "built from source package "]
        .iter()
        .find_map(|prefix| info.strip_prefix(prefix))?;
    let mut words = rest.split([' ', ';']);
    let (name, version) = (words.next()?, words.next()?);
    Some(SourcePackage { name: name.to_owned(), version: version.to_owned() })
}
