//! One package at one place.

use crate::{Ecosystem, Purl};
use serde::{Deserialize, Serialize};

/// What kind of record a package was read from. The names are Trivy's `Type` values where Trivy has the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageType {
    /// Installed Debian package (`dpkg`).
    Dpkg,
    /// Installed Alpine, Wolfi or Chainguard package.
    Apk,
    /// Installed RPM.
    Rpm,
    /// Installed Arch package.
    Pacman,
    /// `package-lock.json`, `npm-shrinkwrap.json`.
    Npm,
    /// `yarn.lock`.
    Yarn,
    /// `pnpm-lock.yaml`.
    Pnpm,
    /// `bun.lock`.
    Bun,
    /// `package.json` of an installed module.
    NodePkg,
    /// `requirements.txt`.
    Pip,
    /// `Pipfile.lock`.
    Pipenv,
    /// `poetry.lock`.
    Poetry,
    /// `uv.lock`.
    Uv,
    /// `pylock.toml` (PEP 751).
    Pylock,
    /// `pdm.lock`.
    Pdm,
    /// Installed `*.dist-info` or `*.egg-info`.
    PythonPkg,
    /// `go.mod`.
    Gomod,
    /// Build information inside a Go executable.
    Gobinary,
    /// `Cargo.lock`.
    Cargo,
    /// `cargo auditable` data inside a Rust executable.
    Rustbinary,
    /// `pom.xml`.
    Pom,
    /// `gradle.lockfile`.
    Gradle,
    /// JAR, WAR, EAR.
    Jar,
    /// `Gemfile.lock`.
    Bundler,
    /// Installed `*.gemspec`.
    Gemspec,
    /// `composer.lock`.
    Composer,
    /// `vendor/composer/installed.json`.
    ComposerVendor,
    /// `packages.lock.json`, `packages.config`.
    Nuget,
    /// `*.deps.json`.
    DotnetCore,
    /// A program outside any package manager, recognised by its bytes.
    Binary,
    /// Hex package out of an SBOM.
    Hex,
    /// Pub package out of an SBOM.
    Pub,
    /// Swift package out of an SBOM.
    Swift,
    /// A package out of an SBOM whose kind has no advisories here.
    Unknown,
}

impl PackageType {
    /// The name in Trivy's `Type` for language packages; operating-system packages use the family's name instead.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Pacman => "pacman",
            Self::Npm => "npm",
            Self::Yarn => "yarn",
            Self::Pnpm => "pnpm",
            Self::Bun => "bun",
            Self::NodePkg => "node-pkg",
            Self::Pip => "pip",
            Self::Pipenv => "pipenv",
            Self::Poetry => "poetry",
            Self::Uv => "uv",
            Self::Pylock => "pylock",
            Self::Pdm => "pdm",
            Self::PythonPkg => "python-pkg",
            Self::Gomod => "gomod",
            Self::Gobinary => "gobinary",
            Self::Cargo => "cargo",
            Self::Rustbinary => "rustbinary",
            Self::Pom => "pom",
            Self::Gradle => "gradle",
            Self::Jar => "jar",
            Self::Bundler => "bundler",
            Self::Gemspec => "gemspec",
            Self::Composer => "composer",
            Self::ComposerVendor => "composer-vendor",
            Self::Nuget => "nuget",
            Self::DotnetCore => "dotnet-core",
            Self::Binary => "binary",
            Self::Hex => "hex",
            Self::Pub => "pub",
            Self::Swift => "swift",
            Self::Unknown => "unknown",
        }
    }

    /// Whether an operating system's package manager keeps the record.
    #[must_use]
    pub const fn is_os(self) -> bool {
        matches!(self, Self::Dpkg | Self::Apk | Self::Rpm | Self::Pacman)
    }

    /// The ecosystem of a language package or an unpackaged program; `None` for operating-system packages, whose
    /// ecosystem is the distribution's.
    #[must_use]
    pub const fn ecosystem(self) -> Option<Ecosystem> {
        Some(match self {
            Self::Dpkg | Self::Apk | Self::Rpm | Self::Pacman | Self::Unknown => return None,
            Self::Npm | Self::Yarn | Self::Pnpm | Self::Bun | Self::NodePkg => Ecosystem::Npm,
            Self::Pip
            | Self::Pipenv
            | Self::Poetry
            | Self::Uv
            | Self::Pylock
            | Self::Pdm
            | Self::PythonPkg => Ecosystem::PyPI,
            Self::Gomod | Self::Gobinary => Ecosystem::Go,
            Self::Cargo | Self::Rustbinary => Ecosystem::CratesIo,
            Self::Pom | Self::Gradle | Self::Jar => Ecosystem::Maven,
            Self::Bundler | Self::Gemspec => Ecosystem::RubyGems,
            Self::Composer | Self::ComposerVendor => Ecosystem::Packagist,
            Self::Nuget | Self::DotnetCore => Ecosystem::NuGet,
            Self::Binary => Ecosystem::Cpe,
            Self::Hex => Ecosystem::Hex,
            Self::Pub => Ecosystem::Pub,
            Self::Swift => Ecosystem::SwiftUrl,
        })
    }

    /// The heading under which Trivy gathers installed packages of one language, each of which has a file of its own;
    /// `None` for lock files and executables, which stand under their own path.
    #[must_use]
    pub const fn aggregate_target(self) -> Option<&'static str> {
        Some(match self {
            Self::NodePkg => "Node.js",
            Self::PythonPkg => "Python",
            Self::Gemspec => "Ruby",
            Self::Jar => "Java",
            _ => return None,
        })
    }
}

