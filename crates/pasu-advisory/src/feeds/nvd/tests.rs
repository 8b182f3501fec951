//! Excerpts of real records; long texts, translations and metric details are cut.

use super::{FeedMeta, NvdRecord, read};
use crate::feeds::{FeedCount, FeedError};
use pasu_model::{Cvss, Severity};
use std::io::{self, Read};

fn feed(records: &[&str]) -> String {
    let list: Vec<String> = records.iter().map(|record| format!("{{\"cve\": {record}}}")).collect();
    format!(
        "{{\n\"resultsPerPage\": 3, \"format\": \"NVD_CVE\", \"note\": \"\\\"vulnerabilities\\\":[\",\n\
         \"vulnerabilities\" : [ {} ]\n}}\n",
        list.join(",\n")
    )
}

fn read_all(text: &[u8]) -> (Vec<NvdRecord>, Result<FeedCount, FeedError>) {
    let mut records = Vec::new();
    let count = read(text, &mut |record| records.push(record));
    (records, count)
}

fn read_one(record: &str) -> NvdRecord {
    let (mut records, count) = read_all(feed(&[record]).as_bytes());
    assert_eq!(records.len(), 1, "{count:?}");
    records.remove(0)
}

const REJECTED: &str = r#"{"id": "CVE-2003-0157", "sourceIdentifier": "cve@mitre.org",
  "published": "2003-03-24T05:00:00.000", "lastModified": "2023-11-07T01:56:14.440", "vulnStatus": "Rejected",
  "cveTags": [], "descriptions": [{"lang": "en", "value": "Rejected reason: DO NOT USE THIS CANDIDATE NUMBER."}],
  "metrics": {}, "references": []}"#;

