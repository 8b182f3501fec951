//! What a program found, as a set that can be compared: a fast scanner that misses things is not faster.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What a file of results lists.
#[derive(Debug, Clone, Copy)]
pub enum Listing {
    /// JSON in Trivy's schema: a vulnerability of a package.
    Findings,
    /// CycloneDX: a package.
    Packages,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrivyReport {
    #[serde(default)]
    results: Vec<TrivyResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrivyResult {
    #[serde(default)]
    vulnerabilities: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(rename = "PkgName")]
    package: String,
    #[serde(rename = "InstalledVersion")]
    version: String,
}

#[derive(Deserialize)]
struct Bom {
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(default)]
    purl: Option<String>,
}

impl Listing {
    /// Reads a file of results.
    pub fn read(self, path: &Path) -> Result<BTreeSet<String>> {
        let file = BufReader::new(File::open(path)?);
        let found = match self {
            Self::Findings => serde_json::from_reader(file).map(|report: TrivyReport| {
                let all = report.results.into_iter().flat_map(|result| result.vulnerabilities);
                all.map(|found| format!("{} {} {}", found.package, found.version, found.id))
                    .collect()
            }),
            Self::Packages => serde_json::from_reader(file).map(|bom: Bom| {
                let purls = bom.components.into_iter().filter_map(|component| component.purl);
                purls.map(|purl| without_qualifiers(&purl)).collect()
            }),
        };
        found.with_context(|| format!("cannot read {}", path.display()))
    }
}

/// Type, name and version: tools differ in which qualifiers they give, in how they write a `+`, and in whether a Debian
/// version's epoch is a part of it or a qualifier.
fn without_qualifiers(purl: &str) -> String {
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let plain = purl.get(..end).unwrap_or_default();
    let plain = plain.replace("%2B", "+").replace("%3A", ":").replace("%7E", "~");
    let Some((name, version)) = plain.rsplit_once('@') else { return plain };
    let upstream = version.split_once(':').map_or(version, |(_, upstream)| upstream);
    format!("{name}@{upstream}")
}

#[cfg(test)]
mod tests {
    use super::Listing;
    use std::fs;

    #[test]
    fn results_become_comparable_sets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.json");
        for (listing, text, expected) in [
            (Listing::Findings, r#"{"SchemaVersion":2}"#, vec![]),
            (
                Listing::Findings,
                r#"{"Results":[{"Target":"x"},{"Vulnerabilities":[
                   {"VulnerabilityID":"CVE-2024-1","PkgName":"bash","InstalledVersion":"5.2"}]}]}"#,
                vec!["bash 5.2 CVE-2024-1"],
            ),
            (
                Listing::Packages,
                r#"{"components":[{"type":"operating-system"},
                   {"purl":"pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64"},
                   {"purl":"pkg:deb/debian/base-files@12.4%2Bdeb12u15"}]}"#,
                vec![
                    "pkg:deb/debian/base-files@12.4+deb12u15",
                    "pkg:deb/debian/zlib1g@1.2.13.dfsg-1",
                ],
            ),
        ] {
            fs::write(&path, text).unwrap();
            let found: Vec<String> = listing.read(&path).unwrap().into_iter().collect();
            assert_eq!(found, expected);
        }
        fs::write(&path, "{").unwrap();
        assert!(Listing::Findings.read(&path).is_err());
    }
}
