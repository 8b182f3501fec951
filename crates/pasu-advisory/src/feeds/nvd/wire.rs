//! The JSON as it stands in the feed, only what is kept. What a feed leaves out or sets to null is empty.

use crate::cpe::Operator;
use serde::Deserialize;
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

#[derive(Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    pub cve: Cve<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cve<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub vuln_status: Option<Text<'a>>,
    #[serde(borrow)]
    pub published: Option<Text<'a>>,
    #[serde(borrow)]
    pub last_modified: Option<Text<'a>>,
    #[serde(borrow)]
    pub descriptions: Option<Vec<LangText<'a>>>,
    #[serde(borrow)]
    pub metrics: Option<Metrics<'a>>,
    #[serde(borrow)]
    pub weaknesses: Option<Vec<Weakness<'a>>>,
    #[serde(borrow)]
    pub references: Option<Vec<Reference<'a>>>,
    #[serde(borrow)]
    pub configurations: Option<Vec<Configuration<'a>>>,
    #[serde(borrow)]
    pub affected: Option<Vec<AffectedBy<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct LangText<'a> {
    #[serde(borrow)]
    pub lang: Text<'a>,
    #[serde(borrow)]
    pub value: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Weakness<'a> {
    #[serde(borrow)]
    pub description: Option<Vec<LangText<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub url: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Metrics<'a> {
    #[serde(borrow, rename = "cvssMetricV2")]
    pub v2: Option<Vec<Metric<'a>>>,
    #[serde(borrow, rename = "cvssMetricV30")]
    pub v30: Option<Vec<Metric<'a>>>,
    #[serde(borrow, rename = "cvssMetricV31")]
    pub v31: Option<Vec<Metric<'a>>>,
    #[serde(borrow, rename = "cvssMetricV40")]
    pub v40: Option<Vec<Metric<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metric<'a> {
    #[serde(borrow)]
    pub source: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub cvss_data: CvssData<'a>,
    /// CVSS 2 has the severity here, later versions in the data.
    #[serde(borrow)]
    pub base_severity: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CvssData<'a> {
    #[serde(borrow)]
    pub vector_string: Text<'a>,
    pub base_score: f64,
    #[serde(borrow)]
    pub base_severity: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Configuration<'a> {
    pub operator: Option<Operator>,
    pub negate: Option<bool>,
    #[serde(borrow)]
    pub nodes: Vec<Node<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node<'a> {
    pub operator: Operator,
    pub negate: Option<bool>,
    #[serde(borrow)]
    pub cpe_match: Vec<CpeMatch<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CpeMatch<'a> {
    pub vulnerable: bool,
    #[serde(borrow)]
    pub criteria: Text<'a>,
    #[serde(borrow)]
    pub version_start_including: Option<Text<'a>>,
    #[serde(borrow)]
    pub version_start_excluding: Option<Text<'a>>,
    #[serde(borrow)]
    pub version_end_including: Option<Text<'a>>,
    #[serde(borrow)]
    pub version_end_excluding: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AffectedBy<'a> {
    #[serde(borrow)]
    pub source: Option<Text<'a>>,
    #[serde(borrow)]
    pub affected_data: Option<Vec<AffectedData<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AffectedData<'a> {
    #[serde(borrow)]
    pub vendor: Option<Text<'a>>,
    #[serde(borrow)]
    pub product: Option<Text<'a>>,
    #[serde(borrow)]
    pub package_name: Option<Text<'a>>,
    #[serde(borrow, rename = "packageURL")]
    pub package_url: Option<Text<'a>>,
    #[serde(borrow)]
    pub default_status: Option<Text<'a>>,
    pub cpes: Option<Vec<String>>,
    #[serde(borrow)]
    pub versions: Option<Vec<Version<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version<'a> {
    #[serde(borrow)]
    pub version: Option<Text<'a>>,
    #[serde(borrow)]
    pub less_than: Option<Text<'a>>,
    #[serde(borrow)]
    pub less_than_or_equal: Option<Text<'a>>,
    #[serde(borrow)]
    pub version_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub status: Option<Text<'a>>,
    #[serde(borrow)]
    pub changes: Option<Vec<Change<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub at: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
}
