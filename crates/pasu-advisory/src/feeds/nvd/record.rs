//! What is kept of one record.

use crate::cpe::{Configuration, CpeName};
use pasu_model::{Cvss, Severity};
use std::collections::BTreeMap;

/// One CVE as the NVD has it.
#[derive(Debug, Clone, PartialEq)]
pub struct NvdRecord {
    /// `CVE-2023-38408`.
    pub id: String,
    /// `Analyzed`, `Awaiting Analysis`, `Rejected`…; empty where the feed has none.
    pub vuln_status: String,
    /// The identifier was withdrawn: nothing is vulnerable to it.
    pub rejected: bool,
    /// RFC 3339 in UTC.
    pub published: Option<String>,
    /// RFC 3339 in UTC.
    pub modified: Option<String>,
    /// In English.
    pub description: String,
    /// By source: `nvd` for the NVD itself, else the identifier of the source (`cna@vuldb.com`).
    pub cvss: BTreeMap<String, Cvss>,
    /// The severity that each source gives with its newest CVSS version.
    pub severity: BTreeMap<String, Severity>,
    /// `CWE-79` and so on, sorted.
    pub cwes: Vec<String>,
    /// Links, each once.
    pub references: Vec<String>,
    /// What is vulnerable, as CPE criteria.
    pub configurations: Vec<Configuration>,
    /// What is vulnerable, as the CVE's own record says.
    pub affected: Vec<Affected>,
}

/// One product of a CVE record (CVE record format 5, `affected`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Affected {
    /// Who says so.
    pub source: String,
    /// Who makes the product.
    pub vendor: String,
    /// The product.
    pub product: String,
    /// The package's name in its collection; empty if not given.
    pub package_name: String,
    /// The package as PURL; empty if not given.
    pub package_url: String,
    /// The status of versions not listed: `affected`, `unaffected`, `unknown`; empty if not given.
    pub default_status: String,
    /// CPE names of the product; those that are none are left out.
    pub cpes: Vec<CpeName>,
    /// The versions.
    pub versions: Vec<AffectedVersion>,
}

/// One version, or a range of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AffectedVersion {
    /// The version, or the first of the range.
    pub version: String,
    /// The first version after the range.
    pub less_than: Option<String>,
    /// The last version of the range.
    pub less_than_or_equal: Option<String>,
    /// `semver`, `git`, `custom`…; empty if not given.
    pub version_type: String,
    /// `affected`, `unaffected`, `unknown`.
    pub status: String,
    /// Where the status changes inside the range.
    pub changes: Vec<AffectedChange>,
}

/// A change of status inside a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedChange {
    /// From this version on.
    pub at: String,
    /// The new status.
    pub status: String,
}
