//! What would be upgraded, what would not and why: pure data, the same for the same machine and request.

use super::processes::ServiceInUse;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// Alpine's.
    Apk,
    /// Debian's and Ubuntu's.
    Apt,
    /// Red Hat's and its kin's, from version 8 on.
    Dnf,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which packages.
    pub selection: Selection,
    /// Whether packages that are not installed yet may come along where an upgrade depends on them.
    pub allow_new: bool,
    /// Seconds since 1970, to tell how old the package lists are.
    pub now: i64,
}

/// Which packages are to be upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, from findings.
    Wanted(Vec<Wanted>),
    /// Everything that a security source has something newer for.
    Security,
}

/// A package with known weaknesses, and the version that mends them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Name of the binary package, as the package manager has it (`libssl1.1`, `libc6:i386`).
    pub package: String,
    /// Version that was found.
    pub installed: String,
    /// The lowest version without the weaknesses.
    pub fixed: String,
    /// The weaknesses.
    pub cves: Vec<String>,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatePlan {
    /// By which package manager.
    pub manager: Manager,
    /// What is replaced by something newer, by name.
    pub upgrades: Vec<Upgrade>,
    /// What comes along although it was not installed, by name.
    pub new_packages: Vec<NewPackage>,
    /// What the administrator has held back, and so stays.
    pub held: Vec<Held>,
    /// What no configured source has.
    pub unavailable: Vec<Unavailable>,
    /// What the package manager could only do with something that is never done.
    pub refused: Vec<Refused>,
    /// What is at its fixed version already, or not installed.
    pub current: Vec<String>,
    /// Configuration files of the upgraded packages that somebody edited: they stay as they are.
    pub kept_files: Vec<KeptFile>,
    /// Services that use files of the upgraded packages now, and so keep the old ones until they are restarted.
    pub services: Vec<ServiceInUse>,
    /// Whether the machine must be booted afterwards.
    pub reboot: Option<Reboot>,
    /// Room on the disks.
    pub space: Vec<Space>,
    /// What else is to be known.
    pub notes: Vec<Note>,
    /// SHA-256 of what would change: the manager, names and versions.
    pub digest: String,
}

/// A package that is replaced by a newer one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade {
    /// Name, with `:architecture` where it is not the machine's own.
    pub package: String,
    /// Architecture of the new package (`amd64`, `all`).
    pub architecture: String,
    /// Version that is there.
    pub from: String,
    /// Version that comes.
    pub to: String,
    /// Weaknesses that it mends, as far as they were asked for.
    pub cves: Vec<String>,
    /// Where the new one comes from (`Debian-Security:11/oldoldstable-security`).
    pub source: String,
    /// Bytes to be downloaded.
    pub size: u64,
    /// Asked for, or only taken along because another one depends on it.
    pub is_wanted: bool,
    /// Marked as installed for the sake of others; stays so.
    pub is_automatic: bool,
    /// Percent of machines that its maker offers it to by now, where it is being phased in.
    pub phased: Option<u8>,
    /// Where the old package file comes from for an undo.
    pub old_package: OldPackage,
}

/// Where the package file of the installed version can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum OldPackage {
    /// It lies on the machine.
    Cache {
        /// Where.
        path: String,
    },
    /// A configured source still has it.
    Source,
    /// It is packed again from the installed files, by `dpkg-repack`.
    Repack,
    /// It cannot be had: this package cannot be taken back.
    Nowhere,
}

/// A package that was not installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPackage {
    /// Name.
    pub package: String,
    /// Architecture.
    pub architecture: String,
    /// Version.
    pub version: String,
    /// Where it comes from.
    pub source: String,
    /// Bytes to be downloaded.
    pub size: u64,
}

/// A package that the administrator holds back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Name.
    pub package: String,
    /// The command that shows or lifts it.
    pub lift: String,
}

/// A package whose fixed version cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unavailable {
    /// Name.
    pub package: String,
    /// The version that was wanted.
    pub fixed: String,
    /// The newest that would be installed.
    pub candidate: Option<String>,
    /// Why.
    pub why: WhyUnavailable,
}

/// Why a fixed version cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum WhyUnavailable {
    /// No source of security updates is configured.
    NoSecuritySource {
        /// The line that is missing, where we know it.
        line: Option<String>,
    },
    /// A source has it, and a pin or priority keeps it away.
    Pinned {
        /// The version that is there.
        version: String,
    },
    /// The sources have nothing so new: a mirror that is behind, or lists that are old.
    Behind,
}

