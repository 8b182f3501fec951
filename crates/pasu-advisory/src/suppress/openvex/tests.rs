//! OpenVEX as `vexctl create` and distributions write it.

use crate::suppress::testing::{package, run, taken_out, vex_takes_out};
use crate::suppress::{Note, Rules};
use jiff::civil::date;
use pasu_model::{PackageType, Relationship};

/// A document of `vexctl` with other statements.
fn document(statements: &str) -> String {
    format!(
        r#"{{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://openvex.dev/docs/public/vex-2e67563e","author":"Example","timestamp":"2024-03-04T10:00:00.5+09:00","version":1,"statements":[{statements}]}}"#
    )
}

/// A statement on CVE-2021-23337 in `lodash`.
fn on_lodash(products: &str, status: &str, rest: &str) -> String {
    let vulnerability =
        r#"{"@id":"https://nvd.nist.gov/vuln/detail/CVE-2021-23337","name":"CVE-2021-23337"}"#;
    format!(
        r#"{{"vulnerability":{vulnerability},"products":[{products}],"status":"{status}"{rest}}}"#
    )
}

#[test]
fn the_status_decides() {
    for (status, expected) in [
        ("not_affected", vec!["CVE-2021-23337 not_affected"]),
        ("fixed", vec!["CVE-2021-23337 fixed"]),
        ("affected", vec![]),
        ("under_investigation", vec![]),
    ] {
        let text = document(&on_lodash(r#"{"@id":"pkg:npm/lodash@4.17.20"}"#, status, ""));
        assert_eq!(vex_takes_out(&text), expected, "{status}");
    }
}

#[test]
fn products_are_matched() {
    for (products, expected) in [
        (r#"{"@id":"pkg:npm/lodash"}"#, true),
        (r#""pkg:npm/lodash""#, true),
        (r#"{"@id":"pkg:npm/lodash@4.17.21"}"#, false),
        (r#"{"@id":"pkg:npm/lodash?vcs_url=x"}"#, false),
        (r#"{"@id":"https://example.com/x","identifiers":{"purl":"pkg:npm/lodash"}}"#, true),
        (r#"{"identifiers":{"cpe23":"cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:*:*:*"}}"#, false),
        (r#"{"@id":"pkg:npm/a"},{"@id":"pkg:npm/lodash"}"#, true),
        (r#"{"@id":"/srv/shop","subcomponents":[{"@id":"pkg:npm/lodash"}]}"#, true),
        (r#"{"@id":"/srv/shop/","subcomponents":["pkg:npm/lodash"]}"#, true),
        (r#"{"@id":"/srv/shop","subcomponents":[{"@id":"pkg:npm/other"}]}"#, false),
        (r#"{"@id":"/srv/shop"}"#, true),
        (r#"{"@id":"/srv"}"#, false),
        (r#"{"@id":""}"#, false),
        // Another product that also has lodash in it says nothing about this one.
        (r#"{"@id":"pkg:oci/other","subcomponents":[{"@id":"pkg:npm/lodash"}]}"#, false),
        ("", false),
    ] {
        let text = document(&on_lodash(products, "not_affected", ""));
        assert_eq!(vex_takes_out(&text).len(), usize::from(expected), "{products}");
    }
}

#[test]
fn a_product_may_be_what_needs_the_package() {
    let statement = |product: &str, part: &str| {
        document(&format!(
            r#"{{"vulnerability":{{"name":"CVE-2021-44906"}},"products":[{{"@id":"{product}","subcomponents":[{{"@id":"{part}"}}]}}],"status":"not_affected"}}"#
        ))
    };
    let closed = statement("pkg:npm/mkdirp", "pkg:npm/minimist");
    assert_eq!(vex_takes_out(&closed), ["CVE-2021-44906 not_affected"]);
    assert!(vex_takes_out(&statement("pkg:npm/mkdirp", "pkg:npm/other")).is_empty());
    assert!(vex_takes_out(&statement("pkg:npm/lodash", "pkg:npm/minimist")).is_empty());
    // lodash now needs it too, and nothing is said about lodash.
    let mut second_way = run();
    second_way.sets[1].packages[0].depends_on = vec!["minimist@0.0.8".into()];
    let mut rules = Rules::default();
    rules.add_vex("v.json", closed.as_bytes()).unwrap();
    rules.apply(&mut second_way, date(2025, 6, 30));
    assert_eq!(second_way.suppressed, []);
}

#[test]
fn a_product_may_be_the_project_itself() {
    let text = document(&on_lodash(
        r#"{"@id":"pkg:npm/shop","subcomponents":[{"@id":"pkg:npm/lodash"}]}"#,
        "not_affected",
        "",
    ));
    for (needs_lodash, expected) in [(true, 1), (false, 0)] {
        let mut run = run();
        let mut shop = package(PackageType::Npm, "shop", "1.0.0", "pkg:npm/shop@1.0.0");
        shop.relationship = Relationship::Root;
        shop.depends_on = needs_lodash.then(|| "lodash@4.17.20".into()).into_iter().collect();
        run.sets[1].packages.push(shop);
        let mut rules = Rules::default();
        rules.add_vex("v.json", text.as_bytes()).unwrap();
        rules.apply(&mut run, date(2025, 6, 30));
        assert_eq!(run.suppressed.len(), expected);
    }
}

#[test]
fn a_package_of_the_operating_system_is_not_a_part_of_what_needs_it() {
    let text = document(
        r#"{"vulnerability":"CVE-2024-5535","status":"not_affected",
            "products":[{"@id":"pkg:deb/debian/curl","subcomponents":["pkg:deb/debian/libssl3"]}]}"#,
    );
    let mut run = run();
    let mut curl = package(PackageType::Dpkg, "curl", "7.88.1", "pkg:deb/debian/curl@7.88.1");
    curl.depends_on = vec![run.sets[0].packages[0].id()];
    run.sets[0].packages.push(curl);
    let mut rules = Rules::default();
    rules.add_vex("v.json", text.as_bytes()).unwrap();
    rules.apply(&mut run, date(2025, 6, 30));
    assert_eq!(run.suppressed, []);
}

#[test]
fn a_product_may_be_what_a_bill_of_materials_describes() {
    let sbom =
        br#"{"bomFormat":"CycloneDX","metadata":{"component":{"type":"container","bom-ref":"root",
        "purl":"pkg:oci/shop@sha256%3Aabc?repository_url=index.docker.io%2Facme%2Fshop"}}}"#;
    let text = document(&on_lodash(
        r#"{"@id":"pkg:oci/shop","subcomponents":[{"@id":"pkg:npm/lodash"}]}"#,
        "not_affected",
        "",
    ));
    for (mut rules, expected) in [(Rules::for_sbom(sbom), 1), (Rules::for_sbom(b"SPDX"), 0)] {
        rules.add_vex("v.json", text.as_bytes()).unwrap();
        assert_eq!(taken_out(&rules).0.len(), expected);
    }
}

#[test]
fn packages_that_need_each_other_come_to_an_end() {
    let mut circle = run();
    circle.sets[1].packages[1].depends_on = vec!["mkdirp@0.5.1".into(), "minimist@0.0.8".into()];
    circle.sets[1].packages[2].relationship = Relationship::Indirect;
    let mut rules = Rules::default();
    let text = document(
        r#"{"vulnerability":"CVE-2021-44906","products":["pkg:npm/other"],"status":"fixed"}"#,
    );
    rules.add_vex("v.json", text.as_bytes()).unwrap();
    rules.apply(&mut circle, date(2025, 6, 30));
    assert_eq!(circle.suppressed, []);
}

#[test]
fn the_newest_statement_wins() {
    let lodash = r#"{"@id":"pkg:npm/lodash"}"#;
    let at = |status: &str, time: &str| {
        on_lodash(lodash, status, &format!(r#","timestamp":"{time}T00:00:00Z""#))
    };
    for (statements, expected) in [
        (vec![at("affected", "2023-01-01"), at("not_affected", "2023-06-01")], true),
        (vec![at("not_affected", "2023-06-01"), at("affected", "2023-01-01")], true),
        (vec![at("not_affected", "2023-01-01"), at("affected", "2023-06-01")], false),
        (vec![at("fixed", "2023-01-01"), at("under_investigation", "2023-01-01")], false),
        // Without a time of its own a statement is as old as its document, of March 2024.
        (vec![on_lodash(lodash, "affected", ""), at("fixed", "2023-01-01")], false),
        (vec![on_lodash(lodash, "affected", ""), at("fixed", "2025-01-01")], true),
    ] {
        let found = vex_takes_out(&document(&statements.join(",")));
        assert_eq!(found.len(), usize::from(expected), "{statements:?}");
    }
}

#[test]
fn the_newest_statement_wins_over_documents_too() {
    let mut rules = Rules::default();
    let newer = r#","timestamp":"2025-01-01T00:00:00Z""#;
    let lodash = r#"{"@id":"pkg:npm/lodash"}"#;
    let texts = [on_lodash(lodash, "affected", newer), on_lodash(lodash, "not_affected", "")];
    for text in texts {
        rules.add_vex("v.json", document(&text).as_bytes()).unwrap();
    }
    let mut run = run();
    rules.apply(&mut run, date(2025, 6, 30));
    assert_eq!(run.suppressed, []);
}

#[test]
fn vulnerabilities_have_several_names() {
    for (vulnerability, expected) in [
        (r#""CVE-2021-23337""#, 1),
        (r#"{"name":"GHSA-35jh-r3h4-6jhm"}"#, 1),
        (r#"{"name":"X-1","aliases":["cve-2021-23337"]}"#, 1),
        (r#"{"@id":"https://osv.dev/vulnerability/GHSA-35jh-r3h4-6jhm/"}"#, 1),
        (r#"{"name":"CVE-2021-2333"}"#, 0),
    ] {
        let statement = format!(
            r#"{{"vulnerability":{vulnerability},"products":["pkg:npm/lodash"],"status":"fixed"}}"#
        );
        assert_eq!(vex_takes_out(&document(&statement)).len(), expected, "{vulnerability}");
    }
}

#[test]
fn the_reason_is_kept() {
    let mut rules = Rules::default();
    let why = r#","justification":"vulnerable_code_not_in_execute_path","impact_statement":"never called""#;
    let text = document(&on_lodash(r#"{"@id":"pkg:npm/lodash"}"#, "not_affected", why));
    rules.add_vex("v.json", text.as_bytes()).unwrap();
    let mut run = run();
    rules.apply(&mut run, date(2025, 6, 30));
    assert_eq!(run.suppressed[0].statement, "vulnerable_code_not_in_execute_path");
    assert_eq!(run.suppressed[0].source, "v.json");
}

#[test]
fn a_statement_without_products_takes_nothing_out_and_says_so() {
    for statement in [
        r#"{"vulnerability":{"name":"CVE-2021-23337"},"status":"not_affected"}"#,
        r#"{"vulnerability":{"name":"CVE-2021-23337"},"status":"not_affected","products":[]}"#,
    ] {
        let mut rules = Rules::default();
        rules.add_vex("v.json", document(statement).as_bytes()).unwrap();
        let mut run = run();
        let notes = rules.apply(&mut run, date(2025, 6, 30));
        assert_eq!(run.suppressed, []);
        assert_eq!(notes, [Note::NoProduct { file: "v.json".into(), id: "CVE-2021-23337".into() }]);
    }
}

#[test]
fn wrong_documents_are_refused() {
    for (statements, expected) in [
        (r#"{"vulnerability":"A","products":["p"],"status":"safe"}"#, "unknown variant `safe`"),
        (r#"{"products":["p"],"status":"fixed"}"#, "missing field `vulnerability`"),
        (r#"{"vulnerability":{},"products":["p"],"status":"fixed"}"#, "names no vulnerability"),
        (r#"{"vulnerability":"A","products":["p"]}"#, "missing field `status`"),
        (r#"{"vulnerability":"A","products":"p","status":"fixed"}"#, "invalid type"),
        (r#"{"vulnerability":"A","status":"fixed","timestamp":"x"}"#, "v.json:1: "),
    ] {
        let error =
            Rules::default().add_vex("v.json", document(statements).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{statements}: {error}");
    }
}
