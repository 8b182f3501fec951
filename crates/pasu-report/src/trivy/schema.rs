//! The keys of the report, in Trivy's order.

use super::extras::{PasuMisconfiguration, PasuPackage, PasuReport, PasuResult, PasuVulnerability};
use pasu_model::ImageConfig;
use serde::Serialize;
use std::collections::BTreeMap;

/// For `skip_serializing_if`: Trivy leaves out what is false.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// For `skip_serializing_if`: an epoch of zero is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Report<'a> {
    pub schema_version: u32,
    #[serde(rename = "ReportID")]
    pub report_id: String,
    pub created_at: &'a str,
    #[serde(rename = "ArtifactID", skip_serializing_if = "String::is_empty")]
    pub artifact_id: String,
    pub artifact_name: &'a str,
    pub artifact_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Result<'a>>,
    pub pasu: PasuReport<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metadata<'a> {
    #[serde(skip_serializing_if = "is_zero")]
    pub size: u64,
    #[serde(rename = "OS", skip_serializing_if = "Option::is_none")]
    pub os: Option<Os<'a>>,
    #[serde(rename = "ImageID", skip_serializing_if = "str::is_empty")]
    pub image_id: &'a str,
    #[serde(rename = "DiffIDs", skip_serializing_if = "Vec::is_empty")]
    pub diff_ids: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub repo_tags: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub repo_digests: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_config: Option<&'a ImageConfig>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<ImageLayer<'a>>,
}

/// A layer among the image's.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageLayer<'a> {
    #[serde(skip_serializing_if = "is_zero")]
    pub size: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub digest: &'a str,
    #[serde(rename = "DiffID", skip_serializing_if = "str::is_empty")]
    pub diff_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub created_by: &'a str,
}

/// The layer that brought a package.
#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Layer<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub digest: &'a str,
    #[serde(rename = "DiffID", skip_serializing_if = "str::is_empty")]
    pub diff_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub created_by: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Os<'a> {
    #[serde(rename = "Family")]
    pub family: &'static str,
    #[serde(rename = "Name")]
    pub name: &'a str,
    #[serde(rename = "EOSL", skip_serializing_if = "is_false")]
    pub end_of_life: bool,
    #[serde(rename = "extended", skip_serializing_if = "is_false")]
    pub extended: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Result<'a> {
    pub target: String,
    pub class: &'static str,
    #[serde(rename = "Type")]
    pub kind: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vulnerabilities: Vec<Vulnerability<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misconf_summary: Option<MisconfSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub misconfigurations: Vec<Misconfiguration<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experimental_modified_findings: Vec<ModifiedFinding<'a>>,
    #[serde(skip_serializing_if = "PasuResult::is_empty")]
    pub pasu: PasuResult<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MisconfSummary {
    pub successes: usize,
    pub failures: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Misconfiguration<'a> {
    #[serde(rename = "Type")]
    pub kind: &'static str,
    #[serde(rename = "ID")]
    pub id: &'a str,
    pub title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub description: &'a str,
    pub message: &'a str,
    pub namespace: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub resolution: &'a str,
    pub severity: &'static str,
    #[serde(rename = "PrimaryURL", skip_serializing_if = "String::is_empty")]
    pub primary_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    pub status: &'static str,
    pub cause_metadata: CauseMetadata,
    pub pasu: PasuMisconfiguration<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CauseMetadata {
    pub provider: &'static str,
    pub service: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Package<'a> {
    #[serde(rename = "ID")]
    pub id: String,
    pub name: &'a str,
    pub identifier: Identifier<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub release: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    pub epoch: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    pub dev: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub src_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub src_version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub src_release: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    pub src_epoch: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub licenses: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintainer: Option<&'a str>,
    #[serde(rename = "Modularitylabel", skip_serializing_if = "Option::is_none")]
    pub modularity_label: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    pub indirect: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub relationship: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub depends_on: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    #[serde(skip_serializing_if = "PasuPackage::is_empty")]
    pub pasu: PasuPackage<'a>,
}

#[derive(Serialize)]
pub(crate) struct Identifier<'a> {
    #[serde(rename = "PURL", skip_serializing_if = "Option::is_none")]
    pub purl: Option<&'a str>,
    #[serde(rename = "UID")]
    pub uid: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Location {
    pub start_line: u32,
    pub end_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vulnerability<'a> {
    #[serde(rename = "VulnerabilityID")]
    pub vulnerability_id: &'a str,
    #[serde(rename = "VendorIDs", skip_serializing_if = "<[_]>::is_empty")]
    pub vendor_ids: &'a [String],
    #[serde(rename = "PkgID", skip_serializing_if = "String::is_empty")]
    pub package_id: String,
    #[serde(rename = "PkgName", skip_serializing_if = "str::is_empty")]
    pub package_name: &'a str,
    #[serde(rename = "PkgPath", skip_serializing_if = "Option::is_none")]
    pub package_path: Option<&'a str>,
    #[serde(rename = "PkgIdentifier", skip_serializing_if = "Option::is_none")]
    pub package_identifier: Option<Identifier<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub installed_version: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fixed_version: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub severity_source: &'a str,
    #[serde(rename = "PrimaryURL", skip_serializing_if = "str::is_empty")]
    pub primary_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_source: Option<DataSource<'a>>,
    pub fingerprint: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub description: &'a str,
    pub severity: &'static str,
    #[serde(rename = "CweIDs", skip_serializing_if = "<[_]>::is_empty")]
    pub cwe_ids: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vendor_severity: BTreeMap<&'a str, u8>,
    #[serde(rename = "CVSS", skip_serializing_if = "BTreeMap::is_empty")]
    pub cvss: BTreeMap<&'a str, Cvss<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub references: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_date: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_date: Option<&'a str>,
    #[serde(skip_serializing_if = "PasuVulnerability::is_empty")]
    pub pasu: PasuVulnerability<'a>,
}

#[derive(Serialize)]
pub(crate) struct DataSource<'a> {
    #[serde(rename = "ID")]
    pub id: &'a str,
    #[serde(rename = "Name")]
    pub name: &'a str,
    #[serde(rename = "URL")]
    pub url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Cvss<'a> {
    #[serde(rename = "V2Vector", skip_serializing_if = "Option::is_none")]
    pub v2_vector: Option<&'a str>,
    #[serde(rename = "V3Vector", skip_serializing_if = "Option::is_none")]
    pub v3_vector: Option<&'a str>,
    #[serde(rename = "V40Vector", skip_serializing_if = "Option::is_none")]
    pub v40_vector: Option<&'a str>,
    #[serde(rename = "V2Score", skip_serializing_if = "Option::is_none")]
    pub v2_score: Option<f64>,
    #[serde(rename = "V3Score", skip_serializing_if = "Option::is_none")]
    pub v3_score: Option<f64>,
    #[serde(rename = "V40Score", skip_serializing_if = "Option::is_none")]
    pub v40_score: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifiedFinding<'a> {
    #[serde(rename = "Type")]
    pub kind: &'static str,
    pub status: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub statement: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub source: &'a str,
    pub finding: Modified<'a>,
}

/// What was taken out.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Modified<'a> {
    Vulnerability(Box<Vulnerability<'a>>),
    Misconfiguration(Box<Misconfiguration<'a>>),
}
