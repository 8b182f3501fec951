//! Documents of a whole machine: everything that was found is in each, once, and nothing has the name of another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::inspection::{empty, image, large, not_root, usual};
use common::schemas::{errors, validator};
use pasu_model::{Inspection, Lang, Misconfigurations, Verdict};
use pasu_report::{Format, RenderOptions, read_any, render, render_inspection};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DOCUMENTS: [Format; 5] =
    [Format::Json, Format::Sarif, Format::CycloneDx, Format::SpdxJson, Format::Spdx];

fn bytes(inspection: &Inspection, format: Format) -> Vec<u8> {
    let options = RenderOptions { list_packages: true, ..RenderOptions::default() };
    let mut out = Vec::new();
    render_inspection(inspection, None, format, &options, &mut out).unwrap();
    out
}

fn json_of(inspection: &Inspection, format: Format) -> Value {
    serde_json::from_slice(&bytes(inspection, format)).unwrap()
}

/// Only the guideline was asked for.
fn guideline_only() -> Inspection {
    Inspection { packages: None, images: Vec::new(), ..usual() }
}

/// Only the images were asked for, and two of them have one name.
fn images_only() -> Inspection {
    let images = vec![image("shop:1.4", true), image("shop:1.4", false), image("mail:2", true)];
    Inspection { packages: None, audit: None, images, ..usual() }
}

fn inspections() -> Vec<Inspection> {
    vec![usual(), empty(), not_root(), guideline_only(), images_only(), large(300)]
}

fn findings(inspection: &Inspection) -> usize {
    inspection.runs().map(|run| run.findings().count()).sum()
}

fn packages(inspection: &Inspection) -> usize {
    inspection.runs().flat_map(|run| &run.sets).map(|set| set.packages.len()).sum()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn documents_are_valid_and_the_same_twice() {
    for format in [Format::Sarif, Format::CycloneDx, Format::SpdxJson] {
        let validator = validator(format);
        for inspection in inspections() {
            let found = errors(&validator, &json_of(&inspection, format));
            assert_eq!(found, [""; 0], "{}", format.name());
        }
    }
    for format in DOCUMENTS {
        assert_eq!(bytes(&usual(), format), bytes(&usual(), format), "{}", format.name());
    }
}

#[test]
fn a_machine_without_images_has_the_document_of_its_packages() {
    let alone = Inspection { audit: None, images: Vec::new(), parts: Vec::new(), ..usual() };
    for format in [Format::Json, Format::CycloneDx, Format::SpdxJson, Format::Spdx] {
        let options = RenderOptions { list_packages: true, ..RenderOptions::default() };
        let mut expected = Vec::new();
        render(alone.packages.as_ref().unwrap(), format, &options, &mut expected).unwrap();
        assert_eq!(bytes(&alone, format), expected, "{}", format.name());
    }
}

#[test]
fn json_has_every_target_where_scripts_look() {
    for inspection in inspections() {
        let report = json_of(&inspection, Format::Json);
        assert_eq!(report["ArtifactName"], "web01");
        assert_eq!(report["ArtifactType"], "filesystem");
        let results = list(&report, "Results");
        let count = |key| results.iter().map(|result| list(result, key).len()).sum::<usize>();
        assert_eq!(count("Vulnerabilities"), findings(&inspection));
        assert_eq!(count("Packages"), packages(&inspection));
        let open = inspection.audits().map(|audit| Misconfigurations::of(audit).open.len());
        assert_eq!(count("Misconfigurations"), open.sum::<usize>());
    }
    let report = json_of(&usual(), Format::Json);
    let targets: Vec<_> = list(&report, "Results")
        .iter()
        .map(|result| (result["Target"].as_str().unwrap(), result["Type"].as_str().unwrap()))
        .collect();
    for target in [
        ("web01 (debian 12.11)", "debian"),
        ("web01", "kisa-2026"),
        ("shop:1.4 (debian 12.11)", "debian"),
        ("shop:1.4: Python", "python-pkg"),
        ("shop:1.4", "dockerfile"),
        ("mail:2 (debian 12.11)", "debian"),
    ] {
        assert!(targets.contains(&target), "{target:?} is not in {targets:?}");
    }
}

#[test]
fn json_of_a_machine_with_images_is_not_read_back_as_one_target() {
    let error = read_any(&bytes(&usual(), Format::Json)).unwrap_err().to_string();
    assert!(error.contains("Pasu.Images: ") && error.contains("--format pasu"), "{error}");
    assert!(read_any(&bytes(&empty(), Format::Json)).is_ok());
}

#[test]
fn json_of_the_guideline_has_its_numbers_and_what_was_not_judged() {
    let inspection = usual();
    let report = json_of(&inspection, Format::Json);
    let mut results = list(&report, "Results").iter();
    let guideline = results.find(|result| result["Type"] == "kisa-2026").unwrap();
    let first = &guideline["Misconfigurations"][0];
    assert_eq!((&first["ID"], &first["Severity"]), (&json!("U-01"), &json!("HIGH")));
    assert_eq!(first["Namespace"], "pasu.root-remote-login");
    assert_eq!(first["CauseMetadata"]["Provider"], "Host");
    let results = &inspection.audit.as_ref().unwrap().results;
    for (key, verdict) in [("Manual", Verdict::Manual), ("Blocked", Verdict::Blocked)] {
        let expected = results.iter().filter(|result| result.verdict == verdict).count();
        assert!(expected > 0);
        assert_eq!(list(&guideline["Pasu"], key).len(), expected, "{key}");
    }
}

#[test]
fn sarif_has_a_run_for_each_part_under_a_name_of_its_own() {
    for inspection in inspections() {
        let log = json_of(&inspection, Format::Sarif);
        let runs = list(&log, "runs");
        let names: BTreeSet<&str> =
            runs.iter().map(|run| run["automationDetails"]["id"].as_str().unwrap()).collect();
        assert_eq!(names.len(), runs.len(), "{names:?}");
        let open = |run: &Value| {
            let results = list(run, "results").iter();
            let open = results.filter(|result| result.get("suppressions").is_none());
            open.filter(|result| result["ruleId"].as_str().unwrap().starts_with("CVE-")).count()
        };
        assert_eq!(runs.iter().map(open).sum::<usize>(), findings(&inspection));
        for run in runs {
            for result in list(run, "results") {
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
            }
        }
    }
    let log = json_of(&usual(), Format::Sarif);
    let ids = list(&log, "runs").iter().map(|run| run["automationDetails"]["id"].as_str().unwrap());
    let expected =
        ["pasu/guideline/", "pasu/packages/", "pasu/image/shop:1.4/", "pasu/image/mail:2/"];
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    let count = usual().audit.unwrap().results.len();
    assert_eq!(list(&log["runs"][0], "results").len(), count);
    assert!(list(&log["runs"][2], "results").iter().any(|result| result["ruleId"] == "IMG-01"));
}

#[test]
fn an_engine_that_nobody_could_ask_is_no_engine_without_images() {
    let inspection = not_root();
    let why = inspection.parts[2].why.as_ref().unwrap();
    for format in DOCUMENTS {
        let text = String::from_utf8(bytes(&inspection, format)).unwrap();
        // The formats for machines are in English; Trivy's JSON and SARIF follow the user's language.
        let follows = matches!(format, Format::Json | Format::Sarif);
        let lang = if follows { RenderOptions::default().lang } else { Lang::En };
        assert!(text.contains(why.get(lang)), "{}", format.name());
    }
}

/// Every component of a bill, those inside others too.
fn components<'a>(of: &'a Value, all: &mut Vec<&'a Value>) {
    for component in list(of, "components") {
        all.push(component);
        components(component, all);
    }
}

