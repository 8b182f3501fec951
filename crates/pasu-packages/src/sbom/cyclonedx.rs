//! CycloneDX, JSON.
//!
//! `{"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "lodash", "purl": "pkg:npm/lodash@4.17.15"}]}`;
//! components may hold components.

use super::SbomError;
use super::component::{Collector, Component};
use pasu_model::SourcePackage;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Bom {
    #[serde(default)]
    components: Vec<Value>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    component: Option<Value>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    group: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    supplier: Option<Named>,
    #[serde(default)]
    licenses: Vec<LicenseChoice>,
    #[serde(default)]
    hashes: Vec<Hash>,
    #[serde(default)]
    properties: Vec<Property>,
    evidence: Option<Evidence>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct LicenseChoice {
    license: Option<License>,
    expression: Option<String>,
}

#[derive(Deserialize)]
struct License {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Evidence {
    #[serde(default)]
    occurrences: Vec<Occurrence>,
}

#[derive(Deserialize)]
struct Occurrence {
    location: Option<String>,
}

/// Reads all components, nested ones included.
pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), SbomError> {
    let bom: Bom = serde_json::from_slice(bytes)?;
    // A list of what is still to do instead of a recursion.
    let mut open: Vec<(String, Value)> = Vec::new();
    if let Some(mut subject) = bom.metadata.and_then(|metadata| metadata.component) {
        // The subject is what the bill is about; only an operating system is also software on it.
        push_nested(&mut subject, "metadata.component", &mut open);
        if subject.get("type").and_then(Value::as_str) == Some("operating-system") {
            open.push(("metadata.component".to_owned(), subject));
        }
    }
    for (index, component) in bom.components.into_iter().enumerate() {
        open.push((format!("components[{index}]"), component));
    }
    while let Some((place, mut value)) = open.pop() {
        collector.count()?;
        push_nested(&mut value, &place, &mut open);
        match serde_json::from_value::<Entry>(value) {
            Ok(entry) => add(entry, place, collector),
            Err(error) => collector.malformed(place, error.to_string()),
        }
    }
    Ok(())
}

/// Takes the components out of a component.
fn push_nested(value: &mut Value, place: &str, open: &mut Vec<(String, Value)>) {
    let Some(Value::Array(nested)) = value.get_mut("components").map(Value::take) else { return };
    let named = |(index, component)| (format!("{place}.components[{index}]"), component);
    open.extend(nested.into_iter().enumerate().map(named));
}

fn add(entry: Entry, place: String, collector: &mut Collector) {
    match entry.kind.as_str() {
        "operating-system" => collector.operating_system(&entry.name, &entry.version),
        // Parts of a target that are no software with a version of its own.
        "file" | "device" | "data" | "cryptographic-asset" => {}
        _ => collector.add(component(entry, place)),
    }
}

fn component(entry: Entry, place: String) -> Component {
    let property = |names: &[&str]| {
        let found = entry.properties.iter().find(|p| names.contains(&p.name.as_str()));
        found.map(|property| property.value.clone()).filter(|value| !value.is_empty())
    };
    let occurrence = entry.evidence.as_ref().and_then(|e| e.occurrences.first()?.location.clone());
    Component {
        place,
        name: match &entry.group {
            Some(group) if !group.is_empty() => format!("{group}/{}", entry.name),
            _ => entry.name.clone(),
        },
        version: entry.version.clone(),
        source: source(&property),
        module_label: property(&[
            "pasu:ModularityLabel",
            "aquasecurity:trivy:Modularitylabel",
            "syft:metadata:modularityLabel",
        ]),
        kind: property(&["pasu:Type", "aquasecurity:trivy:PkgType"]),
        path: occurrence
            .or_else(|| property(&["aquasecurity:trivy:FilePath", "syft:location:0:path"])),
        purl: entry.purl.filter(|purl| !purl.is_empty()),
        cpes: entry.cpe.into_iter().filter(|cpe| !cpe.is_empty()).collect(),
        licenses: entry.licenses.into_iter().filter_map(license).collect(),
        supplier: entry.supplier.and_then(|supplier| supplier.name),
        digest: entry.hashes.into_iter().find_map(digest),
    }
}

/// The source package as Trivy and Pasu write it; Trivy keeps epoch, version and release apart.
fn source(property: &impl Fn(&[&str]) -> Option<String>) -> Option<SourcePackage> {
    let name = property(&["pasu:SrcName", "aquasecurity:trivy:SrcName"])?;
    let mut version = property(&["pasu:SrcVersion", "aquasecurity:trivy:SrcVersion"])?;
    if let Some(release) = property(&["aquasecurity:trivy:SrcRelease"]) {
        version = format!("{version}-{release}");
    }
    match property(&["aquasecurity:trivy:SrcEpoch"]) {
        Some(epoch) if epoch != "0" => version = format!("{epoch}:{version}"),
        _ => {}
    }
    Some(SourcePackage { name, version })
}

fn license(choice: LicenseChoice) -> Option<String> {
    choice.expression.or_else(|| choice.license.and_then(|license| license.id.or(license.name)))
}

/// `SHA-256` and so on as the model writes them.
fn digest(hash: Hash) -> Option<String> {
    let name = match hash.alg.as_str() {
        "SHA-1" => "sha1",
        "SHA-256" => "sha256",
        "SHA-512" => "sha512",
        _ => return None,
    };
    Some(format!("{name}:{}", hash.content))
}
