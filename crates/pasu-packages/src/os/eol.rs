//! Until when each release is mended: `eol.toml`, compiled in.

use pasu_model::{EndOfLife, OperatingSystem, OsFamily};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A table for each family, by the name used in `eol.toml`.
type Table = BTreeMap<String, Family>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    /// The maker's page that the dates come from.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for the reader of the table; a test holds it")
    )]
    source: String,
    /// By [`OperatingSystem::advisory_release`].
    releases: BTreeMap<String, EndOfLife>,
}

/// When support of this release ends; `None` for rolling releases and for those not in the table.
pub fn end_of_life(os: &OperatingSystem) -> Option<EndOfLife> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(|| toml::from_str(include_str!("eol.toml")).unwrap_or_default());
    let family = table.get(family_key(os))?;
    family.releases.get(&release_key(os)).cloned()
}

/// CentOS Stream shares a family with CentOS Linux and has other dates.
fn family_key(os: &OperatingSystem) -> &'static str {
    match os.family {
        OsFamily::CentOs
            if os.pretty_name.as_deref().is_some_and(|name| name.contains("Stream")) =>
        {
            "centos-stream"
        }
        family => family.name(),
    }
}

/// Amazon Linux 1 is filed under `1` and calls itself by a date, `2018.03`.
fn release_key(os: &OperatingSystem) -> String {
    match os.family {
        OsFamily::Amazon if os.version.starts_with("201") => "1".to_owned(),
        _ => os.advisory_release(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, end_of_life};
    use pasu_model::{OperatingSystem, OsFamily};

    #[test]
    fn the_table_is_well_formed() {
        let table: Table = toml::from_str(include_str!("eol.toml")).unwrap();
        assert_eq!(table.len(), 13);
        for (name, family) in &table {
            assert!(family.source.starts_with("https://"), "{name}");
            for (release, dates) in &family.releases {
                let longer = dates.extended.is_none_or(|extended| extended > dates.standard);
                assert!(longer, "{name} {release}: extended support ends before standard support");
            }
        }
    }

    #[test]
    fn releases_are_found_by_what_their_advisories_are_filed_under() {
        let cases = [
            (OsFamily::Debian, "12.11", "", Some("2026-07-11")),
            (OsFamily::Debian, "14", "", None),
            (OsFamily::Ubuntu, "22.04", "", Some("2027-06-01")),
            (OsFamily::Alpine, "3.19.1", "", Some("2025-11-01")),
            (OsFamily::Alpine, "3.21.0_alpha20240807", "", None),
            (OsFamily::RedHat, "9.4", "", Some("2032-05-31")),
            (OsFamily::CentOs, "8", "CentOS Stream 8", Some("2024-05-31")),
            (OsFamily::CentOs, "8.5.2111", "CentOS Linux 8", Some("2021-12-31")),
            (OsFamily::Amazon, "2018.03", "", Some("2023-12-31")),
            (OsFamily::Suse, "15.5", "", Some("2024-12-31")),
            (OsFamily::Arch, "", "", None),
        ];
        for (family, version, name, expected) in cases {
            let os = OperatingSystem {
                family,
                id: String::new(),
                version: version.to_owned(),
                codename: None,
                pretty_name: Some(name.to_owned()),
                extended: false,
                end_of_life: None,
            };
            let found = end_of_life(&os).map(|dates| dates.standard.to_string());
            assert_eq!(found.as_deref(), expected, "{family:?} {version}");
        }
    }
}