#[test]
fn cyclonedx_nests_each_image_and_resolves() {
    for inspection in inspections() {
        let bom = json_of(&inspection, Format::CycloneDx);
        let mut all = vec![&bom["metadata"]["component"]];
        components(&bom, &mut all);
        let refs: BTreeSet<String> =
            all.iter().map(|component| component["bom-ref"].to_string()).collect();
        assert_eq!(refs.len(), all.len(), "a reference stands twice");
        let mut of_dependencies = BTreeSet::new();
        for dependency in list(&bom, "dependencies") {
            assert!(of_dependencies.insert(dependency["ref"].to_string()));
            assert!(list(dependency, "dependsOn").iter().all(|to| refs.contains(&to.to_string())));
        }
        assert_eq!(of_dependencies, refs);
        let vulnerabilities = list(&bom, "vulnerabilities").iter();
        let open = vulnerabilities.filter(|found| found.get("analysis").is_none());
        let places: Vec<&Value> = open.flat_map(|found| list(found, "affects")).collect();
        assert!(places.iter().all(|place| refs.contains(&place["ref"].to_string())));
        assert_eq!(places.len(), findings(&inspection));
        let containers = list(&bom, "components").iter().filter(|one| one["type"] == "container");
        assert_eq!(containers.count(), inspection.images.len());
        let typed = all.iter().filter(|one| one["type"] == "library");
        let binaries = inspection.runs().flat_map(|run| &run.sets);
        let binaries = binaries.filter(|set| set.kind == pasu_model::PackageType::Binary);
        let binaries: usize = binaries.map(|set| set.packages.len()).sum();
        assert_eq!(typed.count() + binaries, packages(&inspection));
    }
    let bom = json_of(&usual(), Format::CycloneDx);
    let mut found = list(&bom, "vulnerabilities").iter();
    let openssl = found.find(|found| found["id"] == "CVE-2026-31337").unwrap();
    assert_eq!(list(openssl, "affects").len(), 6, "once for the machine and both images");
}

#[test]
fn spdx_contains_each_image_and_resolves() {
    for inspection in inspections() {
        let document = json_of(&inspection, Format::SpdxJson);
        let all = list(&document, "packages");
        let ids: BTreeSet<&str> =
            all.iter().map(|package| package["SPDXID"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), all.len(), "an identifier stands twice");
        let mut reached = BTreeSet::new();
        for edge in list(&document, "relationships") {
            let (from, to) = (&edge["spdxElementId"], edge["relatedSpdxElement"].as_str().unwrap());
            assert!(*from == "SPDXRef-DOCUMENT" || ids.contains(from.as_str().unwrap()), "{edge}");
            if edge["relationshipType"] != "DEPENDS_ON" {
                assert!(reached.insert(to), "{to} is in two places");
            }
        }
        assert_eq!(reached, ids, "the machine contains everything");
        let images = all.iter().filter(|one| one["primaryPackagePurpose"] == "CONTAINER");
        assert_eq!(images.count(), inspection.images.len());
        let text = String::from_utf8(bytes(&inspection, Format::Spdx)).unwrap();
        assert_eq!(text.matches("\nSPDXID: SPDXRef-").count(), all.len() + 1);
        assert!(all.len() > packages(&inspection));
    }
}

#[test]
fn a_machine_whose_packages_nobody_listed_is_named_all_the_same() {
    let inspection = guideline_only();
    let bom = json_of(&inspection, Format::CycloneDx);
    assert_eq!(bom["metadata"]["component"]["name"], "web01");
    assert_eq!(list(&bom, "vulnerabilities").len(), 0);
    let advisories = &bom["metadata"]["properties"][0]["value"];
    assert_eq!(advisories, "none; nobody looked at packages");
    assert_eq!(json_of(&inspection, Format::SpdxJson)["packages"][0]["name"], "web01");
}
