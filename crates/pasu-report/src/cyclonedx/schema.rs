//! The keys of CycloneDX that are written.

use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bom<'a> {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub bom_format: &'static str,
    pub spec_version: &'static str,
    pub serial_number: String,
    pub version: u32,
    pub metadata: Metadata<'a>,
    pub components: Vec<Component<'a>>,
    pub dependencies: Vec<Dependency>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Metadata<'a> {
    pub timestamp: &'a str,
    pub tools: Tools<'a>,
    pub component: Component<'a>,
    pub properties: Vec<Property>,
}

#[derive(Serialize)]
pub(crate) struct Tools<'a> {
    pub components: [Component<'a>; 1],
}

#[derive(Serialize, Default)]
pub(crate) struct Component<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    pub bom_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicenseChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpe: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Named<'a> {
    pub name: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Hash {
    pub alg: &'static str,
    pub content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LicenseChoice<'a> {
    License(License<'a>),
    Expression(String),
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum License<'a> {
    Id(&'static str),
    Name(&'a str),
}

#[derive(Serialize)]
pub(crate) struct Property {
    pub name: &'static str,
    pub value: String,
}

#[derive(Serialize)]
pub(crate) struct Evidence<'a> {
    pub occurrences: Vec<Occurrence<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Occurrence<'a> {
    pub location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dependency {
    #[serde(rename = "ref")]
    pub reference: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct Vulnerability<'a> {
    pub id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Rating<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cwes: Vec<u32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub detail: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub recommendation: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<Advisory<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Analysis>,
    pub affects: Vec<Affects>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

#[derive(Serialize)]
pub(crate) struct Source<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub url: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Reference<'a> {
    pub id: &'a str,
    pub source: Source<'a>,
}

#[derive(Serialize)]
pub(crate) struct Rating<'a> {
    pub source: Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    pub severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Advisory<'a> {
    pub url: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Analysis {
    pub state: &'static str,
    pub detail: String,
}

#[derive(Serialize)]
pub(crate) struct Affects {
    #[serde(rename = "ref")]
    pub reference: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<AffectedVersion>,
}

#[derive(Serialize)]
pub(crate) struct AffectedVersion {
    pub version: String,
    pub status: &'static str,
}
