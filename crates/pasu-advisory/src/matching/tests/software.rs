//! Programs outside packages against the NVD's configurations.

use super::{check, check_in, debian, only, own};
use crate::build::FeedKind;
use crate::testing::{build, gzip, open};
use pasu_model::{Confidence, Package, PackageType};

fn program(name: &str, version: &str, cpe: &str) -> Package {
    Package {
        cpes: vec![cpe.to_owned()],
        evidence: vec!["opt/x: path".to_owned()],
        ..own(PackageType::Binary, name, version)
    }
}

fn node(version: &str) -> Package {
    program("Node.js", version, &format!("cpe:2.3:a:nodejs:node.js:{version}:*:*:*:*:*:*:*"))
}

#[test]
fn bounds_are_kept_and_evidence_is_carried() {
    let httpd = |version: &str| {
        program("httpd", version, &format!("cpe:2.3:a:apache:http_server:{version}:*:*:*:*:*:*:*"))
    };
    check(debian("12"), &[httpd("2.4.9")], &["httpd CVE-2014-0118 fixed 2.4.10"]);
    check(debian("12"), &[httpd("2.4.10")], &[]);
    check(debian("12"), &[httpd("2.2.29")], &[]);
    let (_, found) = only(None, httpd("2.4.9"));
    let matched = found.cpe_match.expect("a CPE match");
    assert_eq!(matched.range, ">= 2.4.1, < 2.4.10");
    assert_eq!(matched.criteria, "cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*");
    assert_eq!(matched.evidence, ["opt/x: path"]);
    assert_eq!(matched.confidence, Confidence::High);
}

#[test]
fn a_name_without_version_is_never_a_finding() {
    let cpe = "cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*";
    check(
        debian("12"),
        &[program("httpd", "", cpe)],
        &["? httpd (no version): its version is not known"],
    );
    check(
        debian("12"),
        &[Package { cpes: Vec::new(), ..program("httpd", "2.4.9", cpe) }],
        &["? httpd 2.4.9: it has no CPE name"],
    );
}

#[test]
fn the_update_field_is_compared() {
    let ssh = |version: &str, update: &str| {
        program(
            "OpenSSH",
            version,
            &format!("cpe:2.3:a:openbsd:openssh:{version}:{update}:*:*:*:*:*:*"),
        )
    };
    check(None, &[ssh("9.2", "p1")], &["OpenSSH CVE-2023-38408 fixed 9.3"]);
    check(None, &[ssh("9.3", "p1")], &["OpenSSH CVE-2023-38408 affected"]);
    check(None, &[ssh("9.3", "p2")], &[]);
    check(None, &[ssh("9.4", "p1")], &[]);
}

#[test]
fn long_term_releases_of_node_are_filed_under_their_edition() {
    // CVE-2017-3738: 8.0.0 to 8.8.1 as plain releases, 8.9.0 up to 8.9.3 as `lts`, 9.0.0 up to 9.2.1 plain.
    let found = |version| {
        check(
            debian("12"),
            &[node(version)],
            &[&format!(
                "Node.js CVE-2017-3738 {}",
                match version {
                    "8.9.1" => "fixed 8.9.3",
                    "6.11.0" => "fixed 6.12.2",
                    "9.1.0" => "fixed 9.2.1",
                    _ => "affected",
                }
            )],
        )
    };
    for version in ["8.5.0", "8.9.1", "6.11.0", "9.1.0"] {
        found(version);
    }
    for version in ["8.9.3", "9.2.1", "6.12.2", "10.0.0", "7.1.0"] {
        check(debian("12"), &[node(version)], &[]);
    }
    let (_, found) = only(None, node("8.9.1"));
    let matched = found.cpe_match.expect("a CPE match");
    assert_eq!(matched.criteria, "cpe:2.3:a:nodejs:node.js:*:*:*:*:lts:*:*:*");
}

#[test]
fn this_on_that_needs_both() {
    // CVE-2014-9748: libuv on Windows; CVE-2014-1232: a plug-in on any WordPress.
    let libuv = program("libuv", "1.7.0", "cpe:2.3:a:libuv:libuv:1.7.0:*:*:*:*:*:*:*");
    check(debian("12"), &[libuv], &[]);
    let plugin = program(
        "foliopress-wysiwyg",
        "2.6.8",
        "cpe:2.3:a:foliovision:foliopress_wysiwyg:2.6.8:*:*:*:*:*:*:*",
    );
    let wordpress = program("WordPress", "6.4", "cpe:2.3:a:wordpress:wordpress:6.4:*:*:*:*:*:*:*");
    check(debian("12"), std::slice::from_ref(&plugin), &[]);
    check(debian("12"), &[plugin, wordpress], &["foliopress-wysiwyg CVE-2014-1232 affected"]);
}

#[test]
fn the_surest_of_several_names_counts_once() {
    let record = r#"{"vulnerabilities": [{"cve": {"id": "CVE-2024-1", "vulnStatus": "Analyzed",
        "published": "2024-01-01T00:00:00.000", "lastModified": "2024-01-01T00:00:00.000",
        "descriptions": [{"lang": "en", "value": "x"}], "references": [],
        "configurations": [{"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
          {"vulnerable": true, "criteria": "cpe:2.3:a:nginx:nginx:*:*:*:*:*:*:*:*"},
          {"vulnerable": true, "criteria": "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*",
           "versionEndExcluding": "1.25.4"}]}]}]}}]}"#;
    let database = open(build(&[(FeedKind::Nvd, gzip(record.as_bytes()))]));
    let nginx = Package {
        cpes: ["nginx:nginx", "f5:nginx"]
            .map(|name| format!("cpe:2.3:a:{name}:1.25.3:*:*:*:*:*:*:*"))
            .to_vec(),
        ..own(PackageType::Binary, "nginx", "1.25.3")
    };
    check_in(&database, None, std::slice::from_ref(&nginx), &["nginx CVE-2024-1 fixed 1.25.4"]);
    let matched = super::matched(&database, None, &[nginx]);
    let found = matched.sets[0].findings[0].vulnerability().unwrap();
    assert_eq!(found.cpe_match.as_ref().unwrap().confidence, Confidence::High);
}
