//! From the JSON as it stands to what is kept.

use super::record::{Affected, AffectedChange, AffectedVersion, NvdRecord};
use super::wire;
use crate::cpe::{Bound, Configuration, CpeName, Criterion, Node, Operator, VersionRange};
use pasu_model::{Cvss, Severity};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most criteria of one record; the largest in the NVD has about ten thousand.
const MAX_CRITERIA: usize = 100_000;

/// Links kept of one record; kernel CVEs have hundreds of mirrors of the same commit.
const MAX_REFERENCES: usize = 200;

/// The NVD's own name among the sources.
const NVD_SOURCE: &str = "nvd@nist.gov";

pub(super) fn record(cve: wire::Cve<'_>) -> Result<NvdRecord, String> {
    if !cve.id.starts_with("CVE-") {
        return Err("id is not a CVE".to_owned());
    }
    let vuln_status = owned(cve.vuln_status);
    let (cvss, severity) = scores(cve.metrics);
    Ok(NvdRecord {
        id: cve.id.into_owned(),
        rejected: vuln_status == "Rejected",
        vuln_status,
        published: cve.published.and_then(|time| utc(&time)),
        modified: cve.last_modified.and_then(|time| utc(&time)),
        description: english(cve.descriptions.unwrap_or_default()),
        cvss,
        severity,
        cwes: cwes(cve.weaknesses.unwrap_or_default()),
        references: references(cve.references.unwrap_or_default()),
        configurations: configurations(cve.configurations.unwrap_or_default())?,
        affected: cve.affected.unwrap_or_default().into_iter().flat_map(affected).collect(),
    })
}

fn owned(text: Option<Cow<'_, str>>) -> String {
    text.map(Cow::into_owned).unwrap_or_default()
}

/// `2023-07-20T03:15:10.170`, which the NVD means as UTC, as RFC 3339.
fn utc(time: &str) -> Option<String> {
    let given = time.parse::<jiff::Timestamp>();
    if given.is_ok() {
        return Some(time.to_owned());
    }
    let zoned = format!("{time}Z");
    zoned.parse::<jiff::Timestamp>().ok().map(|_| zoned)
}

fn english(descriptions: Vec<wire::LangText<'_>>) -> String {
    let mut all = descriptions.into_iter();
    all.find(|text| text.lang.starts_with("en"))
        .map(|text| text.value.into_owned())
        .unwrap_or_default()
}

