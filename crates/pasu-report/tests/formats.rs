//! Each machine-readable format against its published schema, and what its readers rely on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::schemas::{errors, schema, validator};
use pasu_model::{Run, Severity};
use pasu_report::{Format, RenderOptions, read_pasu, render};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn options() -> RenderOptions {
    RenderOptions {
        created: "2026-11-22T03:00:00Z".to_owned(),
        list_packages: true,
        ..RenderOptions::default()
    }
}

fn bytes(run: &Run, format: Format, options: &RenderOptions) -> Vec<u8> {
    let mut out = Vec::new();
    render(run, format, options, &mut out).unwrap();
    out
}

fn json_of(run: &Run, format: Format) -> Value {
    serde_json::from_slice(&bytes(run, format, &options())).unwrap()
}

fn audited_json(format: Format) -> Value {
    serde_json::from_slice(&common::image::audited(format, &options())).unwrap()
}

/// Runs that differ in what they hold.
fn runs() -> Vec<Run> {
    let mut bare = common::clean_run();
    bare.sets.clear();
    bare.os = None;
    bare.database = None;
    let mut hostile_image = common::image::image_run();
    hostile_image.target = common::hostile_run().target;
    let image = common::image::image_run();
    vec![common::run(), common::clean_run(), bare, common::hostile_run(), image, hostile_image]
}

#[test]
fn sarif_is_valid() {
    let validator = validator(Format::Sarif);
    for run in runs() {
        assert_eq!(errors(&validator, &json_of(&run, Format::Sarif)), [""; 0]);
    }
    assert_eq!(errors(&validator, &audited_json(Format::Sarif)), [""; 0]);
    assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
}

#[test]
fn cyclonedx_is_valid() {
    let validator = validator(Format::CycloneDx);
    for run in runs() {
        assert_eq!(errors(&validator, &json_of(&run, Format::CycloneDx)), [""; 0]);
    }
    assert!(!validator.is_valid(&json!({"bomFormat": "CycloneDX", "specVersion": 1.6})));
}

#[test]
fn pasu_matches_its_published_schema_and_reads_back_whole() {
    let validator =
        jsonschema::validator_for(&common::strict(schema("schema/pasu-run-1.json"))).unwrap();
    for run in runs() {
        assert_eq!(errors(&validator, &json_of(&run, Format::Pasu)), [""; 0]);
        assert_eq!(read_pasu(&bytes(&run, Format::Pasu, &options())).unwrap(), run);
    }
    let audited = audited_json(Format::Pasu);
    assert_eq!(errors(&validator, &audited), [""; 0]);
    let of_audits = jsonschema::validator_for(&schema("schema/pasu-audit-1.json")).unwrap();
    assert_eq!(errors(&of_audits, &audited["audit"]), [""; 0]);
    assert_eq!(read_pasu(audited.to_string().as_bytes()).unwrap(), common::image::image_run());
}

