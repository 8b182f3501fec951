use crate::cpe::{Configuration, CpeHit, CpeName, evaluate};
use crate::feeds::nvd;
use crate::version;
use pasu_model::{Confidence, Ecosystem};
use std::cmp::Ordering;

fn compare(a: &str, b: &str) -> Option<Ordering> {
    version::compare(Ecosystem::Cpe, a, b)
}

/// Configurations as the feed writes them.
fn configurations(json: &str) -> Vec<Configuration> {
    let feed = format!(
        r#"{{"vulnerabilities":[{{"cve":{{"id":"CVE-2000-0001","configurations":{json}}}}}]}}"#
    );
    let mut found = None;
    let count = nvd::read(feed.as_bytes(), &mut |record| found = Some(record.configurations));
    found.unwrap_or_else(|| panic!("{count:?}: {json}"))
}

fn name(text: &str) -> CpeName {
    text.parse().expect("a name of the test")
}

const DEBIAN: [&str; 2] =
    ["cpe:2.3:o:debian:debian_linux:12", "cpe:2.3:o:linux:linux_kernel:6.1.0"];

fn on_debian(json: &str, software: &str) -> Option<CpeHit> {
    on(&DEBIAN, json, software)
}

fn on(environment: &[&str], json: &str, software: &str) -> Option<CpeHit> {
    let environment: Vec<CpeName> = environment.iter().map(|text| name(text)).collect();
    evaluate(&configurations(json), &name(software), &environment, &compare)
}

fn check(json: &str, cases: &[(&str, Option<Confidence>)]) {
    for (software, expected) in cases {
        let hit = on_debian(json, software);
        assert_eq!(hit.as_ref().map(|hit| hit.confidence), *expected, "{software}: {hit:?}");
    }
}

const HIGH: Option<Confidence> = Some(Confidence::High);
const MEDIUM: Option<Confidence> = Some(Confidence::Medium);
const LOW: Option<Confidence> = Some(Confidence::Low);

/// CVE-2023-38408, first two configurations.
const OPENSSH: &str = r#"[
  {"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
    {"vulnerable": true, "criteria": "cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*", "versionEndExcluding": "9.3"},
    {"vulnerable": true, "criteria": "cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*"},
    {"vulnerable": true, "criteria": "cpe:2.3:a:openbsd:openssh:9.3:-:*:*:*:*:*:*"}]}]},
  {"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
    {"vulnerable": true, "criteria": "cpe:2.3:o:fedoraproject:fedora:37:*:*:*:*:*:*:*"}]}]}]"#;