/// How a project came to a package.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Relationship {
    /// The format does not say.
    #[default]
    Unknown,
    /// The project itself.
    Root,
    /// A member of the same workspace.
    Workspace,
    /// Named by the project.
    Direct,
    /// Brought in by another package.
    Indirect,
}

/// The source package that an operating-system package was built from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Name.
    pub name: String,
    /// Full version in the same form as [`Package::version`].
    pub version: String,
}

/// First and last line, counted from 1, of a package's entry in a lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineRange {
    /// First line.
    pub start: u32,
    /// Last line.
    pub end: u32,
}

/// One package at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// What it was read from.
    pub kind: PackageType,
    /// Name as the ecosystem writes it: `lodash`, `@babel/core`, `org.slf4j:slf4j-api`, `github.com/x/y`.
    pub name: String,
    /// Full version as the ecosystem writes it. For Debian and RPM the epoch is part of it where it is not zero:
    /// `1:2.3-4`.
    pub version: String,
    /// Architecture: `amd64`, `x86_64`, `noarch`.
    pub arch: Option<String>,
    /// Source package, for operating-system packages.
    pub source: Option<SourcePackage>,
    /// Licences as declared, SPDX expressions where the record has them.
    pub licenses: Vec<String>,
    /// Maintainer or packager.
    pub maintainer: Option<String>,
    /// RPM `Vendor`, or what tells a third-party package of an operating system from its own.
    pub vendor: Option<String>,
    /// RPM module label: `postgresql:12:8050020211020:d63f516d`.
    pub module_label: Option<String>,
    /// Package URL.
    pub purl: Option<Purl>,
    /// CPE 2.3 names, for programs outside packages and SBOM components that carry them.
    pub cpes: Vec<String>,
    /// Path inside the target of the file that says the package is there, without the leading `/`; for a package
    /// inside a JAR the JAR's path, then the inner path joined by `/` as Trivy writes it. `None` for OS packages, and
    /// for those of a lock file, whose path is the set's target.
    pub path: Option<String>,
    /// Lines of its entry in that file.
    pub lines: Vec<LineRange>,
    /// Needed only for development.
    pub dev: bool,
    /// How the project came to it.
    pub relationship: Relationship,
    /// Identifiers ([`Package::id`]) of the packages it needs, where the format says so.
    pub depends_on: Vec<String>,
    /// `sha256:…`, `sha1:…` of the artefact where recorded.
    pub digest: Option<String>,
    /// The operating-system package that owns [`Package::path`], if one does.
    pub owner: Option<String>,
    /// What made us think so, for [`PackageType::Binary`]: one line each.
    pub evidence: Vec<String>,
    /// In an image, the layer that brought it, the lowest being 0: an index into [`crate::ImageInfo::layers`].
    pub layer: Option<usize>,
}

impl Package {
    /// A package with only what every record has; the rest is set by field.
    pub fn new(kind: PackageType, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            version: version.into(),
            arch: None,
            source: None,
            licenses: Vec::new(),
            maintainer: None,
            vendor: None,
            module_label: None,
            purl: None,
            cpes: Vec::new(),
            path: None,
            lines: Vec::new(),
            layer: None,
            dev: false,
            relationship: Relationship::Unknown,
            depends_on: Vec::new(),
            digest: None,
            owner: None,
            evidence: Vec::new(),
        }
    }

    /// `name@version`, the identifier Trivy gives a package inside one result (Go and Maven differ: `v` is kept for Go,
    /// `group:artifact:version` for Maven).
    #[must_use]
    pub fn id(&self) -> String {
        match self.kind {
            PackageType::Pom | PackageType::Gradle | PackageType::Jar => {
                format!("{}:{}", self.name, self.version)
            }
            PackageType::Rpm => {
                let dot = self.arch.as_deref().map(|arch| format!(".{arch}")).unwrap_or_default();
                format!("{}@{}{dot}", self.name, self.version)
            }
            _ if self.version.is_empty() => self.name.clone(),
            _ => format!("{}@{}", self.name, self.version),
        }
    }

    /// The name and version under which advisories of an operating system are filed.
    #[must_use]
    pub fn source_or_self(&self) -> (&str, &str) {
        self.source
            .as_ref()
            .map_or((&self.name, &self.version), |source| (&source.name, &source.version))
    }
}
