//! What the database keeps: one [`Row`] for each statement of an advisory on a package, one [`Detail`] for each
//! vulnerability. Both are stored with postcard, so a change here is a change of [`crate::database::FORMAT`].

use pasu_model::{Cvss, DataSource, Epss, KnownExploited, Severity, Status};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The name of a vulnerability: `CVE-2024-3094`, `GHSA-…`, `DSA-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VulnId(String);

/// How a [`VulnId`] is stored: nine names in ten are CVEs, which are two small numbers.
#[derive(Serialize, Deserialize)]
enum StoredId {
    Cve(u16, u32),
    Other(String),
}

impl VulnId {
    /// A name as the source writes it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a CVE.
    #[must_use]
    pub fn is_cve(&self) -> bool {
        self.0.starts_with("CVE-")
    }

    fn cve_numbers(&self) -> Option<(u16, u32)> {
        let (year, number) = self.0.strip_prefix("CVE-")?.split_once('-')?;
        let numbers = (year.parse().ok()?, number.parse().ok()?);
        // Only what is written exactly so may be stored as numbers.
        (format_cve(numbers.0, numbers.1) == self.0).then_some(numbers)
    }
}

fn format_cve(year: u16, number: u32) -> String {
    format!("CVE-{year}-{number:04}")
}

impl fmt::Display for VulnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for VulnId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.cve_numbers() {
            Some((year, number)) => StoredId::Cve(year, number).serialize(serializer),
            None => StoredId::Other(self.0.clone()).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for VulnId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match StoredId::deserialize(deserializer)? {
            StoredId::Cve(year, number) => Self(format_cve(year, number)),
            StoredId::Other(id) => Self(id),
        })
    }
}

/// One advisory's statement on one package of one release or registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The name to show: the CVE where there is one, else the advisory's own.
    pub id: VulnId,
    /// Every other name of the same vulnerability, the advisory's own among them.
    pub aliases: Vec<VulnId>,
    /// The distribution's notices about it (DSA, RHSA, ALSA, RLSA).
    pub notices: Vec<VulnId>,
    /// Who says so.
    pub origin: Origin,
    /// Affected version ranges; a version in any of them is affected.
    pub ranges: Vec<Range>,
    /// Affected versions that lie in none of the ranges.
    pub versions: Vec<String>,
    /// What is said about a fix, when a range has none.
    pub status: Status,
    /// How the source rates it for this package.
    pub severity: Option<Severity>,
    /// The RPM module stream it is about: `postgresql:12`.
    pub module: Option<String>,
}

/// A half-open or closed stretch of versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    /// First affected version; `None` is the beginning of time (OSV's `0`).
    pub introduced: Option<String>,
    /// Where it ends.
    pub end: RangeEnd,
}

/// Where a range of affected versions ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RangeEnd {
    /// Nowhere yet.
    Open,
    /// Before this version, which has the fix.
    Fixed(String),
    /// With this version.
    Last(String),
    /// Before this version, which is known good but not announced as the fix.
    Limit(String),
}

/// Who makes a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// Debian Security Tracker.
    Debian,
    /// Ubuntu CVE tracker, standard support.
    Ubuntu,
    /// Ubuntu CVE tracker, Ubuntu Pro (ESM).
    UbuntuPro,
    /// Alpine secdb.
    Alpine,
    /// Red Hat errata.
    RedHat,
    /// AlmaLinux errata.
    Alma,
    /// Rocky Linux errata.
    Rocky,
    /// GitHub Security Advisories.
    Ghsa,
    /// Python Packaging Advisory Database.
    Pysec,
    /// Go Vulnerability Database.
    Go,
    /// RustSec Advisory Database.
    RustSec,
    /// OpenSSF malicious packages.
    Malicious,
    /// National Vulnerability Database.
    Nvd,
    /// Any other source that OSV carries.
    Osv,
}

impl Origin {
    /// Trivy's short names where Trivy has the source.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Debian => "debian",
            Self::Ubuntu => "ubuntu",
            Self::UbuntuPro => "ubuntu-pro",
            Self::Alpine => "alpine",
            Self::RedHat => "redhat",
            Self::Alma => "alma",
            Self::Rocky => "rocky",
            Self::Ghsa => "ghsa",
            Self::Pysec => "pysec",
            Self::Go => "govulndb",
            Self::RustSec => "rustsec",
            Self::Malicious => "ossf-malicious",
            Self::Nvd => "nvd",
            Self::Osv => "osv",
        }
    }

    /// The source as results name it.
    #[must_use]
    pub fn data_source(self) -> DataSource {
        let (name, url) = match self {
            Self::Debian => {
                ("Debian Security Tracker", "https://security-tracker.debian.org/tracker/")
            }
            Self::Ubuntu => ("Ubuntu CVE Tracker", "https://ubuntu.com/security/cves"),
            Self::UbuntuPro => {
                ("Ubuntu CVE Tracker (Ubuntu Pro)", "https://ubuntu.com/security/cves")
            }
            Self::Alpine => ("Alpine Secdb", "https://secdb.alpinelinux.org/"),
            Self::RedHat => (
                "Red Hat Security Advisories",
                "https://access.redhat.com/security/security-updates/",
            ),
            Self::Alma => ("AlmaLinux Errata", "https://errata.almalinux.org/"),
            Self::Rocky => ("Rocky Linux Errata", "https://errata.rockylinux.org/"),
            Self::Ghsa => ("GitHub Security Advisory", "https://github.com/advisories"),
            Self::Pysec => {
                ("Python Packaging Advisory Database", "https://github.com/pypa/advisory-database")
            }
            Self::Go => ("The Go Vulnerability Database", "https://pkg.go.dev/vuln/"),
            Self::RustSec => ("RustSec Advisory Database", "https://rustsec.org/"),
            Self::Malicious => {
                ("OpenSSF Malicious Packages", "https://github.com/ossf/malicious-packages")
            }
            Self::Nvd => ("National Vulnerability Database", "https://nvd.nist.gov/"),
            Self::Osv => ("OSV", "https://osv.dev/"),
        };
        DataSource { id: self.id().to_owned(), name: name.to_owned(), url: url.to_owned() }
    }
}

/// What all sources together say about one vulnerability, whatever package it is in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// One line.
    pub title: String,
    /// The whole description.
    pub description: String,
    /// Ratings by source ([`Origin::id`] or `nvd`), sorted by source.
    pub severities: Vec<(String, Severity)>,
    /// Scores by source, sorted by source.
    pub cvss: Vec<(String, Cvss)>,
    /// `CWE-79`…
    pub cwes: Vec<String>,
    /// Links.
    pub references: Vec<String>,
    /// RFC 3339.
    pub published: Option<String>,
    /// RFC 3339.
    pub modified: Option<String>,
    /// CISA's catalogue has it.
    pub known_exploited: Option<KnownExploited>,
    /// FIRST's prediction.
    pub epss: Option<Epss>,
}

#[cfg(test)]
mod tests {
    use super::VulnId;

    #[test]
    fn ids_are_stored_small_and_come_back_as_written() {
        for (id, size) in [
            ("CVE-2024-3094", 6),
            ("CVE-2024-1234567", 7),
            ("CVE-2024-03094", 16),
            ("GHSA-aaaa-bbbb-cccc", 21),
        ] {
            let bytes = postcard::to_stdvec(&VulnId::new(id)).unwrap();
            assert!(bytes.len() <= size, "{id}: {}", bytes.len());
            assert_eq!(postcard::from_bytes::<VulnId>(&bytes).unwrap().as_str(), id);
        }
    }
}
