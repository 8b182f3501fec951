//! What the formats say of images, under the keys that readers of Trivy's look for.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::image::{audited, image_run};
use pasu_model::Lang;
use pasu_report::{Format, RenderOptions, render};
use serde_json::{Value, json};

const PURL: &str = "pkg:oci/shop@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd?arch=arm64&repository_url=ghcr.io%2Fteam%2Fshop";

fn json_of(format: Format) -> Value {
    let mut out = Vec::new();
    render(&image_run(), format, &RenderOptions::default(), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn audited_json(format: Format, options: &RenderOptions) -> Value {
    serde_json::from_slice(&audited(format, options)).unwrap()
}

fn config(report: &Value) -> Option<&Value> {
    report["Results"].as_array().unwrap().iter().find(|result| result["Class"] == "config")
}

#[test]
fn an_audit_stands_where_trivy_has_checks_of_dockerfiles() {
    let report = audited_json(Format::Json, &RenderOptions::default());
    let result = config(&report).unwrap();
    assert_eq!(result["Target"], "ghcr.io/team/shop:1");
    assert_eq!(result["Type"], "dockerfile");
    assert_eq!(result["MisconfSummary"], json!({"Successes": 1, "Failures": 2}));
    let expected = json!({
        "Type": "Dockerfile Security Check",
        "ID": "DS-0031",
        "Title": "title",
        "Description": "threat",
        "Message": "fact of IMG-05",
        "Namespace": "builtin.dockerfile.DS031",
        "Query": "data.builtin.dockerfile.DS031.deny",
        "Resolution": "remedy",
        "Severity": "CRITICAL",
        "PrimaryURL": "https://avd.aquasec.com/misconfig/ds-0031",
        "References": ["https://avd.aquasec.com/misconfig/ds-0031"],
        "Status": "FAIL",
        "CauseMetadata": {"Provider": "Dockerfile", "Service": "general"},
        "Pasu": {"Code": "IMG-05", "Item": "item-img-05"},
    });
    assert_eq!(result["Misconfigurations"][0], expected);
    let own = &result["Misconfigurations"][1];
    assert_eq!((&own["ID"], &own["Severity"]), (&json!("IMG-10"), &json!("MEDIUM")));
    assert_eq!(own.get("PrimaryURL"), None);
    assert_eq!(result["Misconfigurations"].as_array().map(Vec::len), Some(2));
    assert_eq!(result["Pasu"]["Manual"][0]["Code"], "IMG-18", "no pass, and not hidden");
    assert_eq!(result.get("ExperimentalModifiedFindings"), None);
    let plain = json_of(Format::Json);
    assert_eq!(config(&plain), None, "without an audit");
    assert!(plain["ArtifactID"].as_str().is_some_and(|id| id.starts_with("sha256:")));
}

#[test]
fn what_was_accepted_is_listed_where_it_was_asked_for() {
    let options =
        RenderOptions { show_suppressed: true, lang: Lang::Ko, ..RenderOptions::default() };
    let report = audited_json(Format::Json, &options);
    let modified = &config(&report).unwrap()["ExperimentalModifiedFindings"];
    assert_eq!(modified.as_array().map(Vec::len), Some(1));
    assert_eq!(modified[0]["Type"], "misconfiguration");
    assert_eq!(modified[0]["Source"], ".trivyignore");
    assert_eq!(modified[0]["Finding"]["Message"], "IMG-03 사실");
}

#[test]
fn sarif_names_the_image_its_layers_and_the_audit() {
    let log = audited_json(Format::Sarif, &RenderOptions::default());
    let run = &log["runs"][0];
    assert_eq!(run["properties"]["imageName"], "ghcr.io/team/shop:1");
    assert_eq!(run["properties"]["repoTags"], json!(["ghcr.io/team/shop:1"]));
    let results = run["results"].as_array().unwrap();
    let place =
        |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"].clone();
    let openssl = results.iter().find(|result| result["ruleId"] == "CVE-2026-31337").unwrap();
    assert_eq!(place(openssl), json!({"uri": "team/shop", "uriBaseId": "ROOTPATH"}));
    let layer = openssl["properties"]["layerDiffID"].as_str().unwrap();
    assert!(layer.starts_with("sha256:aaaa"), "{layer}");
    let lodash = results.iter().find(|result| result["ruleId"] == "CVE-2021-23337").unwrap();
    assert_eq!(place(lodash)["uri"], "srv/shop/package-lock.json");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for (id, suppressed) in [("DS-0031", false), ("IMG-10", false), ("IMG-03", true)] {
        let result = results.iter().find(|result| result["ruleId"] == id).unwrap();
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], id);
        assert_eq!(result.get("suppressions").is_some(), suppressed, "{id}");
        assert_eq!(place(result)["uri"], "team/shop");
    }
}

#[test]
fn bills_of_materials_describe_a_container() {
    let bom = json_of(Format::CycloneDx);
    let root = &bom["metadata"]["component"];
    assert_eq!(root["type"], "container");
    assert_eq!((&root["purl"], &root["bom-ref"]), (&json!(PURL), &json!(PURL)));
    let values = |component: &Value, name: &str| {
        let properties = component["properties"].as_array().unwrap().iter();
        let named = properties.filter(|property| property["name"] == name);
        named.map(|property| property["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(root, "pasu:DiffID").len(), 2);
    assert_eq!(values(root, "pasu:RepoTag"), ["ghcr.io/team/shop:1"]);
    let mut libraries = bom["components"].as_array().unwrap().iter();
    let lodash = libraries.find(|component| component["name"] == "lodash").unwrap();
    assert!(values(lodash, "pasu:LayerDiffID")[0].starts_with("sha256:aaaa"));

    let document = json_of(Format::SpdxJson);
    let root = &document["packages"][0];
    assert_eq!(root["primaryPackagePurpose"], "CONTAINER");
    assert_eq!(root["externalRefs"][0]["referenceLocator"], PURL);
    let mut packages = document["packages"].as_array().unwrap().iter();
    let lodash = packages.find(|package| package["name"] == "lodash").unwrap();
    assert!(lodash["sourceInfo"].as_str().unwrap().contains("brought by layer sha256:aaaa"));
}
