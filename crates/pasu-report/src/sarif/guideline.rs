//! What an audit found, beside the vulnerabilities: one rule a number, one result a failure.

use super::rules::{least_score, level};
use super::schema::{Configuration, Help, Message, Result, Rule, RuleProperties, Suppression};
use super::{FIRST_LINE, image_path, location};
use pasu_model::{Fingerprint, Lang, Misconfiguration, Misconfigurations, Run};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Adds rules and results. What was set aside stays, marked as suppressed.
pub(super) fn add<'a>(
    run: &'a Run,
    found: &'a Misconfigurations,
    lang: Lang,
    rules: &mut Vec<Rule<'a>>,
    results: &mut Vec<Result<'a>>,
) {
    for found in found.open.iter().chain(&found.set_aside) {
        let known = rules.iter().position(|rule| rule.id == found.id);
        let index = known.unwrap_or(rules.len());
        if known.is_none() {
            rules.push(rule(found, lang));
        }
        results.push(result(run, found, index, lang));
    }
}

fn rule(found: &Misconfiguration, lang: Lang) -> Rule<'_> {
    let title = found.title.get(lang);
    let help = format!("{}\n\n{}", found.threat.get(lang), found.remedy.get(lang));
    Rule {
        id: &found.id,
        name: "Misconfiguration",
        short_description: Message { text: title.to_owned() },
        full_description: Message { text: found.threat.get(lang).to_owned() },
        default_configuration: Configuration { level: level(found.severity) },
        help_uri: None,
        help: Help {
            text: format!("{}: {title}\n\n{help}", found.id),
            markdown: format!("**{}: {title}**\n\n{help}", found.id),
        },
        properties: RuleProperties {
            precision: "very-high",
            security_severity: format!("{:.1}", least_score(found.severity)),
            tags: vec!["misconfiguration", "security", found.severity.name()],
        },
    }
}

fn result<'a>(
    run: &'a Run,
    found: &'a Misconfiguration,
    rule_index: usize,
    lang: Lang,
) -> Result<'a> {
    let said = found.message.args.values().map(String::as_str);
    let parts: Vec<&str> = std::iter::once(found.message.key.as_str()).chain(said).collect();
    let fingerprint = Fingerprint::of(&run.target.name, &found.item, &parts);
    let suppression = found.accepted.as_ref().map(|accepted| Suppression {
        kind: "external",
        status: "accepted",
        justification: format!("{} ({}): {}", accepted.source, accepted.until, accepted.reason),
    });
    let message = found.message.text.get(lang);
    Result {
        rule_id: &found.id,
        rule_index,
        level: level(found.severity),
        message: Message { text: format!("{}: {message}", found.title.get(lang)) },
        locations: vec![location(&image_path(run), Some(FIRST_LINE))],
        partial_fingerprints: BTreeMap::from([(
            "pasu/v1",
            Cow::Owned(fingerprint.as_str().to_owned()),
        )]),
        properties: None,
        suppressions: suppression.into_iter().collect(),
    }
}