#[test]
fn what_is_no_run_is_refused() {
    for (input, message) in [
        ("", "not a pasu run: EOF while parsing a value at line 1 column 0"),
        ("{}", "not a pasu run: missing field `schema` at line 1 column 2"),
        (
            r#"{"schema": "pasu.run/2", "run": {}}"#,
            "schema `pasu.run/2` is not known; this version reads `pasu.run/1`",
        ),
        (r#"{"schema": "pasu.run/1"}"#, "not a pasu run: missing field `run` at line 1 column 24"),
        (
            r#"{"schema": "pasu.run/1", "run": {}}"#,
            "not a pasu run: missing field `tool` at line 1 column 34",
        ),
    ] {
        assert_eq!(read_pasu(input.as_bytes()).unwrap_err().to_string(), message, "{input}");
    }
    assert!(read_pasu("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn keys_of_a_later_version_1_are_skipped() {
    let mut value = json_of(&common::run(), Format::Pasu);
    value["run"]["added_later"] = json!({"x": 1});
    assert_eq!(read_pasu(value.to_string().as_bytes()).unwrap(), common::run());
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    // PDF is written by pasu-pdf, and tested there.
    for format in Format::all().filter(|format| *format != Format::Pdf) {
        let first = bytes(&common::run(), format, &options());
        assert_eq!(first, bytes(&common::run(), format, &options()), "{}", format.name());
        assert!(first.ends_with(b"\n"), "{}", format.name());
    }
    let other = common::clean_run();
    assert_ne!(
        json_of(&common::run(), Format::CycloneDx)["serialNumber"],
        json_of(&other, Format::CycloneDx)["serialNumber"]
    );
}

#[test]
fn trivy_keys_are_where_scripts_look() {
    let mut run = common::run();
    run.os_end_of_life = true;
    let report = json_of(&run, Format::Json);
    assert_eq!(report["SchemaVersion"], 2);
    assert_eq!(report["ArtifactName"], "web01");
    assert_eq!(report["ArtifactType"], "filesystem");
    assert_eq!(
        report["Metadata"],
        json!({"OS": {"Family": "debian", "Name": "12.11", "EOSL": true}})
    );
    let results = report["Results"].as_array().unwrap();
    let heads: Vec<_> = results.iter().map(|r| (&r["Target"], &r["Class"], &r["Type"])).collect();
    assert_eq!(
        heads,
        [
            (&json!("web01 (debian 12.11)"), &json!("os-pkgs"), &json!("debian")),
            (&json!("srv/shop/package-lock.json"), &json!("lang-pkgs"), &json!("npm")),
            (&json!("Python"), &json!("lang-pkgs"), &json!("python-pkg")),
            (&json!("opt/nginx/sbin/nginx"), &json!("lang-pkgs"), &json!("binary")),
        ]
    );
    let lodash = &results[1]["Vulnerabilities"][0];
    for (key, expected) in [
        ("VulnerabilityID", json!("CVE-2021-23337")),
        ("PkgID", json!("lodash@4.17.15")),
        ("PkgName", json!("lodash")),
        ("InstalledVersion", json!("4.17.15")),
        ("FixedVersion", json!("4.17.21")),
        ("Status", json!("fixed")),
        ("Severity", json!("HIGH")),
        ("SeveritySource", json!("ghsa")),
        ("VendorSeverity", json!({"ghsa": 3})),
        ("CweIDs", json!(["CWE-77", "CWE-94"])),
        ("Title", json!("Command Injection in lodash")),
        ("PublishedDate", json!("2026-01-02T03:04:05Z")),
    ] {
        assert_eq!(lodash[key], expected, "{key}");
    }
    assert_eq!(lodash["PkgIdentifier"]["PURL"], "pkg:npm/lodash@4.17.15");
    assert_eq!(lodash["CVSS"]["ghsa"]["V3Score"], 7.2);
    assert_eq!(lodash["Pasu"]["Aliases"], json!(["GHSA-35jh-r3h4-6jhm"]));
    assert_eq!(lodash.get("PkgPath"), None);
    assert_eq!(lodash.get("VendorIDs"), None);
    let order: Vec<_> = results[0]["Vulnerabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["PkgName"].as_str().unwrap(), v["VulnerabilityID"].as_str().unwrap()))
        .collect();
    assert_eq!(
        order,
        [
            ("libc6", "CVE-2026-4242"),
            ("libssl3", "CVE-2026-31337"),
            ("libssl3", "CVE-2026-20001"),
            ("openssl", "CVE-2026-31337"),
            ("xz-utils", "CVE-2026-9999"),
        ]
    );
}

#[test]
fn trivy_lists_packages_and_suppressed_only_when_asked() {
    let report = json_of(&common::run(), Format::Json);
    let xz = &report["Results"][0]["Packages"][3];
    assert_eq!(
        (&xz["Epoch"], &xz["Version"], &xz["Release"]),
        (&json!(1), &json!("5.4.1"), &json!("1"))
    );
    assert_eq!(report["Results"][0].get("ExperimentalModifiedFindings"), None);
    let options = RenderOptions { show_suppressed: true, ..RenderOptions::default() };
    let report: Value =
        serde_json::from_slice(&bytes(&common::run(), Format::Json, &options)).unwrap();
    assert_eq!(report["Results"][0].get("Packages"), None);
    let modified = &report["Results"][0]["ExperimentalModifiedFindings"][0];
    assert_eq!(modified["Status"], "not_affected");
    assert_eq!(modified["Finding"]["PkgName"], "libc6");
}

#[test]
fn sarif_says_what_was_not_seen_and_where_a_finding_is() {
    let log = json_of(&common::run(), Format::Sarif);
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 2);
    let results = run["results"].as_array().unwrap();
    let lodash = results.iter().find(|r| r["ruleId"] == "CVE-2021-23337").unwrap();
    let place = &lodash["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "srv/shop/package-lock.json");
    assert_eq!(place["region"]["startLine"], 120);
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    assert_eq!(results.iter().filter(|r| r.get("suppressions").is_some()).count(), 1);
    let clean = json_of(&common::clean_run(), Format::Sarif);
    assert_eq!(clean["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn sarif_scores_agree_with_the_severity() {
    let log = json_of(&common::run(), Format::Sarif);
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
        let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        let word = rule["properties"]["tags"][2].as_str().unwrap();
        assert_eq!(Severity::from_score(score).name(), word, "{}", rule["id"]);
    }
}

#[test]
fn cyclonedx_references_resolve() {
    for run in runs() {
        let bom = json_of(&run, Format::CycloneDx);
        let mut refs =
            BTreeSet::from([bom["metadata"]["component"]["bom-ref"].clone().to_string()]);
        for component in bom["components"].as_array().unwrap() {
            assert!(refs.insert(component["bom-ref"].to_string()), "{component} twice");
        }
        for dependency in bom["dependencies"].as_array().unwrap() {
            assert!(refs.contains(&dependency["ref"].to_string()));
            for target in dependency["dependsOn"].as_array().into_iter().flatten() {
                assert!(refs.contains(&target.to_string()), "{target}");
            }
        }
        for vulnerability in bom["vulnerabilities"].as_array().into_iter().flatten() {
            for place in vulnerability["affects"].as_array().unwrap() {
                assert!(refs.contains(&place["ref"].to_string()));
            }
        }
    }
    let bom = json_of(&common::run(), Format::CycloneDx);
    let vulnerabilities = bom["vulnerabilities"].as_array().unwrap();
    let openssl = vulnerabilities.iter().find(|v| v["id"] == "CVE-2026-31337").unwrap();
    assert_eq!(openssl["affects"].as_array().unwrap().len(), 2);
    let ignored = vulnerabilities.iter().find(|v| v["id"] == "CVE-2023-4039").unwrap();
    assert_eq!(ignored["analysis"]["state"], "not_affected");
    assert_eq!(
        ignored["affects"][0]["ref"],
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12.11"
    );
}

#[test]
fn spdx_is_valid() {
    let validator = validator(Format::SpdxJson);
    for run in runs() {
        assert_eq!(errors(&validator, &json_of(&run, Format::SpdxJson)), [""; 0]);
    }
}

#[test]
fn spdx_relationships_resolve_and_required_fields_are_there() {
    for run in runs() {
        let document = json_of(&run, Format::SpdxJson);
        let mut ids = BTreeSet::from(["SPDXRef-DOCUMENT"]);
        for package in document["packages"].as_array().unwrap() {
            assert!(ids.insert(package["SPDXID"].as_str().unwrap()));
            assert!(!package["name"].as_str().unwrap().is_empty());
            assert_eq!(package["downloadLocation"], "NOASSERTION");
        }
        for edge in document["relationships"].as_array().unwrap() {
            for end in ["spdxElementId", "relatedSpdxElement"] {
                assert!(ids.contains(edge[end].as_str().unwrap()), "{edge}");
            }
        }
        let known: BTreeSet<&str> = document["hasExtractedLicensingInfos"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|license| license["licenseId"].as_str().unwrap())
            .collect();
        for package in document["packages"].as_array().unwrap() {
            let declared = package["licenseDeclared"].as_str().unwrap();
            let used = declared.split([' ', '(', ')']).filter(|w| w.starts_with("LicenseRef-"));
            assert!(used.into_iter().all(|word| known.contains(word)), "{declared}");
        }
    }
}

#[test]
fn a_hostile_name_adds_no_line_to_tag_value() {
    let text = String::from_utf8(bytes(&common::hostile_run(), Format::Spdx, &options())).unwrap();
    assert!(!text.lines().any(|line| line.starts_with("Injected:")), "{text}");
}

#[test]
fn every_format_says_which_advisories_were_used() {
    let run = common::run();
    // PDF is written by pasu-pdf, and tested there.
    for format in Format::all().filter(|format| *format != Format::Pdf) {
        let text = String::from_utf8(bytes(&run, format, &options())).unwrap().to_lowercase();
        assert!(text.contains("bundled"), "{} does not name the bundled snapshot", format.name());
        assert!(text.contains("2026-08-22"), "{} does not name its date", format.name());
    }
}
