//! One result for each finding.

use super::finding_location;
use super::rules::{Rules, level};
use super::schema::{Message, Result, ResultProperties, Suppression};
use crate::{order, place};
use pasu_model::{Finding, FindingSet, Package, Run};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The findings by record, then those taken out.
pub(super) fn results<'a>(run: &'a Run, rules: &Rules<'_>) -> Vec<Result<'a>> {
    let mut results = Vec::new();
    for set in &run.sets {
        for finding in order::findings(set) {
            results.push(result(run, set, finding, set.package_of(finding), rules));
        }
    }
    for suppressed in &run.suppressed {
        let Some(set) = run.sets.iter().find(|set| set.target == suppressed.target) else {
            continue;
        };
        let mut result = result(run, set, &suppressed.finding, None, rules);
        result.message.text = format!("{} in {}", suppressed.finding.rule, suppressed.package);
        result.suppressions.push(Suppression {
            kind: "external",
            status: "accepted",
            justification: format!(
                "{} by {}: {}",
                suppressed.status, suppressed.source, suppressed.statement
            ),
        });
        results.push(result);
    }
    results
}

fn result<'a>(
    run: &'a Run,
    set: &FindingSet,
    finding: &'a Finding,
    package: Option<&Package>,
    rules: &Rules<'_>,
) -> Result<'a> {
    Result {
        rule_id: &finding.rule,
        rule_index: rules.index(&finding.rule),
        level: level(finding.severity),
        message: Message { text: message(finding, package) },
        locations: vec![finding_location(run, set, package)],
        partial_fingerprints: BTreeMap::from([(
            "pasu/v1",
            Cow::Borrowed(finding.fingerprint.as_str()),
        )]),
        properties: place::layer(run, package).map(|layer| ResultProperties {
            layer_digest: &layer.digest,
            layer_diff_id: &layer.diff_id,
        }),
        suppressions: Vec::new(),
    }
}

/// What is wrong and what to do, in one line.
fn message(finding: &Finding, package: Option<&Package>) -> String {
    let name = package.map_or_else(
        || "an unknown package".to_owned(),
        |package| format!("{} {}", package.name, package.version),
    );
    let fixed = finding.vulnerability().map(|v| v.fixed_versions.join(", ")).unwrap_or_default();
    let advice =
        if fixed.is_empty() { "no fix yet".to_owned() } else { format!("fixed in {fixed}") };
    format!("{} {} in {name}: {advice}", finding.severity, finding.rule)
}
