use super::{Statements, read};
use crate::record::{Origin, Range, RangeEnd};
use pasu_model::{Ecosystem, Severity};

fn statements(json: &str) -> Statements {
    read(json.as_bytes()).unwrap().unwrap()
}

// GHSA-2hvr-h6gw-qrxp of 2023-11-08, cut.
const CARGO: &str = r#"{"id":"GHSA-2hvr-h6gw-qrxp","modified":"2023-11-08T04:10:01Z","aliases":["CVE-2022-36114"],
  "summary":"Cargo extracting malicious crates can fill the file system","details":"…",
  "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:U/C:N/I:N/A:H"}],
  "affected":[{"package":{"ecosystem":"crates.io","name":"cargo"},
    "ranges":[{"type":"SEMVER","events":[{"introduced":"0.65.0"},{"fixed":"0.65.1"},{"introduced":"0"},{"fixed":"0.64.0"}]}],
    "versions":["0.1.0","0.70.0"]}],
  "database_specific":{"severity":"MODERATE","cwe_ids":["CWE-400"]}}"#;

#[test]
fn the_cve_names_the_row_and_the_rest_are_aliases() {
    let found = statements(CARGO);
    let (bucket, package, row) = &found.rows[0];
    assert_eq!((bucket.key.as_str(), package.as_str()), ("crates", "cargo"));
    assert_eq!(
        (row.id.as_str(), row.aliases[0].as_str(), row.origin),
        ("CVE-2022-36114", "GHSA-2hvr-h6gw-qrxp", Origin::Ghsa)
    );
    let ratings = &found.details[0].1.severities;
    assert_eq!(ratings.get("ghsa"), Some(&Severity::Medium));
}

#[test]
fn events_in_any_order_make_sorted_ranges() {
    let row = &statements(CARGO).rows[0].2;
    let expected = [(None, "0.64.0"), (Some("0.65.0"), "0.65.1")].map(|(from, to)| Range {
        introduced: from.map(str::to_owned),
        end: RangeEnd::Fixed(to.to_owned()),
    });
    assert_eq!(row.ranges, expected);
    assert_eq!(row.versions, ["0.70.0"], "only the version outside the ranges is kept");
    for (version, affected) in
        [("0.63.9", true), ("0.64.0", false), ("0.65.0", true), ("0.65.1", false), ("0.70.0", true)]
    {
        assert_eq!(row.affects(Ecosystem::CratesIo, version), Some(affected), "{version}");
    }
    assert_eq!(row.affects(Ecosystem::CratesIo, "no version"), None);
}

#[test]
fn a_notice_gives_one_row_a_cve_and_knows_its_module() {
    // RLSA-2023:4535 of Rocky Linux, cut to two packages, one of them not modular.
    let found = statements(
        r#"{"id":"RLSA-2023:4535","modified":"2023-10-06T23:11:39Z","related":["CVE-2022-41862","CVE-2023-2454"],
        "summary":"Moderate: postgresql:12 security update","affected":[
        {"package":{"ecosystem":"Rocky Linux:8","name":"pgaudit"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},
          {"fixed":"0:1.4.0-5.module+el8.5.0+686+20453ecc"}]}]},
        {"package":{"ecosystem":"Rocky Linux:8","name":"plain"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},
          {"fixed":"0:1-1.el8"}]}]}]}"#,
    );
    let seen: Vec<_> = found
        .rows
        .iter()
        .map(|(_, name, row)| (name.as_str(), row.id.as_str(), row.module.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("pgaudit", "CVE-2022-41862", Some("postgresql:12")),
            ("pgaudit", "CVE-2023-2454", Some("postgresql:12")),
            ("plain", "CVE-2022-41862", None),
            ("plain", "CVE-2023-2454", None),
        ]
    );
    assert!(found.rows.iter().all(|(_, _, row)| row.notices[0].as_str() == "RLSA-2023:4535"
        && row.severity == Some(Severity::Medium)));
}

#[test]
fn a_distribution_record_is_filed_under_its_cve() {
    let found = statements(
        r#"{"id":"UBUNTU-CVE-2023-0286","modified":"2023-02-08T20:15:00Z","upstream":["CVE-2023-0286"],"related":["USN-5844-1"],
        "affected":[{"package":{"ecosystem":"Ubuntu:Pro:18.04:LTS","name":"openssl1.0"},
        "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}],"ecosystem_specific":{"ubuntu_priority":"high"}}]}"#,
    );
    let (bucket, _, row) = &found.rows[0];
    assert_eq!(
        (bucket.key.as_str(), row.id.as_str(), row.origin),
        ("ubuntu-pro 18.04", "CVE-2023-0286", Origin::UbuntuPro)
    );
    assert_eq!((row.notices[0].as_str(), row.severity), ("USN-5844-1", Some(Severity::High)));
}

#[test]
fn an_open_range_takes_githubs_upper_bound() {
    let found = statements(
        r#"{"id":"GHSA-457r-cqc8-9vj9","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"sweetalert2"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"8.19.1"}]}],
        "database_specific":{"last_known_affected_version_range":"< 11.0.0"}}]}"#,
    );
    let row = &found.rows[0].2;
    assert_eq!(row.affects(Ecosystem::Npm, "10.0.0"), Some(true));
    assert_eq!(row.affects(Ecosystem::Npm, "11.0.0"), Some(false));
    assert!(row.fixes_above(Ecosystem::Npm, "10.0.0").is_empty(), "a bound is no announced fix");
}

#[test]
fn withdrawn_records_say_nothing_and_broken_ones_are_errors() {
    assert!(read(br#"{"id":"GHSA-1","withdrawn":"2020-01-01T00:00:00Z"}"#).unwrap().is_none());
    assert!(read(br#"{"modified":"x"}"#).is_err());
    assert!(read(b"\xff\xfe").is_err());
    assert!(read("[".repeat(100_000).as_bytes()).is_err());
}