/// An upgrade that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Name.
    pub package: String,
    /// Why.
    pub why: WhyRefused,
}

/// Why an upgrade is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum WhyRefused {
    /// It would remove packages.
    Removes {
        /// Which.
        packages: Vec<String>,
    },
    /// It would install packages that are not there, and that was not allowed.
    Installs {
        /// Which.
        packages: Vec<String>,
    },
    /// It would put an older version in place of a newer one.
    Downgrades {
        /// Which.
        packages: Vec<String>,
    },
    /// It would change packages that are held.
    Held {
        /// Which.
        packages: Vec<String>,
    },
    /// It would put new configuration files in the place of edited ones.
    ReplacesFiles {
        /// Which.
        files: Vec<String>,
    },
    /// The package manager finds no way.
    Unsolvable {
        /// What it said.
        said: String,
    },
}

/// A configuration file that was edited and stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeptFile {
    /// Where.
    pub path: String,
    /// Whose.
    pub package: String,
}

/// Why a boot must follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reboot {
    /// Packages that take effect only then.
    pub packages: Vec<String>,
    /// The machine asks for one already, whatever is done now.
    pub is_due_already: bool,
}

/// Room on a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// A folder on it.
    pub path: String,
    /// Bytes that are needed at most.
    pub needed: u64,
    /// Bytes that are free.
    pub free: u64,
}

/// Something to be known beside the packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "note")]
pub enum Note {
    /// The lists of packages are old.
    OldLists {
        /// For how many days.
        days: i64,
        /// The command that fetches them.
        refresh: String,
    },
    /// There are no lists of packages.
    NoLists {
        /// The command that fetches them.
        refresh: String,
    },
    /// No source of security updates is configured: what is newer there was not seen.
    NoSecuritySource {
        /// The line that is missing, where we know it.
        line: Option<String>,
    },
    /// The sources do not tell security updates from others: everything newer is planned.
    NoSecurityClass,
    /// Programs of packages may restart their own services.
    MayRestart,
}

impl UpdatePlan {
    /// A plan in which nothing is done.
    #[must_use]
    pub fn empty(manager: Manager) -> Self {
        Self {
            manager,
            upgrades: Vec::new(),
            new_packages: Vec::new(),
            held: Vec::new(),
            unavailable: Vec::new(),
            refused: Vec::new(),
            current: Vec::new(),
            kept_files: Vec::new(),
            services: Vec::new(),
            reboot: None,
            space: Vec::new(),
            notes: Vec::new(),
            digest: String::new(),
        }
    }

    /// Whether nothing would be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.upgrades.is_empty() && self.new_packages.is_empty()
    }

    /// The upgrades that could not be taken back.
    pub fn irreversible(&self) -> impl Iterator<Item = &Upgrade> {
        self.upgrades.iter().filter(|upgrade| upgrade.old_package == OldPackage::Nowhere)
    }

    /// Disks that are too full.
    pub fn too_full(&self) -> impl Iterator<Item = &Space> {
        self.space.iter().filter(|space| space.needed > space.free)
    }

    /// Sorts everything and computes the digest.
    pub(super) fn sealed(mut self) -> Self {
        self.upgrades.sort_by(|a, b| a.package.cmp(&b.package));
        self.new_packages.sort_by(|a, b| a.package.cmp(&b.package));
        self.held.sort_by(|a, b| a.package.cmp(&b.package));
        self.unavailable.sort_by(|a, b| a.package.cmp(&b.package));
        self.refused.sort_by(|a, b| a.package.cmp(&b.package));
        self.current.sort();
        self.kept_files.sort();
        self.digest = self.changes_digest();
        self
    }

    /// SHA-256 of what would change. What only describes the machine, such as free room, is not in it.
    pub(super) fn changes_digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut line = |words: [&str; 4]| {
            for word in words {
                hash.update(word);
                hash.update([0]);
            }
        };
        line([self.manager.program(), "", "", ""]);
        for upgrade in &self.upgrades {
            line([&upgrade.package, &upgrade.architecture, &upgrade.from, &upgrade.to]);
        }
        for new in &self.new_packages {
            line([&new.package, &new.architecture, "", &new.version]);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Manager {
    /// Its program.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Apk => "apk",
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
        }
    }
}
