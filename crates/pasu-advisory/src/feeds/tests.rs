//! The two short feeds: CISA's catalogue and FIRST's scores.

use super::{FeedCount, FeedError, epss, kev};

/// Two entries of catalogue 2026.08.21, texts cut.
const KEV: &str = r#"{
    "title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.08.21",
    "dateReleased": "2026-08-21T17:46:43.6019Z", "count": 1674,
    "vulnerabilities": [
        {"cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2",
         "vulnerabilityName": "Apache Log4j2 Remote Code Execution Vulnerability", "dateAdded": "2021-12-10",
         "shortDescription": "\u2026", "dueDate": "2021-12-24", "knownRansomwareCampaignUse": "Known", "cwes": ["CWE-20"]},
        {"cveID": "CVE-2026-73570", "vendorProject": "Synacor", "product": "Zimbra Collaboration Suite (ZCS)",
         "vulnerabilityName": "Zimbra Collaboration Suite (ZCS) OS Command Injection Vulnerability",
         "dateAdded": "2026-08-21", "dueDate": "2026-08-24", "knownRansomwareCampaignUse": "Unknown"}
    ]}"#;

#[test]
fn the_catalogue_of_known_exploited_vulnerabilities() {
    let (records, meta) = kev::read(KEV.as_bytes()).expect("a catalogue");
    assert_eq!(meta.catalog_version, "2026.08.21");
    assert_eq!(meta.date_released, "2026-08-21T17:46:43.6019Z");
    assert_eq!((meta.count.records, meta.count.skipped), (2, 0));
    let expected = kev::KevRecord {
        cve: "CVE-2021-44228".to_owned(),
        added: "2021-12-10".to_owned(),
        due: "2021-12-24".to_owned(),
        ransomware: true,
        name: "Apache Log4j2 Remote Code Execution Vulnerability".to_owned(),
        vendor: "Apache".to_owned(),
        product: "Log4j2".to_owned(),
    };
    assert_eq!(records[0], expected);
    assert!(!records[1].ransomware);
}

#[test]
fn malformed_entries_of_the_catalogue_are_counted() {
    for (from, to) in [
        ("\"cveID\": \"CVE-2021-44228\"", "\"cveID\": 44228"),
        ("\"CVE-2021-44228\"", "\"n/a\""),
        ("\"dateAdded\": \"2021-12-10\",", ""),
    ] {
        let (records, meta) = kev::read(KEV.replace(from, to).as_bytes()).expect("a catalogue");
        assert_eq!((records.len(), meta.count.records, meta.count.skipped), (1, 1, 1), "{to}");
        assert!(meta.count.first_problem.is_some_and(|problem| problem.starts_with("record 1: ")));
    }
}

#[test]
fn other_documents_are_no_catalogue() {
    for cut in [1, 100, KEV.len() - 1] {
        let cut = kev::read(&KEV.as_bytes()[..cut]);
        assert!(matches!(cut, Err(FeedError::Truncated { .. })), "{cut:?}");
    }
    let deep = format!("{{\"vulnerabilities\": [{}]}}", "[".repeat(100_000));
    for text in ["<html>", "{}", "[]", r#"{"vulnerabilities": 1}"#, deep.as_str()] {
        let read = kev::read(text.as_bytes());
        assert!(matches!(read, Err(FeedError::Format { .. })), "{text:.30}: {read:?}");
    }
}

/// The first lines of the scores of 2026-08-16.
const EPSS: &str = "#model_version:v2025.03.14,score_date:2026-08-16T00:00:00Z\n\
    cve,epss,percentile\n\
    CVE-1999-0001,0.03351,0.8765\n\
    CVE-1999-0002,0.27858,0.97929\n";

type Rows = Vec<(String, f32, f32)>;

fn scores(text: &str) -> (Rows, Result<(epss::EpssMeta, FeedCount), FeedError>) {
    let mut rows = Vec::new();
    let result = epss::read(text.as_bytes(), &mut |cve, score, percentile| {
        rows.push((cve.to_owned(), score, percentile));
    });
    (rows, result)
}

#[test]
fn exploit_prediction_scores() {
    let (rows, result) = scores(EPSS);
    let (meta, count) = result.expect("scores");
    assert_eq!(meta.model_version.as_deref(), Some("v2025.03.14"));
    assert_eq!(meta.score_date.as_deref(), Some("2026-08-16T00:00:00Z"));
    assert_eq!(count.newest, meta.score_date);
    assert_eq!(rows[1], ("CVE-1999-0002".to_owned(), 0.278_58, 0.979_29));
    assert_eq!((count.records, count.skipped), (2, 0));
    let (rows, _) = scores("percentile,cve,epss\r\n0.5,CVE-1,0.25\r\n");
    assert_eq!(rows, [("CVE-1".to_owned(), 0.25, 0.5)]);
}

#[test]
fn malformed_scores_are_counted() {
    let long = "x".repeat(1 << 20);
    for bad in [
        "GHSA-1,0.1,0.2",
        "CVE-1,0.1",
        "CVE-1,NaN,0.1",
        "CVE-1,1.5,0.1",
        "CVE-1,-1,0.1",
        "CVE-1,,",
        long.as_str(),
    ] {
        let (rows, result) =
            scores(&EPSS.replacen("CVE-1999-0001", &format!("{bad}\nCVE-1999-0001"), 1));
        let (_, count) = result.expect("scores");
        assert_eq!((rows.len(), count.skipped), (2, 1), "{bad:.40}");
        let problem = count.first_problem.expect("a problem");
        assert!(problem.starts_with("line 3: "), "{problem}");
    }
    for text in ["", "<html>\n", "#model_version:x\n", "cve,epss\n"] {
        assert!(matches!(scores(text).1, Err(FeedError::Format { .. })), "{text}");
    }
}
