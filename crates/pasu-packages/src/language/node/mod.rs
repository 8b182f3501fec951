//! Node.js packages.

mod bun_lock;
mod installed;
mod jsonc;
mod manifest;
mod package_lock;
mod package_lock_v1;
mod pnpm_key;
mod pnpm_lock;
mod specifier;
mod yarn_entry;
mod yarn_lock;

#[cfg(test)]
mod tests_npm;
#[cfg(test)]
mod tests_others;

use crate::Detector;
use pasu_model::{Package, PackageType, Purl};
use std::path::Path;

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[
    &package_lock::PackageLock,
    &yarn_lock::YarnLock,
    &pnpm_lock::PnpmLock,
    &bun_lock::BunLock,
    &installed::InstalledModule,
];

/// The npm registry allows 214 characters; names from other registries may be longer.
const MAX_NAME: usize = 512;

/// A package of the npm world; `None` if the name is no package name or the version is no version but a range, an
/// address or a file.
fn package(kind: PackageType, name: &str, version: &str) -> Option<Package> {
    if !is_name(name) || !is_version(version) {
        return None;
    }
    let (scope, bare) = match name.split_once('/') {
        Some((scope, bare)) => (Some(scope), bare),
        None => (None, name),
    };
    let mut package = Package::new(kind, name, version);
    package.purl = Purl::new("npm", scope, bare, Some(version), &[]);
    Some(package)
}

/// `name` or `@scope/name`.
fn is_name(name: &str) -> bool {
    let bare = match name.strip_prefix('@') {
        Some(scoped) => match scoped.split_once('/') {
            Some((scope, bare)) if !scope.is_empty() => bare,
            _ => return false,
        },
        None => name,
    };
    let allowed = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '\\' | ':');
    !bare.is_empty() && name.len() <= MAX_NAME && bare.chars().all(allowed)
}

/// One version of node-semver: digits, dots and what may follow, with a `v` or `=` before it in old records.
fn is_version(version: &str) -> bool {
    let digits = version.trim_start_matches(['v', '=']);
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && !digits.split('.').take(3).any(|part| matches!(part, "x" | "X"))
        && digits.len() <= MAX_NAME
        && digits.chars().all(known)
}

/// Whether a lock file lies inside an installed module: it was shipped with the module and locks nothing here.
fn inside_node_modules(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "node_modules")
}

#[cfg(test)]
mod tests {
    use super::{is_name, is_version, package};
    use pasu_model::PackageType;

    #[test]
    fn names_and_versions_are_told_from_ranges_and_addresses() {
        for name in ["lodash", "@babel/core", "JSONStream", "a.b_c-d", "-"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "@babel", "@/x", "a/b", "a b", "file:x", "@a/b/c"] {
            assert!(!is_name(name), "{name}");
        }
        for version in ["1.0.0", "v1.2", "1.0.0-rc.1+build.5", "0.0.0-20240101", "=1.2.3"] {
            assert!(is_version(version), "{version}");
        }
        for version in
            ["", "*", "^1.0.0", "1.x", "latest", "file:../x", "1.0.0 || 2.0.0", "git+ssh://x"]
        {
            assert!(!is_version(version), "{version}");
        }
    }

    #[test]
    fn a_scope_is_the_namespace_of_the_purl() {
        let package = package(PackageType::Npm, "@babel/core", "7.1.0").unwrap();
        assert_eq!(package.purl.unwrap().as_str(), "pkg:npm/%40babel/core@7.1.0");
    }
}
