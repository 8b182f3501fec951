//! The worlds in which a package name and a version mean something.

use serde::{Deserialize, Serialize};

/// A package ecosystem, named as OSV names it (OSV schema 1.7, "Defined ecosystems").
///
/// Releases of a distribution (`Debian:12`) are not part of it: they travel beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ecosystem {
    /// Debian packages of Debian.
    Debian,
    /// Debian packages of Ubuntu.
    Ubuntu,
    /// Alpine's apk.
    Alpine,
    /// Wolfi's apk.
    Wolfi,
    /// Chainguard's apk.
    Chainguard,
    /// Red Hat's RPM, and CentOS that follows it.
    RedHat,
    /// AlmaLinux RPM.
    AlmaLinux,
    /// Rocky Linux RPM.
    RockyLinux,
    /// Fedora RPM.
    Fedora,
    /// Oracle Linux RPM.
    Oracle,
    /// Amazon Linux RPM.
    Amazon,
    /// SUSE Linux Enterprise RPM.
    Suse,
    /// openSUSE RPM.
    OpenSuse,
    /// Arch Linux's pacman.
    Arch,
    /// The npm registry.
    Npm,
    /// The Python Package Index.
    PyPI,
    /// Go modules.
    Go,
    /// Maven repositories.
    Maven,
    /// The crates.io registry.
    CratesIo,
    /// RubyGems.
    RubyGems,
    /// PHP's Packagist.
    Packagist,
    /// .NET's NuGet.
    NuGet,
    /// Erlang's and Elixir's Hex.
    Hex,
    /// Dart's Pub.
    Pub,
    /// Swift packages by URL.
    SwiftUrl,
    /// GitHub Actions.
    GitHubActions,
    /// R's CRAN.
    Cran,
    /// Haskell's Hackage.
    Hackage,
    /// Software outside any package manager, matched by CPE.
    Cpe,
}

/// Each ecosystem with OSV's name for it; `cpe` is our own.
const NAMES: [(Ecosystem, &str); 29] = [
    (Ecosystem::Debian, "Debian"),
    (Ecosystem::Ubuntu, "Ubuntu"),
    (Ecosystem::Alpine, "Alpine"),
    (Ecosystem::Wolfi, "Wolfi"),
    (Ecosystem::Chainguard, "Chainguard"),
    (Ecosystem::RedHat, "Red Hat"),
    (Ecosystem::AlmaLinux, "AlmaLinux"),
    (Ecosystem::RockyLinux, "Rocky Linux"),
    (Ecosystem::Fedora, "Fedora"),
    (Ecosystem::Oracle, "Oracle"),
    (Ecosystem::Amazon, "Amazon"),
    (Ecosystem::Suse, "SUSE"),
    (Ecosystem::OpenSuse, "openSUSE"),
    (Ecosystem::Arch, "Arch"),
    (Ecosystem::Npm, "npm"),
    (Ecosystem::PyPI, "PyPI"),
    (Ecosystem::Go, "Go"),
    (Ecosystem::Maven, "Maven"),
    (Ecosystem::CratesIo, "crates.io"),
    (Ecosystem::RubyGems, "RubyGems"),
    (Ecosystem::Packagist, "Packagist"),
    (Ecosystem::NuGet, "NuGet"),
    (Ecosystem::Hex, "Hex"),
    (Ecosystem::Pub, "Pub"),
    (Ecosystem::SwiftUrl, "SwiftURL"),
    (Ecosystem::GitHubActions, "GitHub Actions"),
    (Ecosystem::Cran, "CRAN"),
    (Ecosystem::Hackage, "Hackage"),
    (Ecosystem::Cpe, "cpe"),
];

impl Ecosystem {
    /// Every ecosystem.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(ecosystem, _)| *ecosystem)
    }

    /// OSV's name, without a release.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(ecosystem, _)| *ecosystem == self).map_or("", |(_, name)| name)
    }

    /// Reads OSV's name or what people type: `debian`, `pypi`, `crates.io`, `cargo`, `redhat`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let found = NAMES.iter().find(|(_, known)| {
            known
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .eq_ignore_ascii_case(&plain)
        });
        if let Some((ecosystem, _)) = found {
            return Some(*ecosystem);
        }
        Some(match plain.as_str() {
            "deb" | "dpkg" => Self::Debian,
            "apk" => Self::Alpine,
            "rpm" | "rhel" | "centos" => Self::RedHat,
            "alma" => Self::AlmaLinux,
            "rocky" => Self::RockyLinux,
            "sles" => Self::Suse,
            "pacman" | "alpm" | "archlinux" => Self::Arch,
            "node" | "nodejs" | "javascript" => Self::Npm,
            "pip" | "python" | "pep440" => Self::PyPI,
            "golang" => Self::Go,
            "java" => Self::Maven,
            "cargo" | "rust" | "crates" => Self::CratesIo,
            "gem" | "ruby" => Self::RubyGems,
            "composer" | "php" => Self::Packagist,
            "dotnet" => Self::NuGet,
            "swift" => Self::SwiftUrl,
            "erlang" | "elixir" => Self::Hex,
            "dart" => Self::Pub,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ecosystem, NAMES};

    #[test]
    fn every_name_reads_back() {
        for (ecosystem, name) in NAMES {
            assert_eq!(Ecosystem::parse(name), Some(ecosystem), "{name}");
        }
        assert_eq!(Ecosystem::parse("cargo"), Some(Ecosystem::CratesIo));
        assert_eq!(Ecosystem::parse("no such"), None);
    }
}
