//! The keys of SARIF that are written.

use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(crate) struct Log<'a> {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub version: &'static str,
    pub runs: Vec<OneRun<'a>>,
}

/// A run of its kind.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum OneRun<'a> {
    Packages(Box<Run<'a>>),
    Other(serde_json::Value),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run<'a> {
    pub tool: Tool<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automation_details: Option<AutomationDetails>,
    pub invocations: [Invocation<'a>; 1],
    pub results: Vec<Result<'a>>,
    pub column_kind: &'static str,
    pub original_uri_base_ids: BTreeMap<&'static str, ArtifactLocation>,
    pub properties: RunProperties<'a>,
}

/// Which of several runs it is.
#[derive(Serialize)]
pub(crate) struct AutomationDetails {
    pub id: String,
}

#[derive(Serialize)]
pub(crate) struct RunProperties<'a> {
    pub advisories: String,
    #[serde(flatten)]
    pub image: Option<Image<'a>>,
}

/// Which image the target was.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Image<'a> {
    #[serde(rename = "imageID")]
    pub image_id: &'a str,
    pub image_name: &'a str,
    pub repo_digests: &'a [String],
    pub repo_tags: &'a [String],
}

#[derive(Serialize)]
pub(crate) struct Tool<'a> {
    pub driver: Driver<'a>,
}

#[derive(Serialize)]
pub(crate) struct Driver<'a> {
    pub name: &'a str,
    pub version: &'a str,
    pub rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule<'a> {
    pub id: &'a str,
    pub name: &'static str,
    pub short_description: Message,
    pub full_description: Message,
    pub default_configuration: Configuration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_uri: Option<&'a str>,
    pub help: Help,
    pub properties: RuleProperties<'a>,
}

#[derive(Serialize)]
pub(crate) struct Message {
    pub text: String,
}

#[derive(Serialize)]
pub(crate) struct Help {
    pub text: String,
    pub markdown: String,
}

#[derive(Serialize)]
pub(crate) struct Configuration {
    pub level: &'static str,
}

#[derive(Serialize)]
pub(crate) struct RuleProperties<'a> {
    pub precision: &'static str,
    /// A number in text: the form GitHub reads.
    #[serde(rename = "security-severity")]
    pub security_severity: String,
    pub tags: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invocation<'a> {
    pub execution_successful: bool,
    pub start_time_utc: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
pub(crate) struct Notification {
    pub level: &'static str,
    pub message: Message,
    pub locations: Vec<Location>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Result<'a> {
    pub rule_id: &'a str,
    pub rule_index: usize,
    pub level: &'static str,
    pub message: Message,
    pub locations: Vec<Location>,
    pub partial_fingerprints: BTreeMap<&'static str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<ResultProperties<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
}

/// The layer that brought the package.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResultProperties<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub layer_digest: &'a str,
    #[serde(rename = "layerDiffID", skip_serializing_if = "str::is_empty")]
    pub layer_diff_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    pub physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhysicalLocation {
    pub artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArtifactLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri_base_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    pub start_line: u32,
    pub end_line: u32,
}

#[derive(Serialize)]
pub(crate) struct Suppression {
    pub kind: &'static str,
    pub status: &'static str,
    pub justification: String,
}
