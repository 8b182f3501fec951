//! Under which heading of the database a package's advisories are filed.
//!
//! A bucket is an ecosystem with its release where it has releases: `debian 12`, `ubuntu-pro 18.04`, `redhat 9`,
//! `npm`. Names are normalised as each registry compares them.

use pasu_model::{Ecosystem, OperatingSystem, OsFamily};
use std::borrow::Cow;

/// A bucket of the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// Whose version order and names hold in it.
    pub ecosystem: Ecosystem,
    /// Its key.
    pub key: String,
}

impl Bucket {
    /// The bucket of a language ecosystem or of a rolling distribution.
    #[must_use]
    pub fn of(ecosystem: Ecosystem) -> Self {
        Self { ecosystem, key: stem(ecosystem).to_owned() }
    }

    /// The bucket of a distribution's release (`12`, `22.04`, `3.19`).
    #[must_use]
    pub fn of_release(ecosystem: Ecosystem, release: &str) -> Self {
        if release.is_empty() {
            Self::of(ecosystem)
        } else {
            Self { ecosystem, key: format!("{} {release}", stem(ecosystem)) }
        }
    }

    /// The bucket of a target's operating system.
    #[must_use]
    pub fn of_os(os: &OperatingSystem) -> Option<Self> {
        Some(Self::of_release(os.family.ecosystem()?, &os.advisory_release()))
    }

    /// The bucket of fixes that Ubuntu gives to Ubuntu Pro only.
    #[must_use]
    pub fn ubuntu_pro(os: &OperatingSystem) -> Option<Self> {
        (os.family == OsFamily::Ubuntu).then(|| Self {
            ecosystem: Ecosystem::Ubuntu,
            key: format!("ubuntu-pro {}", os.advisory_release()),
        })
    }

    /// Reads OSV's `affected[].package.ecosystem`; `None` for one that is not kept.
    #[must_use]
    pub fn from_osv(name: &str) -> Option<Self> {
        let (base, release) = name.split_once(':').unwrap_or((name, ""));
        let ecosystem = osv_ecosystem(base)?;
        match ecosystem {
            Ecosystem::Ubuntu => ubuntu(release),
            Ecosystem::Alpine => Some(Self::of_release(ecosystem, release.trim_start_matches('v'))),
            Ecosystem::RedHat => red_hat(release),
            Ecosystem::Suse => suse(release),
            Ecosystem::OpenSuse => Some(Self::of_release(
                ecosystem,
                release.trim_start_matches("Leap ").trim_start_matches("Tumbleweed"),
            )),
            _ => Some(Self::of_release(ecosystem, release)),
        }
    }

    /// A package's name as it is filed in this bucket.
    #[must_use]
    pub fn package<'a>(&self, name: &'a str) -> Cow<'a, str> {
        normalise(self.ecosystem, name)
    }
}

/// OSV's names exactly: what people type is more lenient and handled by [`Ecosystem::parse`].
fn osv_ecosystem(name: &str) -> Option<Ecosystem> {
    Ecosystem::all().find(|ecosystem| ecosystem.name() == name && *ecosystem != Ecosystem::Cpe)
}

const fn stem(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Debian => "debian",
        Ecosystem::Ubuntu => "ubuntu",
        Ecosystem::Alpine => "alpine",
        Ecosystem::Wolfi => "wolfi",
        Ecosystem::Chainguard => "chainguard",
        Ecosystem::RedHat => "redhat",
        Ecosystem::AlmaLinux => "alma",
        Ecosystem::RockyLinux => "rocky",
        Ecosystem::Fedora => "fedora",
        Ecosystem::Oracle => "oracle",
        Ecosystem::Amazon => "amazon",
        Ecosystem::Suse => "suse",
        Ecosystem::OpenSuse => "opensuse",
        Ecosystem::Arch => "arch",
        Ecosystem::Npm => "npm",
        Ecosystem::PyPI => "pypi",
        Ecosystem::Go => "go",
        Ecosystem::Maven => "maven",
        Ecosystem::CratesIo => "crates",
        Ecosystem::RubyGems => "rubygems",
        Ecosystem::Packagist => "packagist",
        Ecosystem::NuGet => "nuget",
        Ecosystem::Hex => "hex",
        Ecosystem::Pub => "pub",
        Ecosystem::SwiftUrl => "swift",
        Ecosystem::GitHubActions => "actions",
        Ecosystem::Cran => "cran",
        Ecosystem::Hackage => "hackage",
        Ecosystem::Cpe => "cpe",
    }
}

