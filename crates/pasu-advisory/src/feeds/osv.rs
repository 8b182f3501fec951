//! OSV records (OSV schema 1.7), one JSON file each in the `all.zip` of an ecosystem's bucket:
//! `{"id":"GHSA-…","affected":[{"package":{"ecosystem":"npm","name":"…"},"ranges":[{"type":"SEMVER","events":[…]}]}]}`.

use crate::bucket::Bucket;
use crate::feeds::detail::{PartialDetail, TextRank};
use crate::record::{Origin, Range, RangeEnd, Row, VulnId};
use crate::version::compare;
use pasu_model::{Ecosystem, Severity, Status};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What one OSV record adds to the database.
#[derive(Debug, Default)]
pub struct Statements {
    /// Rows with the bucket and the package each belongs to.
    pub rows: Vec<(Bucket, String, Row)>,
    /// The rows are a distribution's notice (DSA, DLA), to be joined to the tracker's own rows.
    pub notice: bool,
    /// What it says about vulnerabilities themselves.
    pub details: Vec<(VulnId, PartialDetail)>,
    /// `modified`.
    pub modified: String,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    modified: Cow<'a, str>,
    #[serde(borrow)]
    published: Option<Cow<'a, str>>,
    #[serde(borrow)]
    withdrawn: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    aliases: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    upstream: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    related: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    summary: Cow<'a, str>,
    #[serde(borrow, default)]
    details: Cow<'a, str>,
    #[serde(borrow, default)]
    severity: Vec<SeverityEntry<'a>>,
    #[serde(borrow, default)]
    affected: Vec<Affected<'a>>,
    #[serde(borrow, default)]
    references: Vec<Reference<'a>>,
    #[serde(borrow)]
    database_specific: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SeverityEntry<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    score: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Affected<'a> {
    #[serde(borrow)]
    package: Option<PackageName<'a>>,
    #[serde(borrow, default)]
    ranges: Vec<OsvRange<'a>>,
    #[serde(borrow, default)]
    versions: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    ecosystem_specific: Option<&'a RawValue>,
    #[serde(borrow)]
    database_specific: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct PackageName<'a> {
    #[serde(borrow)]
    ecosystem: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct OsvRange<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    events: Vec<Event<'a>>,
}

#[derive(Deserialize, Default)]
struct Event<'a> {
    #[serde(borrow)]
    introduced: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fixed: Option<Cow<'a, str>>,
    #[serde(borrow)]
    last_affected: Option<Cow<'a, str>>,
    #[serde(borrow)]
    limit: Option<Cow<'a, str>>,
}

/// The parts of the free-form objects that are understood; the rest may have any shape.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Specific {
    severity: Option<String>,
    cwe_ids: Option<Vec<String>>,
    urgency: Option<String>,
    ubuntu_priority: Option<String>,
    last_known_affected_version_range: Option<String>,
}

impl Specific {
    fn read(raw: Option<&RawValue>) -> Self {
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }
}

/// Reads one record; `None` if it is withdrawn.
pub fn read(json: &[u8]) -> Result<Option<Statements>, serde_json::Error> {
    let record: Record<'_> = serde_json::from_slice(json)?;
    if record.withdrawn.is_some() {
        return Ok(None);
    }
    let identity = Identity::of(&record);
    let specific = Specific::read(record.database_specific);
    let mut rows = Vec::new();
    for affected in &record.affected {
        let Some(package) = &affected.package else { continue };
        let Some(bucket) = Bucket::from_osv(&package.ecosystem) else { continue };
        let template = row(&record, &identity, affected, &bucket);
        let name = bucket.package(&package.name).into_owned();
        for id in &identity.ids {
            rows.push((bucket.clone(), name.clone(), Row { id: id.clone(), ..template.clone() }));
        }
    }
    let details = details(&record, &identity, &specific);
    Ok(Some(Statements {
        rows,
        notice: identity.notice,
        details,
        modified: record.modified.into_owned(),
    }))
}

