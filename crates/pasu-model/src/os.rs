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
    /// When security support ends or ended, where known.
    pub end_of_life: Option<EndOfLife>,
}

/// The days on which a release stops getting security updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndOfLife {
    /// Last day of standard security support.
    pub standard: Date,
    /// Last day of extended support (LTS, ESM, ELS) where there is any.
    pub extended: Option<Date>,
}

/// Whether a machine still gets security updates on some day, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Regular support goes on.
    Regular {
        /// Its last day.
        until: Date,
    },
    /// Regular support has ended; extended support that this machine has goes on: Debian LTS, which is everybody's, or
    /// what was switched on.
    Extended {
        /// Last day of regular support.
        ended: Date,
        /// Last day of extended support.
        until: Date,
    },
    /// Regular support has ended; extended support goes on for those who subscribe, and this machine does not show it.
    ExtendedOnOffer {
        /// Last day of regular support.
        ended: Date,
        /// Last day of extended support.
        until: Date,
    },
    /// All support has ended.
    Ended {
        /// Its last day.
        on: Date,
    },
}

impl Support {
    /// Whether security updates no longer reach the machine.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::ExtendedOnOffer { .. } | Self::Ended { .. })
    }
}

impl OperatingSystem {
    /// Which support the machine has on `today`; `None` where the dates are not known or the release has no end.
    #[must_use]
    pub fn support(&self, today: Date) -> Option<Support> {
        let EndOfLife { standard, extended } = *self.end_of_life.as_ref()?;
        Some(match extended {
            _ if today <= standard => Support::Regular { until: standard },
            Some(until) if today <= until => {
                if self.extended || self.family == OsFamily::Debian {
                    Support::Extended { ended: standard, until }
                } else {
                    Support::ExtendedOnOffer { ended: standard, until }
                }
            }
            extended => Support::Ended { on: extended.unwrap_or(standard) },
        })
    }

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

#[cfg(test)]
mod tests {
    use super::{EndOfLife, OperatingSystem, OsFamily, Support};
    use jiff::civil::{Date, date};

    const REGULAR: Date = date(2026, 7, 11);
    const LONGER: Date = date(2028, 6, 30);

    fn support(
        family: OsFamily,
        switched_on: bool,
        extended: Option<Date>,
        today: Date,
    ) -> Option<Support> {
        let os = OperatingSystem {
            family,
            id: String::new(),
            version: "12".to_owned(),
            codename: None,
            pretty_name: None,
            extended: switched_on,
            end_of_life: Some(EndOfLife { standard: REGULAR, extended }),
        };
        os.support(today)
    }

    #[test]
    fn free_or_subscribed_extended_support_counts() {
        let extended = Some(Support::Extended { ended: REGULAR, until: LONGER });
        let offered = Some(Support::ExtendedOnOffer { ended: REGULAR, until: LONGER });
        let between = date(2026, 11, 22);
        for (family, switched_on, expected) in [
            (OsFamily::Debian, false, extended),
            (OsFamily::Ubuntu, false, offered),
            (OsFamily::Ubuntu, true, extended),
            (OsFamily::RedHat, false, offered),
        ] {
            assert_eq!(support(family, switched_on, Some(LONGER), between), expected, "{family:?}");
        }
        let ended = support(OsFamily::Alpine, false, None, between);
        assert_eq!(ended, Some(Support::Ended { on: REGULAR }));
    }

    #[test]
    fn the_last_day_is_still_supported() {
        let on = |today| support(OsFamily::Debian, false, Some(LONGER), today);
        assert_eq!(on(REGULAR), Some(Support::Regular { until: REGULAR }));
        assert_eq!(on(LONGER), Some(Support::Extended { ended: REGULAR, until: LONGER }));
        let over = on(date(2028, 7, 1));
        assert_eq!(over, Some(Support::Ended { on: LONGER }));
        assert!(over.is_some_and(Support::is_over) && !on(LONGER).is_some_and(Support::is_over));
    }
}