#[test]
fn patch_levels_of_openssh() {
    check(
        OPENSSH,
        &[
            ("cpe:2.3:a:openbsd:openssh:9.2:p1", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.2p1", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3:p1", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3p1", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3:-", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3", MEDIUM),
            ("cpe:2.3:a:openbsd:openssh:9.3:p2", None),
            ("cpe:2.3:a:openbsd:openssh:9.3p2", None),
            ("cpe:2.3:a:openbsd:openssh:9.4:p1", None),
            // A name alone, another vendor, another part.
            ("cpe:2.3:a:openbsd:openssh", None),
            ("cpe:2.3:a:openbsd:openssh:-", None),
            ("cpe:2.3:a:openssh:openssh:9.2:p1", None),
            ("cpe:2.3:o:openbsd:openssh:9.2:p1", None),
        ],
    );
}

#[test]
fn hits_say_what_was_met() {
    let hit = on_debian(OPENSSH, "cpe:2.3:a:openbsd:openssh:9.2:p1").expect("a hit");
    assert_eq!(hit.criteria, "cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*");
    assert_eq!(hit.range, "< 9.3");
    let hit = on_debian(OPENSSH, "cpe:2.3:a:openbsd:openssh:9.3:p1").expect("a hit");
    assert_eq!(hit.criteria, "cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*");
    assert_eq!(hit.range, "");
}

fn one(cpe_match: &str) -> String {
    format!(r#"[{{"nodes": [{{"operator": "OR", "negate": false, "cpeMatch": [{cpe_match}]}}]}}]"#)
}

fn vulnerable(criteria: &str, bounds: &str) -> String {
    one(&format!(r#"{{"vulnerable": true, "criteria": "{criteria}"{bounds}}}"#))
}

#[test]
fn release_candidates_are_before_the_release() {
    // CVE-2014-3587 lists each one of them.
    let exact = vulnerable("cpe:2.3:a:php:php:5.5.0:rc2:*:*:*:*:*:*", "");
    check(
        &exact,
        &[
            ("cpe:2.3:a:php:php:5.5.0:rc2", HIGH),
            ("cpe:2.3:a:php:php:5.5.0RC2", HIGH),
            ("cpe:2.3:a:php:php:5.5.0", None),
            ("cpe:2.3:a:php:php:5.5.0:-", None),
            ("cpe:2.3:a:php:php:5.5.0:rc1", None),
        ],
    );
    let fixed_in =
        vulnerable("cpe:2.3:a:php:php:*:*:*:*:*:*:*:*", r#", "versionEndExcluding": "8.0.0""#);
    check(
        &fixed_in,
        &[
            ("cpe:2.3:a:php:php:8.0.0:rc2", HIGH),
            ("cpe:2.3:a:php:php:8.0.0", None),
            ("cpe:2.3:a:php:php:7.4.3", HIGH),
            ("cpe:2.3:a:php:php:7.4.0rc1:p1", HIGH),
        ],
    );
    let milestone = vulnerable("cpe:2.3:a:apache:tomcat:9.0.0:milestone1:*:*:*:*:*:*", "");
    check(
        &milestone,
        &[
            ("cpe:2.3:a:apache:tomcat:9.0.0.M1", HIGH),
            ("cpe:2.3:a:apache:tomcat:9.0.0-M1", HIGH),
            ("cpe:2.3:a:apache:tomcat:9.0.0.M2", None),
            ("cpe:2.3:a:apache:tomcat:9.0.0", None),
        ],
    );
}

#[test]
fn bounds_with_a_patch_level() {
    let json = vulnerable(
        "cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*",
        r#", "versionStartExcluding": "8.9", "versionEndIncluding": "9.3p1""#,
    );
    check(
        &json,
        &[
            ("cpe:2.3:a:openbsd:openssh:8.9", None),
            ("cpe:2.3:a:openbsd:openssh:8.9:p1", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3p1", HIGH),
            ("cpe:2.3:a:openbsd:openssh:9.3:p2", None),
            // Cannot be compared, so cannot be said.
            ("cpe:2.3:a:openbsd:openssh:9.3:gamma", None),
            ("cpe:2.3:a:openbsd:openssh:snapshot", None),
        ],
    );
    // CVE-2014-0142: only release candidates, up to that release.
    let json =
        vulnerable("cpe:2.3:a:qemu:qemu:*:rc3:*:*:*:*:*:*", r#", "versionEndIncluding": "2.0.0""#);
    check(
        &json,
        &[
            ("cpe:2.3:a:qemu:qemu:2.0.0:rc3", HIGH),
            ("cpe:2.3:a:qemu:qemu:2.0.0:rc2", None),
            ("cpe:2.3:a:qemu:qemu:1.7.0", None),
        ],
    );
}

#[test]
fn letters_of_openssl_are_versions() {
    // CVE-2023-0286 has these bounds.
    let json = vulnerable(
        "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*",
        r#", "versionStartIncluding": "1.1.1", "versionEndExcluding": "1.1.1t""#,
    );
    check(
        &json,
        &[
            ("cpe:2.3:a:openssl:openssl:1.1.1k", HIGH),
            ("cpe:2.3:a:openssl:openssl:1.1.1", HIGH),
            ("cpe:2.3:a:openssl:openssl:1.1.1t", None),
            ("cpe:2.3:a:openssl:openssl:1.1.1w", None),
        ],
    );
}

#[test]
fn a_version_of_none_is_not_every_version() {
    // CVE-2023-25136 names NetApp's utility so.
    let none = vulnerable(
        "cpe:2.3:a:netapp:ontap_select_deploy_administration_utility:-:*:*:*:*:*:*:*",
        "",
    );
    check(
        &none,
        &[
            ("cpe:2.3:a:netapp:ontap_select_deploy_administration_utility:9.12", None),
            ("cpe:2.3:a:netapp:ontap_select_deploy_administration_utility", None),
            ("cpe:2.3:a:netapp:ontap_select_deploy_administration_utility:-", LOW),
        ],
    );
    let every = vulnerable("cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*", "");
    check(
        &every,
        &[("cpe:2.3:a:openbsd:openssh:9.2:p1", LOW), ("cpe:2.3:a:openbsd:openssh", None)],
    );
}

/// CVE-2017-0310 with a version in place of its `-`.
const DRIVER: &str = r#"[{"operator": "AND", "nodes": [
  {"operator": "OR", "negate": false, "cpeMatch": [
    {"vulnerable": true, "criteria": "cpe:2.3:a:nvidia:gpu_driver:375.39:*:*:*:*:*:*:*"}]},
  {"operator": "OR", "negate": false, "cpeMatch": [
    {"vulnerable": false, "criteria": "cpe:2.3:o:freebsd:freebsd:-:*:*:*:*:*:*:*"},
    {"vulnerable": false, "criteria": "cpe:2.3:o:linux:linux_kernel:-:*:*:*:*:*:*:*"}]}]}]"#;

#[test]
fn running_on_an_operating_system() {
    let driver = "cpe:2.3:a:nvidia:gpu_driver:375.39";
    assert!(on_debian(DRIVER, driver).is_some());
    assert_eq!(on(&["cpe:2.3:o:microsoft:windows:10"], DRIVER, driver), None);
    assert_eq!(on(&[], DRIVER, driver), None, "an unknown system is no hit");
    assert_eq!(on_debian(DRIVER, "cpe:2.3:o:linux:linux_kernel:6.1.0"), None, "not at fault");

    let with = |system: &str| DRIVER.replace("o:linux:linux_kernel:-", system);
    for (system, expected) in [
        ("o:debian:debian_linux:12.0", true),
        ("o:debian:debian_linux:11.0", false),
        ("o:debian:debian_linux:*", true),
        ("h:nvidia:geforce:-", false),
        ("a:x:x_server:1.0", false),
    ] {
        assert_eq!(on_debian(&with(system), driver).is_some(), expected, "{system}");
    }
}

#[test]
fn negation_of_what_is_not_known_is_no_hit() {
    let driver = "cpe:2.3:a:nvidia:gpu_driver:375.39";
    let unless = |criteria: &str| {
        let json = DRIVER.replace("o:linux:linux_kernel:-", criteria);
        let (first, second) = json.split_at(json.rfind("\"negate\": false").expect("two nodes"));
        format!("{first}{}", second.replacen("false", "true", 1))
    };
    assert_eq!(on_debian(&unless("o:linux:linux_kernel:-"), driver), None);
    assert!(on_debian(&unless("o:microsoft:windows:-"), driver).is_some());
    assert_eq!(on_debian(&unless("h:nvidia:geforce:-"), driver), None);
    assert_eq!(on(&[], &unless("o:microsoft:windows:-"), driver), None);

    // A version that can't be compared stays unknown, also turned round.
    let except = r#"[{"operator": "AND", "nodes": [
      {"operator": "OR", "negate": false, "cpeMatch": [
        {"vulnerable": true, "criteria": "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*"}]},
      {"operator": "OR", "negate": true, "cpeMatch": [
        {"vulnerable": true, "criteria": "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", "versionEndExcluding": "2.0"}]}]}]"#;
    check(
        except,
        &[
            ("cpe:2.3:a:x:y:1.0", None),
            ("cpe:2.3:a:x:y:2.0", LOW),
            ("cpe:2.3:a:x:y:2.0:gamma", None),
        ],
    );

    let negated = OPENSSH.replace("\"negate\": false", "\"negate\": true");
    assert_eq!(on_debian(&negated, "cpe:2.3:a:openbsd:openssh:9.4:p1"), None);
}

#[test]
fn every_part_of_an_and_is_needed() {
    // CVE-2023-2827.
    let json = r#"[{"nodes": [{"operator": "AND", "negate": false, "cpeMatch": [
      {"vulnerable": true, "criteria": "cpe:2.3:a:sap:plant_connectivity:15.5:*:*:*:*:*:*:*"},
      {"vulnerable": true, "criteria": "cpe:2.3:a:sap:digital_manufacturing:1.0:*:*:*:*:*:*:*"}]}]}]"#;
    let (connectivity, manufacturing) =
        ("cpe:2.3:a:sap:plant_connectivity:15.5", "cpe:2.3:a:sap:digital_manufacturing:1.0");
    assert_eq!(on(&[], json, connectivity), None);
    assert!(on(&[manufacturing], json, connectivity).is_some());
    assert_eq!(on(&["cpe:2.3:a:sap:digital_manufacturing:2.0"], json, connectivity), None);
}