/// Under which names a record's rows are filed.
struct Identity {
    /// One row each: several only for a notice that mends several CVEs.
    ids: Vec<VulnId>,
    aliases: Vec<VulnId>,
    notices: Vec<VulnId>,
    origin: Origin,
    notice: bool,
}

const NOTICE_PREFIXES: [&str; 10] =
    ["DSA-", "DLA-", "DTSA-", "USN-", "RHSA-", "RHBA-", "RHEA-", "ALSA-", "RLSA-", "SUSE-"];

fn is_notice(id: &str) -> bool {
    NOTICE_PREFIXES.iter().any(|prefix| id.starts_with(prefix))
        || ["ALBA-", "ALEA-", "RXSA-"].iter().any(|p| id.starts_with(p))
}

impl Identity {
    fn of(record: &Record<'_>) -> Self {
        let origin = origin(&record.id);
        let notices = |own: &[Cow<'_, str>]| {
            own.iter().filter(|id| is_notice(id)).map(|id| VulnId::new(&**id)).collect::<Vec<_>>()
        };
        if is_notice(&record.id) {
            let mut ids: Vec<VulnId> =
                cves(record.upstream.iter().chain(&record.related).chain(&record.aliases));
            if ids.is_empty() {
                ids.push(VulnId::new(&*record.id));
            }
            let notice = matches!(origin, Origin::Debian);
            return Self {
                ids,
                aliases: Vec::new(),
                notices: vec![VulnId::new(&*record.id)],
                origin,
                notice,
            };
        }
        if let Some(cve) = distribution_cve(&record.id) {
            let id = record.upstream.iter().find(|id| id.starts_with("CVE-")).map_or(cve, |id| id);
            return Self {
                ids: vec![VulnId::new(id)],
                aliases: Vec::new(),
                notices: notices(&record.related),
                origin,
                notice: false,
            };
        }
        let names = || std::iter::once(&record.id).chain(&record.aliases);
        let id = VulnId::new(&**names().find(|id| id.starts_with("CVE-")).unwrap_or(&record.id));
        let mut aliases: Vec<VulnId> =
            names().map(|id| VulnId::new(&**id)).filter(|other| *other != id).collect();
        aliases.sort();
        aliases.dedup();
        Self { ids: vec![id], aliases, notices: Vec::new(), origin, notice: false }
    }
}

/// `DEBIAN-CVE-2024-1` -> `CVE-2024-1`.
fn distribution_cve(id: &str) -> Option<&str> {
    ["DEBIAN-", "UBUNTU-", "ALPINE-"].iter().find_map(|prefix| id.strip_prefix(prefix))
}

fn cves<'a>(ids: impl Iterator<Item = &'a Cow<'a, str>>) -> Vec<VulnId> {
    let mut found: Vec<VulnId> =
        ids.filter(|id| id.starts_with("CVE-")).map(|id| VulnId::new(&**id)).collect();
    found.sort();
    found.dedup();
    found
}

fn origin(id: &str) -> Origin {
    match id.split('-').next().unwrap_or_default() {
        "DEBIAN" | "DSA" | "DLA" | "DTSA" => Origin::Debian,
        "UBUNTU" | "USN" => Origin::Ubuntu,
        "ALPINE" => Origin::Alpine,
        "RHSA" | "RHBA" | "RHEA" => Origin::RedHat,
        "ALSA" | "ALBA" | "ALEA" => Origin::Alma,
        "RLSA" | "RXSA" => Origin::Rocky,
        "GHSA" => Origin::Ghsa,
        "PYSEC" => Origin::Pysec,
        "GO" => Origin::Go,
        "RUSTSEC" => Origin::RustSec,
        "MAL" => Origin::Malicious,
        _ => Origin::Osv,
    }
}

