//! One thing that is wrong at one place, whatever found it.

use crate::Severity;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One thing that is wrong at one place.
///
/// The shape is the same for every scanner: what differs by kind is in [`Detail`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong: `CVE-2024-3094`, `GHSA-…` where no CVE exists, an item's slug.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// Index of the package concerned in the packages of the same [`crate::FindingSet`].
    pub package: Option<usize>,
    /// Names this finding in every later run: does not change with line numbers, versions or order.
    pub fingerprint: Fingerprint,
    /// What the kind of finding adds.
    pub detail: Detail,
}

/// The part of a finding that depends on its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Detail {
    /// A package version that an advisory says is vulnerable.
    Vulnerability(Box<Vulnerability>),
}

impl Finding {
    /// The vulnerability this finding is about, if it is about one.
    #[must_use]
    pub fn vulnerability(&self) -> Option<&Vulnerability> {
        match &self.detail {
            Detail::Vulnerability(vulnerability) => Some(vulnerability),
        }
    }
}

/// The stable name of a finding: `sha256:` and 64 hexadecimal digits over target, rule and place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a rule at a place of a target. Parts are kept apart, so that `a`+`bc` is not `ab`+`c`.
    #[must_use]
    pub fn of(target: &str, rule: &str, place: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in [target, rule].iter().chain(place) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut hex = String::with_capacity(71);
        hex.push_str("sha256:");
        for byte in digest {
            hex.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            hex.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        Self(hex)
    }

    /// The printed form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the sources say about one vulnerability in one package.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Other names of the same vulnerability: further CVEs, GHSA, PYSEC, GO, RUSTSEC…, sorted.
    pub aliases: Vec<String>,
    /// The distribution's own notices: DSA, USN, RHSA, ALSA, RLSA…, sorted.
    pub vendor_ids: Vec<String>,
    /// What the source says about a fix.
    pub status: Status,
    /// Versions with the fix that are above the installed one, in version order; empty without a fix.
    pub fixed_versions: Vec<String>,
    /// Which source the severity was taken from: `debian`, `ghsa`, `nvd`; empty if unknown.
    pub severity_source: String,
    /// What each source rates it.
    pub vendor_severity: BTreeMap<String, Severity>,
    /// What each source scores it.
    pub cvss: BTreeMap<String, Cvss>,
    /// One line.
    pub title: String,
    /// The whole description.
    pub description: String,
    /// `CWE-79` and so on.
    pub cwes: Vec<String>,
    /// Links.
    pub references: Vec<String>,
    /// The page to read first.
    pub primary_url: String,
    /// RFC 3339, as the source writes it.
    pub published: Option<String>,
    /// RFC 3339, as the source writes it.
    pub modified: Option<String>,
    /// The source that decided.
    pub data_source: DataSource,
    /// CISA's catalogue of known exploited vulnerabilities has it.
    pub known_exploited: Option<KnownExploited>,
    /// FIRST's Exploit Prediction Scoring System.
    pub epss: Option<Epss>,
    /// How a CPE matched, for software outside packages.
    pub cpe_match: Option<CpeMatch>,
}

/// What a source says about a fix. The serialised names are Trivy's `Status`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not said.
    #[default]
    Unknown,
    /// Vulnerable, no fix yet.
    Affected,
    /// A version with the fix exists.
    Fixed,
    /// Being looked at.
    UnderInvestigation,
    /// The maker will not mend it.
    WillNotFix,
    /// The maker mends it later.
    FixDeferred,
    /// The release gets no fixes any more.
    EndOfLife,
}

impl Status {
    /// Trivy's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
            Self::WillNotFix => "will_not_fix",
            Self::FixDeferred => "fix_deferred",
            Self::EndOfLife => "end_of_life",
        }
    }
}

/// One source's CVSS of one vulnerability, a vector and a base score for each version that it gives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cvss {
    /// `AV:N/AC:L/…` (version 2).
    pub v2_vector: Option<String>,
    /// Base score of version 2, 0.0 to 10.0.
    pub v2_score: Option<f64>,
    /// `CVSS:3.x/…`.
    pub v3_vector: Option<String>,
    /// Base score of version 3.
    pub v3_score: Option<f64>,
    /// `CVSS:4.0/…`.
    pub v40_vector: Option<String>,
    /// Base score of version 4.
    pub v40_score: Option<f64>,
}

impl Cvss {
    /// The score to judge by: version 4, else 3, else 2.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.v40_score.or(self.v3_score).or(self.v2_score)
    }
}

/// Where an advisory came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSource {
    /// Short name: `debian`, `ghsa`, `nvd`.
    pub id: String,
    /// Long name.
    pub name: String,
    /// Home page.
    pub url: String,
}

/// An entry of CISA's Known Exploited Vulnerabilities catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownExploited {
    /// `dateAdded`, `YYYY-MM-DD`.
    pub added: String,
    /// `dueDate`, `YYYY-MM-DD`.
    pub due: String,
    /// Known to be used by ransomware.
    pub ransomware: bool,
}

/// FIRST's Exploit Prediction Scoring System.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epss {
    /// Probability of exploitation in the next 30 days, 0.0 to 1.0.
    pub score: f64,
    /// Share of all CVEs scored the same or lower, 0.0 to 1.0.
    pub percentile: f64,
}

/// How a CPE name of the target met a CPE match criterion of the NVD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpeMatch {
    /// The name built from what was found, CPE 2.3.
    pub cpe: String,
    /// The `criteria` of the NVD configuration that matched.
    pub criteria: String,
    /// The version bounds beside it, such as `>= 1.0, < 1.2`; empty if the criteria holds the version.
    pub range: String,
    /// What was found on the target.
    pub evidence: Vec<String>,
    /// How sure that is.
    pub confidence: Confidence,
}

/// How sure a CPE match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The criterion names all versions of the product, which is often an entry that nobody narrowed later.
    Low,
    /// Vendor, product and version agree; the update field (`p1`, `rc2`) could not be compared.
    Medium,
    /// Vendor, product, version and everything else the configuration asks for agree.
    High,
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn fingerprints_keep_parts_apart() {
        assert_ne!(Fingerprint::of("a", "b", &["cd"]), Fingerprint::of("a", "bc", &["d"]));
        assert_eq!(Fingerprint::of("a", "b", &["c"]).as_str().len(), 7 + 64);
    }
}
