//! Licences of the crates that are built on this platform, against the list of `deny.toml`.
//!
//! cargo-deny reads the texts as well; this holds also where it is not installed.

use crate::workspace::Package;
use anyhow::{Context, Result};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

/// What of `deny.toml` is used here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

/// The SPDX names that `deny.toml` allows.
pub fn allowed(deny: &str) -> Result<Vec<String>> {
    let deny: Deny = toml::from_str(deny).context("deny.toml")?;
    Ok(deny.licenses.allow)
}

/// Crates whose licence leaves no allowed choice.
pub fn check<'a>(packages: impl Iterator<Item = &'a Package>, allowed: &[String]) -> Vec<String> {
    let refused = packages.filter(|package| !may(package.license.as_deref(), allowed));
    refused
        .map(|Package { name, version, license, .. }| {
            let license = license.as_deref().unwrap_or("none stated");
            format!("{name} {version}: licence {license:?} is not on the list of deny.toml")
        })
        .collect()
}

fn may(license: Option<&str>, allowed: &[String]) -> bool {
    // Old crates write `MIT/Apache-2.0`.
    let parsed = license.and_then(|text| Expression::parse_mode(text, ParseMode::LAX).ok());
    parsed.is_some_and(|expression| {
        expression.evaluate(|requirement| allowed.contains(&requirement.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::{allowed, may};

    #[test]
    fn a_licence_needs_an_allowed_choice() {
        let list = allowed("[licenses]\nallow = [\"MIT\", \"Apache-2.0\"]").unwrap();
        for (license, expected) in [
            (Some("MIT"), true),
            (Some("MIT/GPL-3.0-only"), true),
            (Some("Unlicense OR MIT"), true),
            (Some("MIT AND BSD-3-Clause"), false),
            (Some("Apache-2.0 WITH LLVM-exception"), false),
            (Some("Apache-2.0 WITH LLVM-exception OR MIT"), true),
            (Some("(MIT OR Apache-2.0) AND Unicode-3.0"), false),
            (Some("AGPL-3.0-only"), false),
            (Some("see the text"), false),
            (None, false),
        ] {
            assert_eq!(may(license, &list), expected, "{license:?}");
        }
    }
}
