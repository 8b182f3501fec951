//! What stands beside Trivy's keys, under the one name `Pasu`.

use serde::Serialize;

/// What Trivy has no key for, about the run.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PasuReport<'a> {
    pub version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<Database<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub unmatched: &'a [String],
    /// Parts of an inspection of which nothing or not everything was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen_parts: Vec<String>,
    /// The images of an inspection.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<PasuImage<'a>>,
}

/// An image in the report of its machine.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PasuImage<'a> {
    /// As `Pasu.Image` of its results.
    pub name: String,
    #[serde(rename = "ID", skip_serializing_if = "str::is_empty")]
    pub id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub unmatched: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Database<'a> {
    pub origin: &'a str,
    pub built: &'a str,
    pub newest: &'a str,
    pub age_days: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Unseen<'a> {
    pub path: &'a str,
    pub reason: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub detail: &'a str,
}

/// What Trivy has no key for, about a package.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PasuPackage<'a> {
    #[serde(rename = "CPEs", skip_serializing_if = "<[_]>::is_empty")]
    pub cpes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub evidence: &'a [String],
}

impl PasuPackage<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.cpes.is_empty() && self.owner.is_none() && self.evidence.is_empty()
    }
}

/// What Trivy has no key for, about a vulnerability.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PasuVulnerability<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_exploited: Option<KnownExploited<'a>>,
    #[serde(rename = "EPSS", skip_serializing_if = "Option::is_none")]
    pub epss: Option<Epss>,
    #[serde(rename = "CPEMatch", skip_serializing_if = "Option::is_none")]
    pub cpe_match: Option<CpeMatch<'a>>,
}

impl PasuVulnerability<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.aliases.is_empty()
            && self.known_exploited.is_none()
            && self.epss.is_none()
            && self.cpe_match.is_none()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KnownExploited<'a> {
    pub added: &'a str,
    pub due: &'a str,
    pub ransomware: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Epss {
    pub score: f64,
    pub percentile: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CpeMatch<'a> {
    #[serde(rename = "CPE")]
    pub cpe: &'a str,
    pub criteria: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub range: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub evidence: &'a [String],
    pub confidence: &'static str,
}

/// What Trivy has no key for, about a result.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PasuResult<'a> {
    /// Items that only a person can judge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub manual: Vec<Manual<'a>>,
    /// Items that could not be judged, with what was in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Manual<'a>>,
    /// The image that the result is about, in the report of its machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl PasuResult<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.manual.is_empty() && self.blocked.is_empty() && self.image.is_none()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Manual<'a> {
    pub code: &'a str,
    pub item: &'a str,
    pub title: &'a str,
    pub message: &'a str,
}

/// What Trivy has no key for, about a misconfiguration.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PasuMisconfiguration<'a> {
    /// The number in the guideline, for `pasu audit explain`.
    pub code: &'a str,
    pub item: &'a str,
}
