//! Version orders, one file an order: what `dpkg`, `rpm`, `apk`, `npm` and the others themselves say of two versions.
//!
//! A version stays text. An order reads both texts side by side, allocates nothing where the form allows it, compares
//! numbers of any length and never fails: what the ecosystem's own tool refuses is no version and has no order.
//!
//! One thing is accepted that some tools refuse: advisories bound ranges with partial versions (`0`, `1.2`), so the
//! orders of the Semantic Versioning family take those and read missing numbers as zero. That `0` in OSV stands for the
//! beginning of time is the ranges' business, not that of an order.

mod apk;
mod cargo;
mod composer;
mod cpe;
mod digits;
mod dpkg;
mod evr;
mod gem;
mod go;
mod maven;
mod npm;
mod nuget;
mod numeric;
mod pacman;
mod pub_dart;
mod pypi;
mod rpm;
mod semver;
mod tag;

use pasu_model::Ecosystem;
use std::cmp::Ordering;

/// Compares two versions by an ecosystem's own order; `None` if either is no version there.
///
/// ```
/// use pasu_advisory::version::compare;
/// use pasu_model::Ecosystem;
/// use std::cmp::Ordering;
///
/// assert_eq!(compare(Ecosystem::Debian, "1.0~rc1-1", "1.0-1"), Some(Ordering::Less));
/// assert_eq!(compare(Ecosystem::PyPI, "1.0", "latest"), None);
/// ```
#[must_use]
pub fn compare(ecosystem: Ecosystem, a: &str, b: &str) -> Option<Ordering> {
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return None;
    }
    order(ecosystem)(a, b)
}

/// The longest text that is taken for a version, in bytes: some orders need time that grows with its square.
const MAX_LENGTH: usize = 4096;

/// Whether the ecosystem's own tool takes the text for a version.
#[must_use]
pub fn is_version(ecosystem: Ecosystem, version: &str) -> bool {
    compare(ecosystem, version, version).is_some()
}

type Order = fn(&str, &str) -> Option<Ordering>;

fn order(ecosystem: Ecosystem) -> Order {
    match ecosystem {
        Ecosystem::Debian | Ecosystem::Ubuntu => dpkg::compare,
        Ecosystem::Alpine | Ecosystem::Wolfi | Ecosystem::Chainguard => apk::compare,
        Ecosystem::RedHat
        | Ecosystem::AlmaLinux
        | Ecosystem::RockyLinux
        | Ecosystem::Fedora
        | Ecosystem::Oracle
        | Ecosystem::Amazon
        | Ecosystem::Suse
        | Ecosystem::OpenSuse => rpm::compare,
        Ecosystem::Arch => pacman::compare,
        Ecosystem::Npm => npm::compare,
        Ecosystem::PyPI => pypi::compare,
        Ecosystem::Go => go::compare,
        Ecosystem::Maven => maven::compare,
        Ecosystem::RubyGems => gem::compare,
        Ecosystem::Packagist => composer::compare,
        Ecosystem::NuGet => nuget::compare,
        // Elixir's `Version.compare/2` is plain precedence, too.
        Ecosystem::CratesIo | Ecosystem::Hex => cargo::compare,
        Ecosystem::Pub => pub_dart::compare,
        Ecosystem::SwiftUrl | Ecosystem::GitHubActions => tag::compare,
        Ecosystem::Cran => numeric::compare_cran,
        Ecosystem::Hackage => numeric::compare_hackage,
        Ecosystem::Cpe => cpe::compare,
    }
}
