//! What is on a target, and what of it could not be seen.

use crate::{OperatingSystem, Package, PackageType};
use serde::{Deserialize, Serialize};

/// Everything one walk found out about a target's software.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// Operating system, if the target holds one.
    pub os: Option<OperatingSystem>,
    /// Packages by the record they came from, in a fixed order (type, then target).
    pub sets: Vec<PackageSet>,
    /// What was there and could not be looked at.
    pub unseen: Vec<Unseen>,
    /// Directories left out on purpose because what is mounted there belongs to another machine or a container.
    pub left_out: Vec<String>,
}

/// The packages of one record: a package database, a lock file, an executable, or all installed modules of a language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackageSet {
    /// What the record is.
    pub kind: PackageType,
    /// Path of the record inside the target, without the leading `/`; a heading such as `Python` for gathered
    /// installed packages; empty for the operating system's packages.
    pub target: String,
    /// The packages, sorted by name, version and path.
    pub packages: Vec<Package>,
}

/// Something that was there and was not looked at, and why. Any of these makes the exit status 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unseen {
    /// Path inside the target, lossily decoded.
    pub path: String,
    /// Why.
    pub reason: UnseenReason,
    /// What exactly was wrong and where in the file, in English, without secrets; may be empty.
    pub detail: String,
}

/// Why something was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnseenReason {
    /// Permission denied.
    Permission,
    /// The file is not what its name promises, or is damaged.
    Malformed,
    /// A limit on size, depth, count or ratio was reached.
    Limit,
    /// Reading failed.
    Io,
    /// The time given with `--timeout` ran out.
    Timeout,
    /// A form of the file that Pasu does not read yet.
    Unsupported,
    /// The database has no advisories for this operating system's release, so nobody judged its packages.
    NoAdvisories,
    /// Another file system is mounted there, and the walk was to stay on one.
    OtherFileSystem,
    /// It was asked for, and Pasu does not look for such things yet.
    NotLookedFor,
}

impl UnseenReason {
    /// The kebab-case key, as serialised.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Malformed => "malformed",
            Self::Limit => "limit",
            Self::Io => "io",
            Self::Timeout => "timeout",
            Self::Unsupported => "unsupported",
            Self::NoAdvisories => "no-advisories",
            Self::OtherFileSystem => "other-file-system",
            Self::NotLookedFor => "not-looked-for",
        }
    }
}
