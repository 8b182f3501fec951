//! One rule for each vulnerability.

use super::schema::{Configuration, Help, Message, Rule, RuleProperties};
use pasu_model::{Cvss, Finding, PackageType, Run, Severity, Vulnerability};
use std::collections::BTreeMap;

/// The rules by identifier, each from the worst finding of it.
pub(super) struct Rules<'a> {
    by_id: BTreeMap<&'a str, (&'a Finding, &'a Vulnerability, PackageType)>,
    /// The identifiers in their order.
    ids: Vec<&'a str>,
}

impl<'a> Rules<'a> {
    /// The rules of all findings, those taken out included.
    pub(super) fn of(run: &'a Run) -> Self {
        let mut rules = Self { by_id: BTreeMap::new(), ids: Vec::new() };
        for (set, finding) in run.findings() {
            rules.add(finding, set.kind);
        }
        for suppressed in &run.suppressed {
            let set = run.sets.iter().find(|set| set.target == suppressed.target);
            rules.add(&suppressed.finding, set.map_or(PackageType::Unknown, |set| set.kind));
        }
        rules.ids = rules.by_id.keys().copied().collect();
        rules
    }

    fn add(&mut self, finding: &'a Finding, kind: PackageType) {
        let Some(vulnerability) = finding.vulnerability() else { return };
        let known = self.by_id.entry(&finding.rule).or_insert((finding, vulnerability, kind));
        if finding.severity > known.0.severity {
            *known = (finding, vulnerability, kind);
        }
    }

    /// The place of a rule in the list.
    pub(super) fn index(&self, id: &str) -> usize {
        self.ids.binary_search(&id).unwrap_or_default()
    }

    /// The list, by identifier.
    pub(super) fn into_rules(self) -> Vec<Rule<'a>> {
        self.by_id
            .into_values()
            .map(|(finding, details, kind)| rule(finding, details, kind))
            .collect()
    }
}

fn rule<'a>(finding: &'a Finding, details: &'a Vulnerability, kind: PackageType) -> Rule<'a> {
    let title = if details.title.is_empty() { &finding.rule } else { &details.title };
    let full = if details.description.is_empty() { title } else { &details.description };
    let mut tags = vec!["vulnerability", "security", finding.severity.name()];
    if details.known_exploited.is_some() {
        tags.push("known-exploited");
    }
    Rule {
        id: &finding.rule,
        name: match kind {
            kind if kind.is_os() => "OsPackageVulnerability",
            PackageType::Binary => "SoftwareVulnerability",
            _ => "LanguagePackageVulnerability",
        },
        short_description: Message { text: title.clone() },
        full_description: Message { text: full.clone() },
        default_configuration: Configuration { level: level(finding.severity) },
        help_uri: (!details.primary_url.is_empty()).then_some(details.primary_url.as_str()),
        help: help(finding, details, full),
        properties: RuleProperties {
            precision: if details.cpe_match.is_some() { "medium" } else { "very-high" },
            security_severity: format!("{:.1}", score(finding.severity, details)),
            tags,
        },
    }
}

/// SARIF's level of a severity.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Unknown => "note",
    }
}

/// The score of the source that the severity is from; the foot of the severity's range where that source gives none, so
/// that a page that goes by the number shows the same severity.
fn score(severity: Severity, details: &Vulnerability) -> f64 {
    let own = details.cvss.get(&details.severity_source).and_then(Cvss::score);
    let own = own.filter(|score| Severity::from_score(*score) == severity);
    own.unwrap_or_else(|| least_score(severity))
}

/// The foot of a severity's range.
pub(super) fn least_score(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 9.0,
        Severity::High => 7.0,
        Severity::Medium => 4.0,
        Severity::Low => 0.1,
        Severity::Unknown => 0.0,
    }
}

fn help(finding: &Finding, details: &Vulnerability, description: &str) -> Help {
    let mut facts = vec![("Severity", finding.severity.name().to_owned())];
    if !details.fixed_versions.is_empty() {
        facts.push(("Fixed version", details.fixed_versions.join(", ")));
    }
    facts.push(("Status", details.status.name().to_owned()));
    if let Some(known) = &details.known_exploited {
        facts.push(("Known exploited", format!("CISA KEV, added {}", known.added)));
    }
    if let Some(epss) = details.epss {
        facts.push(("EPSS", format!("{:.1}%", epss.score * 100.0)));
    }
    if !details.aliases.is_empty() {
        facts.push(("Also known as", details.aliases.join(", ")));
    }
    let plain: Vec<String> = facts.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let rows: Vec<String> =
        facts.iter().map(|(key, value)| format!("| {key} | {} |", cell(value))).collect();
    let link = if details.primary_url.is_empty() {
        String::new()
    } else {
        format!("\n\n<{}>", details.primary_url)
    };
    Help {
        text: format!("{}\n{}\n\n{description}", finding.rule, plain.join("\n")),
        markdown: format!(
            "**{}**\n\n| | |\n| --- | --- |\n{}\n\n{description}{link}",
            finding.rule,
            rows.join("\n")
        ),
    }
}

/// A value that cannot end its table cell.
fn cell(value: &str) -> String {
    value.replace('|', "\\|").replace(['\r', '\n'], " ")
}
