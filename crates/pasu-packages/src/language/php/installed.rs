//! `vendor/composer/installed.json`, the packages Composer has unpacked: Composer 2 writes
//! `{"packages": […], "dev": true, "dev-package-names": ["phpunit/phpunit"]}`, Composer 1 only the list.

use super::package::{Entry, locate, packages};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads the record of installed packages.
pub(super) struct InstalledJson;

/// Composer 2's form, its packages parsed or as text.
#[derive(Deserialize)]
struct Installed<T> {
    packages: Vec<T>,
    #[serde(default, rename = "dev-package-names")]
    dev_names: Vec<String>,
}

impl Detector for InstalledJson {
    fn id(&self) -> &'static str {
        "php/installed-json"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { path_ends: &["/composer/installed.json"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let text = file.text()?;
        let installed = read::<Entry>(text)?;
        let mut found = packages(PackageType::ComposerVendor, &installed.packages);
        locate(&mut found, text, &read::<&RawValue>(text)?.packages);
        for package in &mut found {
            package.dev =
                installed.dev_names.iter().any(|name| name.eq_ignore_ascii_case(&package.name));
        }
        Ok(listing::set(PackageType::ComposerVendor, file.target(), found))
    }
}

/// Either form.
fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<Installed<T>, DetectError> {
    if text.trim_start().starts_with('[') {
        let packages = serde_json::from_str(text).map_err(DetectError::malformed)?;
        return Ok(Installed { packages, dev_names: Vec::new() });
    }
    serde_json::from_str(text).map_err(DetectError::malformed)
}

#[cfg(test)]
mod tests {
    use super::InstalledJson;
    use crate::language::testing::{detect, listed};
    use pasu_model::LineRange;
    use pasu_system::MemorySystem;

    const PATH: &str = "/var/www/vendor/composer/installed.json";

    /// Written by Composer 2, shortened; Composer 1 has the same entries in a bare list.
    const ENTRIES: &str = r#"[
        {
            "name": "pear/log",
            "version": "1.13.3",
            "version_normalized": "1.13.3.0",
            "require": {"pear/pear_exception": "1.0.1 || 1.0.2", "php": ">5.2"},
            "license": ["MIT"],
            "install-path": "../pear/log"
        },
        {"name": "pear/pear_exception", "version": "v1.0.2", "license": ["BSD-2-Clause"]}
    ]"#;

    #[test]
    fn both_forms_are_read() {
        let second = format!(
            r#"{{"packages": {ENTRIES}, "dev": true, "dev-package-names": ["pear/pear_exception"]}}"#
        );
        for (text, dev) in [(ENTRIES, ""), (&second, " dev")] {
            let tree = MemorySystem::new().with_file(PATH, text);
            let sets = detect(&InstalledJson, &tree, PATH).unwrap();
            let expected = [
                "pear/log 1.13.3 Unknown pkg:composer/pear/log@1.13.3".to_owned(),
                format!(
                    "pear/pear_exception v1.0.2 Unknown pkg:composer/pear/pear_exception@v1.0.2{dev}"
                ),
            ];
            assert_eq!(listed(&sets), expected);
            assert_eq!(sets[0].packages[0].depends_on, ["pear/pear_exception@v1.0.2"]);
            assert_eq!(sets[0].packages[0].lines, [LineRange { start: 2, end: 9 }]);
        }
    }

    #[test]
    fn another_shape_is_malformed() {
        for text in ["", "{}", "[1]", "null"] {
            let tree = MemorySystem::new().with_file(PATH, text);
            assert!(detect(&InstalledJson, &tree, PATH).is_err(), "{text}");
        }
    }
}
