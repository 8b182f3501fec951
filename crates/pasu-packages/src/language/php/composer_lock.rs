//! `composer.lock`:
//!
//! ```text
//! {"packages": [{"name": "psr/log", "version": "1.1.4", …}], "packages-dev": […]}
//! ```

use super::package::{Entry, Names, locate, packages};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType, Relationship};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads a lock file of Composer.
pub(super) struct ComposerLock;

#[derive(Deserialize)]
struct Lock {
    packages: Vec<Entry>,
    #[serde(default, rename = "packages-dev")]
    packages_dev: Option<Vec<Entry>>,
}

/// The same lists as text, for their lines.
#[derive(Deserialize)]
struct Places<'a> {
    #[serde(borrow)]
    packages: Vec<&'a RawValue>,
    #[serde(borrow, default, rename = "packages-dev")]
    packages_dev: Option<Vec<&'a RawValue>>,
}

/// `composer.json` of the project.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    require: Names,
    #[serde(default, rename = "require-dev")]
    require_dev: Names,
}

impl Detector for ComposerLock {
    fn id(&self) -> &'static str {
        "php/composer-lock"
    }

    fn is_alone(&self) -> bool {
        false
    }

    fn scope(&self) -> Scope {
        Scope::Always
    }

    fn interest(&self) -> Interest {
        Interest { names: &["composer.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let text = file.json_object()?;
        let lock: Lock = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let places: Places<'_> = serde_json::from_str(text).map_err(DetectError::malformed)?;
        let needed = lock.packages.len();
        let mut entries = lock.packages;
        entries.extend(lock.packages_dev.unwrap_or_default());
        let mut found = packages(PackageType::Composer, &entries);
        let mut values = places.packages;
        values.extend(places.packages_dev.unwrap_or_default());
        locate(&mut found, text, &values);
        for package in found.iter_mut().skip(needed) {
            package.dev = true;
        }
        // Without a readable manifest the file does not say who asked for a package.
        let manifest = file.sibling("composer.json");
        let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        if let Some(manifest) = manifest {
            for package in &mut found {
                let names = [&manifest.require, &manifest.require_dev];
                let direct = names.iter().any(|names| names.contains(&package.name));
                package.relationship =
                    if direct { Relationship::Direct } else { Relationship::Indirect };
            }
        }
        Ok(listing::set(PackageType::Composer, file.target(), found))
    }
}

#[cfg(test)]
mod tests {
    use super::ComposerLock;
    use crate::language::testing::{detect, listed};
    use pasu_model::LineRange;
    use pasu_system::MemorySystem;

    /// Written by Composer 2, shortened.
    const LOCK: &str = r#"{
    "_readme": ["This file locks the dependencies of your project to a known state"],
    "content-hash": "0f9b1c1b7a1f3e5f1c3a6d2b4e5f6a7b",
    "packages": [
        {
            "name": "guzzlehttp/guzzle",
            "version": "7.4.4",
            "source": {"type": "git", "url": "https://github.com/guzzle/guzzle.git", "reference": "e3ff079b"},
            "require": {"ext-json": "*", "php": "^7.2.5 || ^8.0", "PSR/log": "^1.1"},
            "type": "library",
            "license": ["MIT"]
        },
        {"name": "psr/log", "version": "v1.1.4", "require": [], "license": "MIT"}
    ],
    "packages-dev": [
        {"name": "phpunit/phpunit", "version": "9.5.0", "license": ["BSD-3-Clause"]}
    ],
    "aliases": [],
    "plugin-api-version": "2.3.0"
}"#;

    #[test]
    fn packages_are_listed_with_their_part() {
        let tree = MemorySystem::new().with_file("/a/composer.lock", LOCK).with_file(
            "/a/composer.json",
            r#"{"require": {"php": "^8", "guzzlehttp/guzzle": "^7"}, "require-dev": {"phpunit/phpunit": "^9"}}"#,
        );
        let sets = detect(&ComposerLock, &tree, "/a/composer.lock").unwrap();
        assert_eq!(
            listed(&sets),
            [
                "guzzlehttp/guzzle 7.4.4 Direct pkg:composer/guzzlehttp/guzzle@7.4.4",
                "phpunit/phpunit 9.5.0 Direct pkg:composer/phpunit/phpunit@9.5.0 dev",
                "psr/log v1.1.4 Indirect pkg:composer/psr/log@v1.1.4",
            ]
        );
        assert_eq!(sets[0].packages[0].depends_on, ["psr/log@v1.1.4"]);
        assert_eq!(sets[0].packages[2].licenses, ["MIT"]);
        let lines: Vec<_> = sets[0].packages.iter().flat_map(|package| &package.lines).collect();
        let range = |start, end| LineRange { start, end };
        assert_eq!(lines, [&range(5, 12), &range(16, 16), &range(13, 13)]);
    }

    #[test]
    fn without_a_manifest_nobody_knows_who_asked() {
        let tree = MemorySystem::new().with_file("/composer.lock", LOCK);
        let found = listed(&detect(&ComposerLock, &tree, "/composer.lock").unwrap());
        assert!(found.iter().all(|line| line.contains(" Unknown ")), "{found:?}");
    }

    #[test]
    fn damage_is_placed() {
        let tree =
            MemorySystem::new().with_file("/composer.lock", "{\"packages\": [\n{\"name\": 1}]}");
        let error = detect(&ComposerLock, &tree, "/composer.lock").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