#[test]
fn alternatives_of_nodes() {
    // CVE-2023-22602.
    let json = r#"[{"operator": "OR", "nodes": [
      {"operator": "AND", "negate": false, "cpeMatch": [
        {"vulnerable": true, "criteria": "cpe:2.3:a:apache:shiro:*:*:*:*:*:*:*:*", "versionEndExcluding": "1.11.0"}]},
      {"operator": "AND", "negate": false, "cpeMatch": [
        {"vulnerable": true, "criteria": "cpe:2.3:a:vmware:spring_boot:2.6.0:\\+:*:*:*:*:*:*"}]}]}]"#;
    assert!(on_debian(json, "cpe:2.3:a:apache:shiro:1.10.1").is_some());
    assert_eq!(on_debian(json, "cpe:2.3:a:apache:shiro:1.11.0"), None);
    assert_eq!(on_debian(json, "cpe:2.3:a:vmware:spring_boot:2.6.0"), None);
    assert!(on_debian(json, "cpe:2.3:a:vmware:spring_boot:2.6.0:\\+").is_some());
}

#[test]
fn what_it_runs_in_must_be_there() {
    for (criteria, expected) in [
        ("cpe:2.3:a:x:y:1.0:*:*:*:*:wordpress:*:*", false),
        ("cpe:2.3:a:x:y:1.0:*:*:*:*:windows:*:*", false),
        ("cpe:2.3:a:x:y:1.0:*:*:*:*:linux:*:*", true),
        ("cpe:2.3:a:x:y:1.0:*:*:*:*:-:*:*", true),
        ("cpe:2.3:a:x:y:1.0:*:win32:*:*:*:*:*", false),
        ("cpe:2.3:a:x:y:1.0:*:*:*:lts:*:*:*", false),
        ("cpe:2.3:a:x:y:1.0:*:*:*:-:*:*:*", true),
        ("cpe:2.3:a:x:y:1.0:*:*:*:*:*:x64:*", false),
    ] {
        let hit = on_debian(&vulnerable(criteria, ""), "cpe:2.3:a:x:y:1.0");
        assert_eq!(hit.is_some(), expected, "{criteria}");
    }
    let plugin = vulnerable("cpe:2.3:a:x:y:1.0:*:*:*:*:wordpress:*:*", "");
    assert!(on(&["cpe:2.3:a:wordpress:wordpress:6.4"], &plugin, "cpe:2.3:a:x:y:1.0").is_some());
    assert!(on(&[], &plugin, "cpe:2.3:a:x:y:1.0:*:*:*:*:wordpress").is_some());
    assert_eq!(on(&[], &plugin, "cpe:2.3:a:x:y:1.0:*:*:*:*:joomla"), None);
}

#[test]
fn wildcards_in_a_version_but_never_in_a_product() {
    let version = vulnerable("cpe:2.3:a:x:y:1.2.*:*:*:*:*:*:*:*", "");
    check(&version, &[("cpe:2.3:a:x:y:1.2.9", HIGH), ("cpe:2.3:a:x:y:1.3", None)]);
    for criteria in ["cpe:2.3:a:x:*:1.0", "cpe:2.3:a:*:y:1.0", "cpe:2.3:a:x:y?:1.0"] {
        check(&vulnerable(criteria, ""), &[("cpe:2.3:a:x:y:1.0", None)]);
    }
}

#[test]
fn trees_survive_the_database() {
    let tree = configurations(OPENSSH);
    let bytes = postcard::to_stdvec(&tree).expect("serialises");
    assert!(bytes.len() < 130, "{} bytes", bytes.len());
    assert_eq!(postcard::from_bytes::<Vec<Configuration>>(&bytes), Ok(tree));
}
