//! Findings as vulnerabilities, each with all components it affects.

use super::components::property;
use super::schema::{
    Advisory, AffectedVersion, Affects, Analysis, Property, Rating, Reference, Source,
    Vulnerability,
};
use crate::graph::Graph;
use pasu_model::{Cvss, Finding, Run, Severity, Suppressed};
use std::collections::BTreeMap;

/// What makes findings one vulnerability of the document: identifier, source, and what took them out.
type Key<'a> = (&'a str, &'a str, Option<(&'a str, &'a str, &'a str)>);

/// One affected component, and the version to upgrade to.
type Place = (usize, String);

/// All findings, those taken out included.
pub(super) fn vulnerabilities<'a>(
    run: &'a Run,
    graph: &Graph<'a>,
    refs: &[String],
) -> Vec<Vulnerability<'a>> {
    let mut groups: BTreeMap<Key<'a>, (&'a Finding, Vec<Place>)> = BTreeMap::new();
    for (set_index, set) in run.sets.iter().enumerate() {
        for finding in &set.findings {
            let node = finding.package.and_then(|package| graph.package(set_index, package));
            add(&mut groups, finding, None, node);
        }
    }
    for suppressed in &run.suppressed {
        add(
            &mut groups,
            &suppressed.finding,
            Some(suppressed),
            suppressed_node(run, graph, suppressed),
        );
    }
    let render = |((_, _, reason), (finding, places)): (Key<'a>, (&'a Finding, Vec<Place>))| {
        vulnerability(finding, reason, &places, graph, refs)
    };
    groups.into_iter().filter_map(render).collect()
}

fn add<'a>(
    groups: &mut BTreeMap<Key<'a>, (&'a Finding, Vec<Place>)>,
    finding: &'a Finding,
    suppressed: Option<&'a Suppressed>,
    node: Option<usize>,
) {
    let Some(details) = finding.vulnerability() else { return };
    let reason = suppressed.map(|s| (s.status.as_str(), s.source.as_str(), s.statement.as_str()));
    let key = (finding.rule.as_str(), details.data_source.id.as_str(), reason);
    let places = &mut groups.entry(key).or_insert_with(|| (finding, Vec::new())).1;
    // The target itself where the package is not known.
    places.push((node.unwrap_or(0), details.fixed_versions.join(", ")));
}

/// The package that a finding taken out was about, by the name and version kept beside it.
fn suppressed_node(run: &Run, graph: &Graph<'_>, suppressed: &Suppressed) -> Option<usize> {
    let set_index = run.sets.iter().position(|set| set.target == suppressed.target)?;
    let named = |package: &pasu_model::Package| {
        [" ", "@"]
            .iter()
            .any(|gap| suppressed.package == format!("{}{gap}{}", package.name, package.version))
    };
    let package = run.sets.get(set_index)?.packages.iter().position(named)?;
    graph.package(set_index, package)
}

fn vulnerability<'a>(
    finding: &'a Finding,
    reason: Option<(&'a str, &'a str, &'a str)>,
    places: &[Place],
    graph: &Graph<'_>,
    refs: &[String],
) -> Option<Vulnerability<'a>> {
    let details = finding.vulnerability()?;
    Some(Vulnerability {
        id: &finding.rule,
        source: (!details.data_source.id.is_empty())
            .then_some(Source { name: &details.data_source.id, url: &details.data_source.url }),
        references: details
            .aliases
            .iter()
            .chain(&details.vendor_ids)
            .map(|id| Reference { id, source: Source { name: id_source(id), url: "" } })
            .collect(),
        ratings: ratings(details),
        cwes: details
            .cwes
            .iter()
            .filter_map(|cwe| cwe.strip_prefix("CWE-")?.parse().ok())
            .filter(|cwe| *cwe > 0)
            .collect(),
        description: &details.title,
        detail: &details.description,
        recommendation: recommendation(places, graph),
        advisories: details.references.iter().map(|url| Advisory { url }).collect(),
        published: details.published.as_deref(),
        updated: details.modified.as_deref(),
        analysis: reason.map(|(status, source, statement)| analysis(status, source, statement)),
        affects: affects(places, graph, refs),
        properties: properties(details),
    })
}