fn row(record: &Record<'_>, identity: &Identity, affected: &Affected<'_>, bucket: &Bucket) -> Row {
    let ecosystem = Specific::read(affected.ecosystem_specific);
    let database = Specific::read(affected.database_specific);
    let mut ranges: Vec<Range> = affected
        .ranges
        .iter()
        .filter(|range| range.kind != "GIT")
        .flat_map(|range| intervals(bucket.ecosystem, &range.events))
        .collect();
    if let Some(known) = &database.last_known_affected_version_range {
        close_open(&mut ranges, known);
    }
    let urgency = ecosystem.urgency.as_deref();
    let origin =
        if bucket.key.starts_with("ubuntu-pro") { Origin::UbuntuPro } else { identity.origin };
    let mut row = Row {
        id: VulnId::new(""),
        aliases: identity.aliases.clone(),
        notices: identity.notices.clone(),
        origin,
        ranges,
        versions: Vec::new(),
        status: if urgency == Some("end-of-life") { Status::EndOfLife } else { Status::Affected },
        severity: row_severity(record, origin, urgency, ecosystem.ubuntu_priority.as_deref()),
        module: None,
    };
    row.versions = listed_outside(bucket.ecosystem, &row, &affected.versions);
    row.module = module_stream(&record.summary, &row.ranges);
    row
}

/// Turns events into intervals, as OSV's "Evaluation" section sorts and walks them.
fn intervals(ecosystem: Ecosystem, events: &[Event<'_>]) -> Vec<Range> {
    let mut sorted: Vec<&Event<'_>> =
        events.iter().filter(|event| version_of(event).is_some()).collect();
    sorted.sort_by(|a, b| by_version(ecosystem, a, b));
    let mut found = Vec::new();
    let mut open: Option<Option<String>> = None;
    for event in sorted {
        if let Some(introduced) = &event.introduced {
            if open.is_none() {
                open = Some((introduced != "0").then(|| introduced.to_string()));
            }
            continue;
        }
        let Some(introduced) = open.take() else { continue };
        let end = match event {
            Event { fixed: Some(version), .. } => RangeEnd::Fixed(version.to_string()),
            Event { last_affected: Some(version), .. } => RangeEnd::Last(version.to_string()),
            Event { limit: Some(version), .. } => RangeEnd::Limit(version.to_string()),
            _ => RangeEnd::Open,
        };
        found.push(Range { introduced, end });
    }
    if let Some(introduced) = open {
        found.push(Range { introduced, end: RangeEnd::Open });
    }
    found
}

fn version_of<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    let limit = event.limit.as_deref().filter(|limit| *limit != "*");
    event
        .introduced
        .as_deref()
        .or(event.fixed.as_deref())
        .or(event.last_affected.as_deref())
        .or(limit)
}

/// `0` comes before everything; what is no version keeps its place in the file.
fn by_version(ecosystem: Ecosystem, a: &Event<'_>, b: &Event<'_>) -> Ordering {
    let (Some(left), Some(right)) = (version_of(a), version_of(b)) else { return Ordering::Equal };
    match (a.introduced.as_deref() == Some("0"), b.introduced.as_deref() == Some("0")) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    // At the same version a fix ends before the next range begins.
    compare(ecosystem, left, right)
        .unwrap_or(Ordering::Equal)
        .then_with(|| a.introduced.is_some().cmp(&b.introduced.is_some()))
}

/// GitHub writes the upper bound of a range without a fix beside it: `<= 1.4.0`, `< 2.0`.
fn close_open(ranges: &mut [Range], known: &str) {
    let last = known.rsplit(',').next().unwrap_or(known).trim();
    let end = if let Some(version) = last.strip_prefix("<=") {
        RangeEnd::Last(version.trim().to_owned())
    } else if let Some(version) = last.strip_prefix('<') {
        RangeEnd::Limit(version.trim().to_owned())
    } else {
        return;
    };
    if let Some(range) = ranges.last_mut().filter(|range| range.end == RangeEnd::Open) {
        range.end = end;
    }
}

