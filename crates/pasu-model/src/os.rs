//! Which operating system a target is, and until when its maker mends it.

use crate::Ecosystem;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A family of distributions that Pasu tells apart. The serialised names are Trivy's `OS.Family`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OsFamily {
    /// Debian.
    Debian,
    /// Ubuntu.
    Ubuntu,
    /// Alpine Linux.
    Alpine,
    /// Red Hat Enterprise Linux and UBI.
    RedHat,
    /// Rocky Linux.
    Rocky,
    /// AlmaLinux.
    Alma,
    /// CentOS Linux and CentOS Stream.
    CentOs,
    /// Fedora.
    Fedora,
    /// Oracle Linux.
    Oracle,
    /// Amazon Linux.
    Amazon,
    /// SUSE Linux Enterprise.
    #[serde(rename = "sles")]
    Suse,
    /// openSUSE Leap.
    #[serde(rename = "opensuse-leap")]
    OpenSuseLeap,
    /// openSUSE Tumbleweed.
    #[serde(rename = "opensuse-tumbleweed")]
    OpenSuseTumbleweed,
    /// Wolfi.
    Wolfi,
    /// Chainguard OS.
    Chainguard,
    /// Arch Linux.
    Arch,
    /// Something that has an `os-release` we have no advisories for.
    Other,
}

impl OsFamily {
    /// Trivy's name of the family, also the `Type` of its package results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debian => "debian",
            Self::Ubuntu => "ubuntu",
            Self::Alpine => "alpine",
            Self::RedHat => "redhat",
            Self::Rocky => "rocky",
            Self::Alma => "alma",
            Self::CentOs => "centos",
            Self::Fedora => "fedora",
            Self::Oracle => "oracle",
            Self::Amazon => "amazon",
            Self::Suse => "sles",
            Self::OpenSuseLeap => "opensuse-leap",
            Self::OpenSuseTumbleweed => "opensuse-tumbleweed",
            Self::Wolfi => "wolfi",
            Self::Chainguard => "chainguard",
            Self::Arch => "arch",
            Self::Other => "other",
        }
    }

    /// The ecosystem whose advisories decide for this family's packages.
    #[must_use]
    pub const fn ecosystem(self) -> Option<Ecosystem> {
        Some(match self {
            Self::Debian => Ecosystem::Debian,
            Self::Ubuntu => Ecosystem::Ubuntu,
            Self::Alpine => Ecosystem::Alpine,
            Self::RedHat | Self::CentOs => Ecosystem::RedHat,
            Self::Rocky => Ecosystem::RockyLinux,
            Self::Alma => Ecosystem::AlmaLinux,
            Self::Fedora => Ecosystem::Fedora,
            Self::Oracle => Ecosystem::Oracle,
            Self::Amazon => Ecosystem::Amazon,
            Self::Suse => Ecosystem::Suse,
            Self::OpenSuseLeap | Self::OpenSuseTumbleweed => Ecosystem::OpenSuse,
            Self::Wolfi => Ecosystem::Wolfi,
            Self::Chainguard => Ecosystem::Chainguard,
            Self::Arch => Ecosystem::Arch,
            Self::Other => return None,
        })
    }
}

/// The operating system of a target, as its `os-release` or a stand-in says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatingSystem {
    /// Family.
    pub family: OsFamily,
    /// `ID` of `os-release`, kept for families we have no name for.
    pub id: String,
    /// The release as the distribution writes it: `12.11`, `22.04`, `3.19.1`, `9.4`; empty for rolling ones.
    pub version: String,
    /// `VERSION_CODENAME` where given: `bookworm`.
    pub codename: Option<String>,
    /// `PRETTY_NAME` where given.
    pub pretty_name: Option<String>,
    /// Whether extended maintenance is switched on (Ubuntu Pro attached, ESM sources configured).
    pub extended: bool,
    /// When the maker's free security support ends or ended, where known.
    pub end_of_life: Option<EndOfLife>,
}

/// The day a release stops getting security updates without a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndOfLife {
    /// Last day of standard security support.
    pub standard: Date,
    /// Last day of extended support (LTS, ESM, ELS) where there is any.
    pub extended: Option<Date>,
}

impl EndOfLife {
    /// Whether the last day of standard support has passed on `today`.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        today > self.standard
    }
}

impl OperatingSystem {
    /// The first number of the release: `9` of `9.4`.
    #[must_use]
    pub fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }

    /// The release in the form under which advisories are filed: `12`, `22.04`, `3.19`, `9`, `edge`; empty if rolling.
    #[must_use]
    pub fn advisory_release(&self) -> String {
        let minor = || self.version.split('.').take(2).collect::<Vec<_>>().join(".");
        match self.family {
            OsFamily::Ubuntu | OsFamily::Suse | OsFamily::OpenSuseLeap => minor(),
            OsFamily::Alpine if self.version.contains("_alpha") || self.version == "edge" => {
                "edge".to_owned()
            }
            OsFamily::Alpine => minor(),
            OsFamily::Wolfi
            | OsFamily::Chainguard
            | OsFamily::Arch
            | OsFamily::OpenSuseTumbleweed => String::new(),
            _ => self.major().to_owned(),
        }
    }
}