/// Who gives identifiers that begin like this one.
fn id_source(id: &str) -> &str {
    id.split_once('-').map_or(id, |(prefix, _)| prefix)
}

/// Each source's scores, and its word where it gives no score.
fn ratings(details: &pasu_model::Vulnerability) -> Vec<Rating<'_>> {
    let mut ratings = Vec::new();
    for (name, cvss) in &details.cvss {
        ratings.extend(scores(cvss).into_iter().map(|(score, method, vector)| Rating {
            source: Source { name, url: "" },
            score: Some(score),
            severity: severity(Severity::from_score(score)),
            method: Some(method),
            vector,
        }));
    }
    for (name, word) in &details.vendor_severity {
        if ratings.iter().any(|rating| rating.source.name == name) {
            continue;
        }
        ratings.push(Rating {
            source: Source { name, url: "" },
            score: None,
            severity: severity(*word),
            method: None,
            vector: None,
        });
    }
    ratings
}

/// Score, method and vector of each version of CVSS.
fn scores(cvss: &Cvss) -> Vec<(f64, &'static str, Option<&str>)> {
    let v3 = match cvss.v3_vector.as_deref() {
        Some(vector) if vector.starts_with("CVSS:3.0") => "CVSSv3",
        _ => "CVSSv31",
    };
    [
        (cvss.v2_score, "CVSSv2", cvss.v2_vector.as_deref()),
        (cvss.v3_score, v3, cvss.v3_vector.as_deref()),
        (cvss.v40_score, "CVSSv4", cvss.v40_vector.as_deref()),
    ]
    .into_iter()
    .filter_map(|(score, method, vector)| Some((score?, method, vector)))
    .collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Unknown => "unknown",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// One sentence a package that has a fix.
fn recommendation(places: &[Place], graph: &Graph<'_>) -> String {
    let mut lines: Vec<String> = places
        .iter()
        .filter(|(_, fixed)| !fixed.is_empty())
        .filter_map(|(node, fixed)| {
            let package = package(graph, *node)?;
            Some(format!("Upgrade {} to version {fixed}", package.name))
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines.join("; ")
}

fn package<'a>(graph: &Graph<'a>, node: usize) -> Option<&'a pasu_model::Package> {
    match graph.nodes.get(node)?.what {
        crate::graph::What::Package(package) => Some(package),
        _ => None,
    }
}

fn affects(places: &[Place], graph: &Graph<'_>, refs: &[String]) -> Vec<Affects> {
    let nodes: std::collections::BTreeSet<usize> = places.iter().map(|(node, _)| *node).collect();
    nodes
        .into_iter()
        .filter_map(|node| {
            let version = package(graph, node).map(|package| package.version.clone());
            Some(Affects {
                reference: refs.get(node)?.clone(),
                versions: version
                    .map(|version| AffectedVersion { version, status: "affected" })
                    .into_iter()
                    .collect(),
            })
        })
        .collect()
}

/// The VEX status in CycloneDX's words; what was only ignored is exploitable, and somebody chose to live with it.
fn analysis(status: &str, source: &str, statement: &str) -> Analysis {
    let state = match status {
        "not_affected" => "not_affected",
        "fixed" => "resolved",
        "under_investigation" => "in_triage",
        _ => "exploitable",
    };
    let detail = match statement {
        "" => format!("{status} by {source}"),
        _ => format!("{status} by {source}: {statement}"),
    };
    Analysis { state, detail }
}

fn properties(details: &pasu_model::Vulnerability) -> Vec<Property> {
    let mut properties = vec![property("pasu:Status", details.status.name())];
    if let Some(known) = &details.known_exploited {
        properties.push(property("pasu:KnownExploited", known.added.as_str()));
    }
    if let Some(epss) = details.epss {
        properties.push(property("pasu:EPSS", epss.score.to_string()));
        properties.push(property("pasu:EPSSPercentile", epss.percentile.to_string()));
    }
    if let Some(matched) = &details.cpe_match {
        properties.push(property("pasu:CPE", matched.cpe.as_str()));
        properties.push(property("pasu:CPECriteria", matched.criteria.as_str()));
    }
    properties
}
