//! SARIF 2.1.0 of an audit: one rule an item; a result for each item, with SARIF's own kinds for what passed, does not
//! apply, waits for a person or could not be seen.

use crate::sarif::relative_uri;
use pasu_model::{Audit, Importance, ItemResult, Lang, Place, TargetKind, Verdict, Weight};
use serde_json::{Value, json};

/// How many places one result names.
const MAX_LOCATIONS: usize = 20;

pub(super) fn log(audit: &Audit, lang: Lang) -> Value {
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run(audit, lang)],
    })
}

/// The one run of the log.
pub(crate) fn run(audit: &Audit, lang: Lang) -> Value {
    let root = (audit.target.kind == TargetKind::Host).then_some("file:///");
    let results = audit.results.iter().enumerate();
    json!({
        "tool": {"driver": {
            "name": audit.tool.name,
            "version": audit.tool.version,
            "rules": audit.results.iter().map(|result| rule(result, lang)).collect::<Vec<_>>(),
        }},
        "invocations": [{
            "executionSuccessful": audit.results.iter().all(|result| result.verdict != Verdict::Blocked),
            "startTimeUtc": audit.started,
        }],
        "originalUriBaseIds": {"ROOTPATH": base(root, &audit.target.name)},
        "columnKind": "utf16CodeUnits",
        "properties": {"guideline": audit.guideline.id, "score": audit.score().percent()},
        "results": results
            .map(|(index, result)| finding(result, index, audit, lang))
            .collect::<Vec<_>>(),
    })
}

fn base(root: Option<&str>, name: &str) -> Value {
    let description = json!({"text": format!("the root of {name}")});
    match root {
        Some(uri) => json!({"uri": uri, "description": description}),
        None => json!({"description": description}),
    }
}

fn rule(result: &ItemResult, lang: Lang) -> Value {
    json!({
        "id": result.code,
        "name": result.item,
        "shortDescription": {"text": result.title.get(lang)},
        "help": {"text": result.remedy.get(lang)},
        "defaultConfiguration": {"level": level(result.importance)},
        "properties": {"tags": [result.chapter, result.category.get(lang)]},
    })
}

fn level(importance: Importance) -> &'static str {
    match importance {
        Importance::High => "error",
        Importance::Medium => "warning",
        Importance::Low => "note",
    }
}

fn finding(result: &ItemResult, index: usize, audit: &Audit, lang: Lang) -> Value {
    let kind = match result.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotApplicable => "notApplicable",
        Verdict::Manual => "review",
        Verdict::Blocked => "open",
    };
    let is_failure = result.verdict == Verdict::Fail;
    let places: Vec<Value> = result
        .evidence
        .iter()
        .filter(|evidence| evidence.weight == Weight::Bad || !is_failure)
        .filter_map(|evidence| location(evidence.place.as_ref()?, evidence.message.text.get(lang)))
        .take(MAX_LOCATIONS)
        .collect();
    let fingerprint = pasu_model::Fingerprint::of(&audit.target.name, &result.item, &[]);
    let mut value = json!({
        "ruleId": result.code,
        "ruleIndex": index,
        "kind": kind,
        // SARIF wants `none` for every kind but `fail`.
        "level": if is_failure { level(result.importance) } else { "none" },
        "message": {"text": format!("{}: {}", result.title.get(lang), result.reason.text.get(lang))},
        "locations": places,
        "partialFingerprints": {"pasu/v1": fingerprint.as_str()},
    });
    if let Some(accepted) = &result.accepted {
        let justification = format!("{} ({})", accepted.reason, accepted.until);
        value["suppressions"] =
            json!([{"kind": "external", "status": "accepted", "justification": justification}]);
    }
    value
}

fn location(place: &Place, message: &str) -> Option<Value> {
    let Place::File { path, line } = place else { return None };
    let artifact = json!({"uri": relative_uri(path), "uriBaseId": "ROOTPATH"});
    let physical = match line {
        Some(line) => json!({"artifactLocation": artifact, "region": {"startLine": line}}),
        None => json!({"artifactLocation": artifact}),
    };
    Some(json!({"physicalLocation": physical, "message": {"text": message}}))
}