/// `22.04:LTS`, `Pro:18.04:LTS`, `24.10`; special archives such as `Pro:FIPS:…` hold packages of their own.
fn ubuntu(release: &str) -> Option<Bucket> {
    let (stem, rest) =
        release.strip_prefix("Pro:").map_or(("ubuntu", release), |rest| ("ubuntu-pro", rest));
    let number = rest.strip_suffix(":LTS").unwrap_or(rest);
    let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| Bucket { ecosystem: Ecosystem::Ubuntu, key: format!("{stem} {number}") })
}

/// `enterprise_linux:9::appstream`. Extended update streams (`rhel_eus:9.2::baseos`) carry other version numbers for
/// the same fixes and are left out, as are products that only live on RHEL.
fn red_hat(product: &str) -> Option<Bucket> {
    let release = product.strip_prefix("enterprise_linux:")?.split(':').next()?;
    let major = release.split('.').next()?;
    Some(Bucket::of_release(Ecosystem::RedHat, major))
}

/// `Linux Enterprise Server 15 SP5` and the modules of the same service pack.
fn suse(product: &str) -> Option<Bucket> {
    let words: Vec<&str> = product.split_whitespace().collect();
    let pack = words.iter().position(|word| word.starts_with("SP"));
    let number = |word: &&str| word.chars().all(|c| c.is_ascii_digit());
    let release = match pack {
        Some(at) => format!(
            "{}.{}",
            words.get(at.checked_sub(1)?).filter(|w| number(w))?,
            words.get(at)?.trim_start_matches("SP")
        ),
        None => {
            (*words.last().filter(|word| word.chars().all(|c| c.is_ascii_digit() || c == '.'))?)
                .to_owned()
        }
    };
    Some(Bucket::of_release(Ecosystem::Suse, &release))
}

/// A package's name as its registry compares it.
fn normalise(ecosystem: Ecosystem, name: &str) -> Cow<'_, str> {
    match ecosystem {
        Ecosystem::PyPI => pypi(name),
        // Go modules live on hosts that ignore case, and the purl specification lowers them.
        Ecosystem::Go
        | Ecosystem::NuGet
        | Ecosystem::Packagist
        | Ecosystem::Hex
        | Ecosystem::Pub
        | Ecosystem::GitHubActions => lower(name),
        Ecosystem::SwiftUrl => {
            let bare = name
                .trim_start_matches("https://")
                .trim_start_matches("http://")
                .trim_end_matches(".git");
            lower(bare)
        }
        _ => Cow::Borrowed(name),
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// PEP 503: lower case, and every run of `-`, `_` and `.` is one `-`.
fn pypi(name: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_ascii_uppercase() && c != '_' && c != '.';
    if name.chars().all(plain) && !name.contains("--") {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            _ => out.extend(c.to_lowercase()),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn osv_ecosystems_find_their_bucket() {
        for (osv, key) in [
            ("Debian:12", Some("debian 12")),
            ("Ubuntu:22.04:LTS", Some("ubuntu 22.04")),
            ("Ubuntu:Pro:18.04:LTS", Some("ubuntu-pro 18.04")),
            ("Ubuntu:Pro:FIPS:20.04:LTS", None),
            ("Alpine:v3.19", Some("alpine 3.19")),
            ("Red Hat:enterprise_linux:9::appstream", Some("redhat 9")),
            ("Red Hat:rhel_eus:9.2::baseos", None),
            ("Rocky Linux:8", Some("rocky 8")),
            ("SUSE:Linux Enterprise Server 15 SP5", Some("suse 15.5")),
            ("openSUSE:Leap 15.5", Some("opensuse 15.5")),
            ("npm", Some("npm")),
            ("crates.io", Some("crates")),
            ("Android", None),
        ] {
            assert_eq!(Bucket::from_osv(osv).map(|bucket| bucket.key).as_deref(), key, "{osv}");
        }
    }

    #[test]
    fn names_are_normalised_as_their_registry_does() {
        let name =
            |osv: &str, name: &str| Bucket::from_osv(osv).unwrap().package(name).into_owned();
        assert_eq!(name("PyPI", "Zope.Interface__x"), "zope-interface-x");
        assert_eq!(name("NuGet", "Newtonsoft.Json"), "newtonsoft.json");
        assert_eq!(name("Go", "github.com/BurntSushi/toml"), "github.com/burntsushi/toml");
        assert_eq!(
            name("SwiftURL", "https://github.com/Vapor/Vapor.git"),
            "github.com/vapor/vapor"
        );
    }
}
