//! Alpine's security database, one file a release and repository (`v3.19/main.json`):
//! `{"distroversion":"v3.19","packages":[{"pkg":{"name":"aom","secfixes":{"3.1.1-r0":["CVE-2021-30473"]}}}]}`.

use crate::bucket::Bucket;
use crate::record::{Origin, Range, RangeEnd, Row, VulnId};
use pasu_model::{Ecosystem, Status};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct File {
    distroversion: String,
    #[serde(default)]
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    pkg: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    /// `null` where a package has none.
    #[serde(default)]
    secfixes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

/// Reads one file into rows with their bucket and package.
pub fn read(json: &[u8]) -> Result<Vec<(Bucket, String, Row)>, serde_json::Error> {
    let file: File = serde_json::from_slice(json)?;
    let bucket = Bucket::of_release(Ecosystem::Alpine, file.distroversion.trim_start_matches('v'));
    let mut rows = Vec::new();
    for Entry { pkg } in file.packages {
        for (version, ids) in pkg.secfixes.unwrap_or_default() {
            // Version 0: looked at and not affected.
            if version == "0" {
                continue;
            }
            for entry in ids.unwrap_or_default() {
                rows.extend(
                    row(&version, &entry).map(|row| (bucket.clone(), pkg.name.clone(), row)),
                );
            }
        }
    }
    Ok(rows)
}

/// An entry is one or more names of the same thing: `CVE-2019-14697 GHSA-…`, `XSA-201`.
fn row(version: &str, entry: &str) -> Option<Row> {
    let mut names: Vec<&str> = entry.split_whitespace().collect();
    let at = names.iter().position(|name| name.starts_with("CVE-")).unwrap_or(0);
    if names.is_empty() {
        return None;
    }
    let id = names.remove(at);
    Some(Row {
        id: VulnId::new(id),
        aliases: names.into_iter().map(VulnId::new).collect(),
        notices: Vec::new(),
        origin: Origin::Alpine,
        ranges: vec![Range { introduced: None, end: RangeEnd::Fixed(version.to_owned()) }],
        versions: Vec::new(),
        status: Status::Affected,
        severity: None,
        module: None,
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    // From v3.19/main.json of 2025-01-04, cut.
    const FILE: &str = r#"{"distroversion":"v3.19","reponame":"main","packages":[
      {"pkg":{"name":"musl","secfixes":{"1.1.23-r2":["CVE-2019-14697"],"0":["CVE-2000-1"]}}},
      {"pkg":{"name":"xen","secfixes":{"4.7.0-r0":["CVE-2016-6258 XSA-182"]}}},
      {"pkg":{"name":"none","secfixes":null}}]}"#;

    #[test]
    fn fixes_are_read_with_all_their_names() {
        let rows = read(FILE.as_bytes()).unwrap();
        let seen: Vec<_> = rows
            .iter()
            .map(|(bucket, name, row)| (bucket.key.as_str(), name.as_str(), row.id.as_str()))
            .collect();
        assert_eq!(
            seen,
            [("alpine 3.19", "musl", "CVE-2019-14697"), ("alpine 3.19", "xen", "CVE-2016-6258")]
        );
        assert_eq!(rows[1].2.aliases[0].as_str(), "XSA-182");
    }
}
