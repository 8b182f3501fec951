//! What findings carry beside the match: severity and its source, notices, KEV, EPSS, order.

use super::{debian, matched, only, os, own};
use crate::build::FeedKind;
use crate::testing::{build, excerpts, open, osv};
use pasu_model::OsFamily::{Alma, RedHat, Rocky, Ubuntu};
use pasu_model::{PackageType, Severity};

#[test]
fn who_decided_the_match_rates_first() {
    let (severity, found) =
        only(os(Ubuntu, "22.04"), own(PackageType::Dpkg, "openssl", "3.0.2-0ubuntu1.16"));
    assert_eq!((severity, found.severity_source.as_str()), (Severity::Low, "ubuntu"));
    assert_eq!(found.vendor_ids, ["USN-6937-1"]);
    // Debian rates few; then the NVD's word counts, which OSV copies into Debian's records.
    let (severity, found) = only(debian("12"), own(PackageType::Dpkg, "bind9", "1:9.18.24-1"));
    assert_eq!((severity, found.severity_source.as_str()), (Severity::High, "nvd"));
    assert_eq!(found.vendor_ids, ["DSA-5734-1"]);
    let (severity, found) = only(debian("12"), own(PackageType::Dpkg, "glibc", "2.36-9"));
    assert_eq!((severity, found.severity_source.as_str()), (Severity::Low, "debian"));
    let (severity, found) = only(None, own(PackageType::Pip, "jinja2", "2.10"));
    assert_eq!((severity, found.severity_source.as_str()), (Severity::High, "ghsa"));
    let (severity, found) = only(os(RedHat, "9"), own(PackageType::Rpm, "libvirt", "10.0-1.el9"));
    assert_eq!((severity, found.severity_source.as_str()), (Severity::Medium, "redhat"));
    assert_eq!(found.vendor_ids, ["RHSA-2024:9128"]);
}

#[test]
fn notices_rate_all_their_cves() {
    let openssl = own(PackageType::Rpm, "openssl", "1:3.0.0-1.el9");
    for (family, source, notice) in
        [(Rocky, "rocky", "RLSA-2023:0946"), (Alma, "alma", "ALSA-2026:25239")]
    {
        let matched = matched(excerpts(), os(family, "9.5"), std::slice::from_ref(&openssl));
        let findings = &matched.sets[0].findings;
        assert!(findings.len() > 7, "{notice}: {}", findings.len());
        for finding in findings {
            let found = finding.vulnerability().unwrap();
            assert_eq!(finding.severity, Severity::High, "{}", finding.rule);
            assert_eq!(found.severity_source, source);
            assert_eq!(found.vendor_ids, [notice]);
        }
    }
}

#[test]
fn exploitation_is_joined_by_cve() {
    let log4j = own(PackageType::Jar, "org.apache.logging.log4j:log4j-core", "2.14.1");
    let (severity, found) = only(None, log4j);
    assert_eq!(severity, Severity::Critical);
    let known = found.known_exploited.expect("CISA lists it");
    assert_eq!((known.added.as_str(), known.ransomware), ("2021-12-10", true));
    assert!(found.epss.expect("FIRST scores it").score > 0.9);
    let (_, found) = only(None, own(PackageType::Npm, "lodash", "4.17.20"));
    assert!(found.known_exploited.is_none());
    assert!(found.epss.is_some_and(|epss| epss.score < 0.5));
}

#[test]
fn details_come_from_whoever_describes_best() {
    let (_, found) = only(None, own(PackageType::Npm, "lodash", "4.17.20"));
    assert_eq!(found.title, "Command Injection in lodash");
    assert!(found.cvss.contains_key("ghsa"), "{:?}", found.cvss);
    assert_eq!(found.data_source.name, "GitHub Security Advisory");
    let (_, found) = only(debian("12"), own(PackageType::Dpkg, "bind9", "1:9.18.24-1"));
    assert_eq!(found.primary_url, "https://security-tracker.debian.org/tracker/CVE-2024-1737");
    assert!(found.description.starts_with("Resolver caches"), "{}", found.description);
}

#[test]
fn the_packages_own_rating_beats_the_general_one() {
    let tracker = r#"{"a": {"CVE-2024-1": {"releases": {"bookworm":
        {"status": "open", "urgency": "unimportant"}}}}}"#;
    let general = r#"{"id": "DEBIAN-CVE-2024-1", "modified": "2024-01-01T00:00:00Z", "upstream":
        ["CVE-2024-1"], "severity": [{"type": "CVSS_V3", "score":
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}], "affected": []}"#;
    let feeds = [osv("Debian", &[general]), (FeedKind::DebianTracker, tracker.into())];
    let database = open(build(&feeds));
    let matched = matched(&database, debian("12"), &[own(PackageType::Dpkg, "a", "1-1")]);
    assert_eq!(matched.sets[0].findings[0].severity, Severity::Low);
}

#[test]
fn worst_first_within_a_package_and_stable_fingerprints() {
    let openssl = own(PackageType::Dpkg, "openssl", "3.0.13-1~deb12u1");
    let fingerprints = |version: &str| {
        let package = pasu_model::Package { version: version.to_owned(), ..openssl.clone() };
        let matched = matched(excerpts(), debian("12"), &[package]);
        let findings = matched.sets.into_iter().flat_map(|set| set.findings);
        findings.map(|finding| (finding.rule, finding.fingerprint)).collect::<Vec<_>>()
    };
    let old = fingerprints("3.0.13-1~deb12u1");
    assert_eq!(old.len(), 2);
    assert_ne!(old[0].1, old[1].1);
    // An update that mends one of two leaves the other the same finding.
    let new = fingerprints("3.0.14-1~deb12u1");
    assert_eq!(new, [old.into_iter().find(|(rule, _)| rule == "CVE-2024-6119").unwrap()]);
}