/// Most records also list every version inside their ranges; only those outside say anything more.
fn listed_outside(ecosystem: Ecosystem, row: &Row, versions: &[Cow<'_, str>]) -> Vec<String> {
    let is_distribution = matches!(
        ecosystem,
        Ecosystem::Debian
            | Ecosystem::Ubuntu
            | Ecosystem::Alpine
            | Ecosystem::Wolfi
            | Ecosystem::Chainguard
    );
    // A distribution lists the versions its archive ever had, always inside the ranges.
    if is_distribution && !row.ranges.is_empty() {
        return Vec::new();
    }
    let outside = |version: &&Cow<'_, str>| row.affects(ecosystem, version) != Some(true);
    versions.iter().filter(outside).map(|version| version.to_string()).collect()
}

fn row_severity(
    record: &Record<'_>,
    origin: Origin,
    urgency: Option<&str>,
    priority: Option<&str>,
) -> Option<Severity> {
    match origin {
        Origin::Debian => urgency.and_then(debian_urgency),
        Origin::Ubuntu | Origin::UbuntuPro => {
            priority.and_then(Severity::parse).filter(|s| *s != Severity::Unknown)
        }
        Origin::Alma | Origin::Rocky => {
            record.summary.split(':').next().and_then(|word| Severity::parse(word.trim()))
        }
        Origin::Malicious => Some(Severity::Critical),
        _ => None,
    }
}

/// The urgencies of the Debian Security Tracker that rate anything.
pub fn debian_urgency(urgency: &str) -> Option<Severity> {
    match urgency.trim_end_matches('*') {
        "unimportant" | "low" => Some(Severity::Low),
        "medium" => Some(Severity::Medium),
        "high" => Some(Severity::High),
        _ => None,
    }
}

/// The module stream of an RPM notice: `Important: postgresql:12 security update` with a fix built as `.module+el8`.
/// Packages of the same notice that are not modular keep none.
fn module_stream(summary: &str, ranges: &[Range]) -> Option<String> {
    let modular = |range: &Range| matches!(&range.end, RangeEnd::Fixed(version) if version.contains(".module"));
    if !ranges.iter().any(modular) {
        return None;
    }
    let stream = |word: &&str| {
        word.split_once(':').is_some_and(|(name, stream)| !name.is_empty() && !stream.is_empty())
    };
    summary.split_whitespace().find(stream).map(|word| word.trim_end_matches([',', ';']).to_owned())
}

fn details(
    record: &Record<'_>,
    identity: &Identity,
    specific: &Specific,
) -> Vec<(VulnId, PartialDetail)> {
    let single = identity.ids.len() == 1 && !is_notice(&record.id);
    let rank = match identity.origin {
        _ if !single => TextRank::Notice,
        Origin::Ghsa => TextRank::Ghsa,
        Origin::Debian | Origin::Ubuntu | Origin::UbuntuPro | Origin::Alpine => {
            TextRank::Distribution
        }
        _ => TextRank::Database,
    };
    // OSV copies the NVD's vector into the distributions' CVE records.
    let source = if rank == TextRank::Distribution { "nvd" } else { identity.origin.id() };
    let mut partial = PartialDetail {
        rank,
        title: record.summary.to_string(),
        description: if single { record.details.to_string() } else { String::new() },
        cwes: specific.cwe_ids.clone().unwrap_or_default(),
        references: if single {
            record.references.iter().map(|link| link.url.to_string()).collect()
        } else {
            Vec::new()
        },
        published: record.published.as_deref().filter(|_| single).map(str::to_owned),
        modified: Some(record.modified.to_string()).filter(|_| single),
        ..PartialDetail::default()
    };
    if single {
        for entry in &record.severity {
            partial.add_vector(source, &entry.kind, &entry.score);
        }
        if let Some(severity) = specific.severity.as_deref().and_then(Severity::parse) {
            partial.rate(source, severity);
        }
    } else if let [_] = identity.ids.as_slice() {
        for entry in &record.severity {
            partial.add_vector(source, &entry.kind, &entry.score);
        }
    }
    identity.ids.iter().map(|id| (id.clone(), partial.clone())).collect()
}

#[cfg(test)]
mod tests;