const SCORED: &str = r#"{"id": "CVE-2026-0544", "sourceIdentifier": "cna@vuldb.com",
  "published": "2026-01-01T09:15:51.113", "lastModified": "2026-01-06T19:25:10.050", "vulnStatus": "Analyzed",
  "descriptions": [{"lang": "es", "value": "Se ha descubierto una vulnerabilidad."},
    {"lang": "en", "value": "A security flaw has been discovered in itsourcecode \"School Management System\" 1.0 [sic]}."}],
  "metrics": {
    "cvssMetricV40": [{"source": "cna@vuldb.com", "type": "Secondary", "cvssData": {"version": "4.0",
      "vectorString": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N/E:P", "baseScore": 6.9, "baseSeverity": "MEDIUM"}}],
    "cvssMetricV31": [
      {"source": "cna@vuldb.com", "type": "Secondary", "cvssData": {"version": "3.1",
        "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L", "baseScore": 7.3, "baseSeverity": "HIGH"}},
      {"source": "nvd@nist.gov", "type": "Primary", "cvssData": {"version": "3.1",
        "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8, "baseSeverity": "CRITICAL"}}],
    "cvssMetricV2": [{"source": "cna@vuldb.com", "type": "Secondary", "cvssData": {"version": "2.0",
      "vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "baseScore": 7.5}, "baseSeverity": "HIGH"}]},
  "weaknesses": [
    {"source": "cna@vuldb.com", "type": "Secondary", "description": [{"lang": "en", "value": "CWE-89"}, {"lang": "en", "value": "CWE-74"}]},
    {"source": "nvd@nist.gov", "type": "Primary", "description": [{"lang": "en", "value": "CWE-89"}, {"lang": "en", "value": "NVD-CWE-noinfo"}]}],
  "configurations": [{"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [{"vulnerable": true,
    "criteria": "cpe:2.3:a:itsourcecode:school_management_system:1.0:*:*:*:*:*:*:*", "matchCriteriaId": "D4F6842D-98A5-4EDC-9580-D40F28FCB304"}]}]}],
  "references": [{"url": "https://itsourcecode.com/", "source": "cna@vuldb.com", "tags": ["Product"]},
    {"url": "https://github.com/ltranquility/CVE/issues/31"}, {"url": "https://itsourcecode.com/"}]}"#;

const AFFECTED: &str = r#"{"id": "CVE-2025-15637", "published": "2026-08-20T12:16:30.777", "lastModified": "2026-08-20T15:17:26.870",
  "vulnStatus": "Deferred", "descriptions": [{"lang": "en", "value": "Unauthenticated Local File Inclusion in Shuffle <= 1.8 versions."}],
  "affected": [{"source": "audit@patchstack.com", "affectedData": [{"vendor": "Edge Themes", "product": "Shuffle",
    "defaultStatus": "unaffected", "cpes": ["cpe:2.3:a:edge:shuffle:*:*:*:*:*:*:*:*", "n/a"], "versions": [{"version": "n/a", "lessThanOrEqual": "1.8", "versionType": "custom",
      "status": "affected", "changes": [{"at": "1.9", "status": "unaffected"}]}]}]}],
  "references": []}"#;

#[test]
fn scores_come_by_source() {
    let record = read_one(SCORED);
    assert_eq!(record.published.as_deref(), Some("2026-01-01T09:15:51.113Z"));
    assert_eq!(record.modified.as_deref(), Some("2026-01-06T19:25:10.050Z"));
    assert!(record.description.starts_with("A security flaw"), "{}", record.description);
    let expected = Cvss {
        v3_vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
        v3_score: Some(9.8),
        ..Cvss::default()
    };
    assert_eq!(record.cvss["nvd"], expected);
    let vuldb = &record.cvss["cna@vuldb.com"];
    assert_eq!(
        (vuldb.v2_score, vuldb.v3_score, vuldb.v40_score),
        (Some(7.5), Some(7.3), Some(6.9))
    );
    assert_eq!(record.severity["nvd"], Severity::Critical);
    assert_eq!(record.severity["cna@vuldb.com"], Severity::Medium);
    assert_eq!(record.cwes, ["CWE-74", "CWE-89"]);
    assert_eq!(
        record.references,
        ["https://itsourcecode.com/", "https://github.com/ltranquility/CVE/issues/31"]
    );
    assert_eq!(record.configurations.len(), 1);
    assert!(!record.rejected);
}

#[test]
fn primary_scores_and_newer_minor_versions_stand() {
    let metric = |source: &str, kind: &str, score: f64| {
        format!(
            r#"{{"source": "{source}", "type": "{kind}", "cvssData": {{"vectorString": "x", "baseScore": {score}}}}}"#
        )
    };
    let (primary, secondary) =
        (metric("nvd@nist.gov", "Primary", 5.0), metric("nvd@nist.gov", "Secondary", 9.0));
    let (old, wrong) = (metric("nvd@nist.gov", "Primary", 1.0), metric("x", "Primary", 10.1));
    let record = read_one(&format!(
        r#"{{"id": "CVE-2023-1", "metrics": {{"cvssMetricV31": [{primary}, {secondary}, {wrong}], "cvssMetricV30": [{old}]}}}}"#
    ));
    assert_eq!(record.cvss["nvd"].v3_score, Some(5.0));
    assert_eq!(record.severity["nvd"], Severity::Medium);
    assert!(!record.cvss.contains_key("x"));
}

#[test]
fn rejected_records_say_so() {
    let record = read_one(REJECTED);
    assert!(record.rejected);
    assert_eq!(record.vuln_status, "Rejected");
    assert!(record.configurations.is_empty());
}

#[test]
fn affected_products_are_kept() {
    let record = read_one(AFFECTED);
    let [affected] = record.affected.as_slice() else { panic!("{:?}", record.affected) };
    assert_eq!(affected.source, "audit@patchstack.com");
    assert_eq!((affected.vendor.as_str(), affected.product.as_str()), ("Edge Themes", "Shuffle"));
    assert_eq!(affected.default_status, "unaffected");
    assert_eq!(affected.cpes.len(), 1);
    let [version] = affected.versions.as_slice() else { panic!("{:?}", affected.versions) };
    assert_eq!(version.less_than, None);
    assert_eq!(version.less_than_or_equal.as_deref(), Some("1.8"));
    assert_eq!((version.version_type.as_str(), version.status.as_str()), ("custom", "affected"));
    assert_eq!(version.changes[0].at, "1.9");
}

#[test]
fn malformed_records_are_counted_and_the_rest_is_read() {
    let deep = deep_record("descriptions");
    let criteria = r#"{"id": "CVE-2000-2", "configurations": [{"nodes": [{"operator": "OR", "cpeMatch": [{"vulnerable": true, "criteria": "nginx"}]}]}]}"#;
    let operator = r#"{"id": "CVE-2000-3", "configurations": [{"nodes": [{"operator": "XOR", "cpeMatch": []}]}]}"#;
    for bad in [
        r#"{"id": 5}"#,
        r#"{"published": "2020-01-01T00:00:00.000"}"#,
        r#"{"id": "GHSA-1"}"#,
        r#"{"id": "CVE-2000-4", "descriptions": "text"}"#,
        r#"{"id": "CVE-2000-5", "x": tru}"#,
        "null",
        deep.as_str(),
        criteria,
        operator,
    ] {
        let (records, count) = read_all(feed(&[REJECTED, bad, SCORED]).as_bytes());
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids, ["CVE-2003-0157", "CVE-2026-0544"], "{bad:.60}");
        let count = count.expect("not fatal");
        assert_eq!((count.records, count.skipped), (2, 1), "{bad:.60}");
        assert_eq!(count.newest.as_deref(), Some("2026-01-06T19:25:10.050Z"));
        let problem = count.first_problem.expect("a problem");
        assert!(problem.starts_with("record 2: "), "{problem}");
    }
}

fn deep_record(field: &str) -> String {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    format!(r#"{{"id": "CVE-2000-1", "{field}": {open}{close}}}"#)
}

#[test]
fn nesting_in_what_nobody_reads_does_no_harm() {
    assert_eq!(read_one(&deep_record("x")).id, "CVE-2000-1");
}

#[test]
fn elements_that_are_no_objects_are_counted() {
    let (records, count) = read_all(br#"{"vulnerabilities": [1, "a,]b", [2], {}, null]}"#);
    assert!(records.is_empty());
    assert_eq!(count.expect("not fatal").skipped, 5);
    let (_, count) = read_all(br#"{"vulnerabilities":[]}"#);
    assert_eq!(count.expect("an empty feed"), FeedCount::default());
}

#[test]
fn what_came_before_the_cut_is_kept() {
    let text = feed(&[REJECTED, SCORED, AFFECTED]);
    let cut = text.find("CVE-2025-15637").expect("the third record");
    let (records, count) = read_all(&text.as_bytes()[..cut]);
    assert_eq!(records.len(), 2);
    match count {
        Err(FeedError::Truncated { record, offset }) => {
            assert_eq!((record, offset), (3, cut as u64));
        }
        other => panic!("{other:?}"),
    }
    for cut in 1..text.trim_end().len() {
        assert!(read_all(&text.as_bytes()[..cut]).1.is_err(), "cut at {cut}");
    }
}

/// Bytes that fail after some.
struct Failing<'a>(&'a [u8], io::ErrorKind);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(self.1.into());
        }
        self.0.read(buffer)
    }
}

#[test]
fn failures_of_the_source_are_told_apart() {
    let text = feed(&[REJECTED, SCORED]);
    let half = &text.as_bytes()[..text.len() / 2];
    let cut = read(Failing(half, io::ErrorKind::UnexpectedEof), &mut |_| {});
    assert!(matches!(cut, Err(FeedError::Truncated { record: 2, .. })), "{cut:?}");
    let failed = read(Failing(half, io::ErrorKind::ConnectionReset), &mut |_| {});
    assert!(matches!(failed, Err(FeedError::Read { records: 1, .. })), "{failed:?}");
}

#[test]
fn other_documents_are_refused() {
    let endless = format!("{{\"title\": \"{}\"}}", "a".repeat(3 << 20));
    for text in [
        "",
        "<html>503</html>",
        "{}",
        r#"{"a": {"vulnerabilities": []}}"#,
        r#"{"vulnerabilities": {}}"#,
        endless.as_str(),
    ] {
        let (_, count) = read_all(text.as_bytes());
        assert!(matches!(count, Err(FeedError::Format { .. })), "{text:.40}: {count:?}");
    }
}

#[test]
fn a_stray_bracket_never_ends_the_feed_silently() {
    for stray in ["]", "}", "]}"] {
        let text = feed(&[&format!("{REJECTED}}}{stray}"), SCORED]);
        let (_, count) = read_all(text.as_bytes());
        assert!(count.is_err(), "{stray}: {count:?}");
    }
}

#[test]
fn a_huge_record_is_passed_over() {
    let huge = format!(r#"{{"id": "CVE-2000-1", "x": "{}"}}"#, "a".repeat(17 << 20));
    let (records, count) = read_all(feed(&[&huge, SCORED]).as_bytes());
    assert_eq!(records.len(), 1);
    assert_eq!(count.expect("not fatal").first_problem.as_deref(), Some("record 1: too large"));
}

#[test]
fn too_many_criteria_are_refused() {
    let criterion = r#"{"vulnerable":true,"criteria":"cpe:2.3:a:b:c:1"},"#.repeat(100_001);
    let record = format!(
        r#"{{"id": "CVE-2000-1", "configurations": [{{"nodes": [{{"operator": "OR", "cpeMatch": [{}]}}]}}]}}"#,
        criterion.trim_end_matches(',')
    );
    let (records, count) = read_all(feed(&[&record]).as_bytes());
    assert!(records.is_empty());
    let problem = count.expect("not fatal").first_problem.expect("a problem");
    assert!(problem.contains("100001 criteria"), "{problem}");
}

#[test]
fn meta_files() {
    let text = "lastModifiedDate:2026-08-21T17:16:26-00:00\r\nsize:43063563\r\nzipSize:0\r\ngzSize:3526300\r\n\
                sha256:B9F2F4DF8C94E2C1746B74B6F32450A1279D3E51AD0595894B7F42971200AAFF\r\n";
    let meta = FeedMeta::parse(text).expect("a meta file");
    assert_eq!(meta.last_modified, "2026-08-21T17:16:26-00:00");
    assert_eq!((meta.size, meta.gz_size), (43_063_563, Some(3_526_300)));
    assert!(meta.sha256.starts_with("b9f2f4df"), "{}", meta.sha256);
    for (from, to) in
        [("size:4", "size:-4"), ("sha256:B", "sha256:"), ("2026-08", "2026-88"), ("size:", "sise:")]
    {
        assert!(FeedMeta::parse(&text.replacen(from, to, 1)).is_err(), "{to}");
    }
}
