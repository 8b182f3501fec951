//! One run of Pasu, whole: what was looked at, with what, what was found and what was not seen.

use crate::{Finding, OperatingSystem, Package, PackageType, Unseen};
use serde::{Deserialize, Serialize};

/// One run, the input of every report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Who ran.
    pub tool: Tool,
    /// When it began, RFC 3339.
    pub started: String,
    /// What was looked at.
    pub target: Target,
    /// Its operating system.
    pub os: Option<OperatingSystem>,
    /// Whether security updates no longer reached the machine on the day of the run: [`crate::Support::is_over`]. Extended
    /// support that is free (Debian LTS) or switched on (Ubuntu Pro) counts as support.
    pub os_end_of_life: bool,
    /// The advisories used; `None` when only packages were listed.
    pub database: Option<DatabaseInfo>,
    /// Findings with their packages, by record.
    pub sets: Vec<FindingSet>,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
    /// As [`crate::Inventory::left_out`].
    pub left_out: Vec<String>,
    /// Options that left out packages or findings, as typed (`--severity HIGH`, `--skip-dirs /srv`): what is not there
    /// may be on the target all the same.
    pub narrowed: Vec<String>,
    /// Findings taken out by an ignore file or VEX, with the reason.
    pub suppressed: Vec<Suppressed>,
    /// Packages no advisory source could judge, one line each (`name version: why`).
    pub unmatched: Vec<String>,
    /// The image, where the target is one.
    pub image: Option<crate::ImageInfo>,
}

/// The program that made a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `pasu`.
    pub name: String,
    /// Version.
    pub version: String,
}

/// What a run looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which kind.
    pub kind: TargetKind,
    /// As the user wrote it; the host name for this host.
    pub name: String,
}

/// The kinds of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// The machine Pasu runs on.
    Host,
    /// A mounted or unpacked root file system.
    Rootfs,
    /// A folder with projects.
    Filesystem,
    /// A source repository.
    Repository,
    /// A container image.
    Image,
    /// A software bill of materials: CycloneDX.
    CycloneDx,
    /// A software bill of materials: SPDX.
    Spdx,
}

/// The advisory database of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseInfo {
    /// Where it came from.
    pub origin: DatabaseOrigin,
    /// When it was built, RFC 3339.
    pub built: String,
    /// Date of the newest record of any source, `YYYY-MM-DD`.
    pub newest: String,
    /// Age in days on the day of the run, counted from [`DatabaseInfo::newest`].
    pub age_days: i64,
    /// Its sources.
    pub sources: Vec<SourceInfo>,
}

/// Where the database came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseOrigin {
    /// The snapshot inside the program.
    Bundled,
    /// A file.
    File(String),
}

/// One feed inside a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// Short name: `osv/Debian`, `nvd`, `kev`.
    pub id: String,
    /// Long name.
    pub name: String,
    /// Home page.
    pub url: String,
    /// Licence and credit line.
    pub license: String,
    /// Records taken over.
    pub records: u64,
    /// Records skipped because they were malformed.
    pub skipped: u64,
    /// Date of the newest record, RFC 3339 or `YYYY-MM-DD`.
    pub newest: String,
}

/// The findings of one record together with its packages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingSet {
    /// What the record is.
    pub kind: PackageType,
    /// As [`crate::PackageSet::target`].
    pub target: String,
    /// All packages of the record.
    pub packages: Vec<Package>,
    /// Findings; [`Finding::package`] points into `packages`.
    pub findings: Vec<Finding>,
}

/// A finding that was taken out, and by what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Its package's name and version.
    pub package: String,
    /// [`FindingSet::target`] it stood under.
    pub target: String,
    /// `ignored`, `not_affected`, `fixed` (VEX statuses and the ignore file).
    pub status: String,
    /// The file that said so.
    pub source: String,
    /// The reason given there.
    pub statement: String,
}

impl Run {
    /// All findings with the set each stands in.
    pub fn findings(&self) -> impl Iterator<Item = (&FindingSet, &Finding)> {
        self.sets.iter().flat_map(|set| set.findings.iter().map(move |finding| (set, finding)))
    }

    /// How many packages were looked at.
    #[must_use]
    pub fn package_count(&self) -> usize {
        self.sets.iter().map(|set| set.packages.len()).sum()
    }
}

impl FindingSet {
    /// The package a finding of this set is about.
    #[must_use]
    pub fn package_of(&self, finding: &Finding) -> Option<&Package> {
        finding.package.and_then(|index| self.packages.get(index))
    }
}