/// `NVD-CWE-noinfo` and `NVD-CWE-Other` say nothing and are left out.
fn cwes(weaknesses: Vec<wire::Weakness<'_>>) -> Vec<String> {
    let texts =
        weaknesses.into_iter().flat_map(|weakness| weakness.description.unwrap_or_default());
    let mut all: Vec<String> =
        texts.map(|text| text.value.into_owned()).filter(|cwe| cwe.starts_with("CWE-")).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn references(references: Vec<wire::Reference<'_>>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let urls = references.into_iter().map(|reference| reference.url.into_owned());
    urls.filter(|url| seen.insert(url.clone())).take(MAX_REFERENCES).collect()
}

fn scores(
    metrics: Option<wire::Metrics<'_>>,
) -> (BTreeMap<String, Cvss>, BTreeMap<String, Severity>) {
    let (mut cvss, mut severity) = (BTreeMap::new(), BTreeMap::new());
    let Some(metrics) = metrics else { return (cvss, severity) };
    // Oldest first, so that the severity of the newest stands.
    for (version, list) in
        [(2, metrics.v2), (30, metrics.v30), (31, metrics.v31), (40, metrics.v40)]
    {
        let mut list = list.unwrap_or_default();
        // Of several by one source the primary one stands, so it comes last.
        list.sort_by_key(|metric| metric.kind.as_deref() == Some("Primary"));
        for metric in list {
            if !(0.0..=10.0).contains(&metric.cvss_data.base_score) {
                continue;
            }
            let source = source_name(&metric.source);
            let word = metric.cvss_data.base_severity.as_ref().or(metric.base_severity.as_ref());
            let rated = word
                .and_then(|word| Severity::parse(word))
                .unwrap_or_else(|| Severity::from_score(metric.cvss_data.base_score));
            severity.insert(source.clone(), rated);
            put(cvss.entry(source).or_default(), version, metric.cvss_data);
        }
    }
    (cvss, severity)
}

fn source_name(source: &str) -> String {
    if source == NVD_SOURCE { "nvd".to_owned() } else { source.to_owned() }
}

fn put(cvss: &mut Cvss, version: u8, data: wire::CvssData<'_>) {
    let vector = Some(data.vector_string.into_owned());
    let score = Some(data.base_score);
    match version {
        2 => (cvss.v2_vector, cvss.v2_score) = (vector, score),
        40 => (cvss.v40_vector, cvss.v40_score) = (vector, score),
        _ => (cvss.v3_vector, cvss.v3_score) = (vector, score),
    }
}

fn configurations(
    configurations: Vec<wire::Configuration<'_>>,
) -> Result<Vec<Configuration>, String> {
    let nodes = configurations.iter().flat_map(|configuration| &configuration.nodes);
    let total: usize = nodes.map(|node| node.cpe_match.len()).sum();
    if total > MAX_CRITERIA {
        return Err(format!("{total} criteria are more than {MAX_CRITERIA}"));
    }
    configurations.into_iter().map(configuration).collect()
}

/// A configuration without an operator has one node; should it ever have more, asking for all of them is the careful reading.
fn configuration(configuration: wire::Configuration<'_>) -> Result<Configuration, String> {
    Ok(Configuration {
        operator: configuration.operator.unwrap_or(Operator::And),
        negate: configuration.negate.unwrap_or(false),
        nodes: configuration.nodes.into_iter().map(node).collect::<Result<_, _>>()?,
    })
}

fn node(node: wire::Node<'_>) -> Result<Node, String> {
    Ok(Node {
        operator: node.operator,
        negate: node.negate.unwrap_or(false),
        criteria: node.cpe_match.into_iter().map(criterion).collect::<Result<_, _>>()?,
    })
}

/// A criterion that can't be read makes the record malformed: leaving it out could turn an AND true.
fn criterion(found: wire::CpeMatch<'_>) -> Result<Criterion, String> {
    let name: CpeName = found
        .criteria
        .parse()
        .map_err(|error| format!("criteria {:.80}: {error}", found.criteria))?;
    let range = VersionRange {
        start: bound(found.version_start_excluding, found.version_start_including),
        end: bound(found.version_end_excluding, found.version_end_including),
    };
    let range = (range != VersionRange::default()).then(|| Box::new(range));
    Ok(Criterion { vulnerable: found.vulnerable, name, range })
}

/// Bounds are quoted like the attributes of a name: `9.2\(.1\)`.
fn bound(excluding: Option<Cow<'_, str>>, including: Option<Cow<'_, str>>) -> Option<Bound> {
    let inclusive = excluding.is_none();
    let version = excluding.or(including)?;
    Some(Bound { version: version.replace('\\', ""), inclusive })
}

fn affected(by: wire::AffectedBy<'_>) -> impl Iterator<Item = Affected> {
    let source = owned(by.source);
    by.affected_data.unwrap_or_default().into_iter().map(move |data| Affected {
        source: source.clone(),
        vendor: owned(data.vendor),
        product: owned(data.product),
        package_name: owned(data.package_name),
        package_url: owned(data.package_url),
        default_status: owned(data.default_status),
        cpes: data.cpes.unwrap_or_default().iter().filter_map(|cpe| cpe.parse().ok()).collect(),
        versions: data.versions.unwrap_or_default().into_iter().map(version).collect(),
    })
}

fn version(version: wire::Version<'_>) -> AffectedVersion {
    let changes = version.changes.unwrap_or_default().into_iter();
    AffectedVersion {
        version: owned(version.version),
        less_than: version.less_than.map(Cow::into_owned),
        less_than_or_equal: version.less_than_or_equal.map(Cow::into_owned),
        version_type: owned(version.version_type),
        status: owned(version.status),
        changes: changes
            .map(|change| AffectedChange {
                at: change.at.into_owned(),
                status: change.status.into_owned(),
            })
            .collect(),
    }
}
