//! Python packages.

mod egg;
mod graph;
mod metadata;
mod pdm_lock;
mod pipfile_lock;
mod poetry_lock;
mod project;
mod pylock;
mod requirement;
mod requirements;
mod uv_lock;

#[cfg(test)]
mod tests_installed;
#[cfg(test)]
mod tests_locked;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[
    &requirements::Requirements,
    &pipfile_lock::PipfileLock,
    &poetry_lock::PoetryLock,
    &uv_lock::UvLock,
    &pylock::Pylock,
    &pdm_lock::PdmLock,
    &metadata::InstalledMetadata,
    &egg::Egg,
];

/// Longer names and versions are no names and versions.
const MAX_NAME: usize = 512;

/// A package of the Python world; `None` if the name is no project name or the version no version but a range.
fn package(kind: PackageType, name: &str, version: &str) -> Option<Package> {
    if !is_name(name) || !is_version(version) {
        return None;
    }
    let mut package = Package::new(kind, name, version);
    package.purl = Purl::new("pypi", None, &normalized(name), Some(version), &[]);
    Some(package)
}

/// The name under which all spellings are one, by PEP 503: lower case, runs of `-`, `_` and `.` as one `-`.
fn normalized(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if result.ends_with('-') => {}
            '-' | '_' | '.' => result.push('-'),
            _ => result.extend(c.to_lowercase()),
        }
    }
    result
}

/// Letters, digits, `-`, `_` and `.`, as PEP 508 has it.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(allowed)
}

/// One version, not a range: no `*`, no operator, a digit in it. Old projects have versions outside PEP 440.
fn is_version(version: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '!' | '~');
    version.len() <= MAX_NAME
        && version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && version.chars().all(allowed)
        && version.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{is_version, normalized, package};
    use pasu_model::PackageType;

    #[test]
    fn names_are_normalised_for_the_purl_only() {
        assert_eq!(normalized("Zope.-_Interface"), "zope-interface");
        let package = package(PackageType::Pip, "Flask_SQLAlchemy", "2.0").unwrap();
        assert_eq!(package.name, "Flask_SQLAlchemy");
        assert_eq!(package.purl.unwrap().as_str(), "pkg:pypi/flask-sqlalchemy@2.0");
    }

    #[test]
    fn versions_are_told_from_ranges() {
        for version in ["1.0", "1!2.0", "2.0.post1+local.1", "v1.0", "2024a"] {
            assert!(is_version(version), "{version}");
        }
        for version in ["", "*", "1.*", ">=1.0", "1.0,<2", "unknown", "1.0 "] {
            assert!(!is_version(version), "{version}");
        }
    }
}
