//! Making a finding of the rows that say a package is affected.

use super::Hit;
use super::join::primary;
use crate::bucket::Bucket;
use crate::database::{Database, DatabaseError};
use crate::record::{Detail as VulnDetail, Origin, Row, VulnId};
use crate::version::compare;
use pasu_model::{
    Detail, Ecosystem, Finding, Fingerprint, Package, PackageSet, Severity, Status, Vulnerability,
};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// Makes findings, asking the database once about each vulnerability.
pub struct Findings<'a> {
    database: &'a Database,
    target: &'a str,
    details: HashMap<VulnId, VulnDetail>,
}

impl<'a> Findings<'a> {
    pub fn new(database: &'a Database, target: &'a str) -> Self {
        Self { database, target, details: HashMap::new() }
    }

    pub fn make(
        &mut self,
        set: &PackageSet,
        index: usize,
        package: &Package,
        hit: Hit,
    ) -> Result<Finding, DatabaseError> {
        let id = primary(&hit.rows).cloned().unwrap_or_else(|| VulnId::new(""));
        let detail = self.detail(&id)?.clone();
        let vulnerability = vulnerability(&id, package, hit, detail);
        let place = [
            set.kind.name(),
            &set.target,
            &package.name,
            package.path.as_deref().unwrap_or_default(),
        ];
        Ok(Finding {
            rule: id.as_str().to_owned(),
            severity: chosen_severity(&vulnerability),
            package: Some(index),
            fingerprint: Fingerprint::of(self.target, id.as_str(), &place),
            detail: Detail::Vulnerability(Box::new(vulnerability)),
        })
    }

    fn detail(&mut self, id: &VulnId) -> Result<&VulnDetail, DatabaseError> {
        if !self.details.contains_key(id) {
            let found = self.database.detail(id)?.unwrap_or_default();
            self.details.insert(id.clone(), found);
        }
        Ok(&self.details[id])
    }
}

fn vulnerability(id: &VulnId, package: &Package, hit: Hit, detail: VulnDetail) -> Vulnerability {
    let origin = hit.rows.first().map_or(Origin::Osv, |row| row.origin);
    let ecosystem = ecosystem_of(origin, package);
    let fixed_versions = fixed_versions(ecosystem, &hit.rows, &hit.version);
    let mut vendor_severity: BTreeMap<String, Severity> = detail.severities.into_iter().collect();
    if let Some(severity) = hit.rows.iter().filter_map(|row| row.severity).max() {
        vendor_severity.insert(origin.id().to_owned(), severity);
    }
    let names = |pick: fn(&Row) -> &Vec<VulnId>| {
        sorted(hit.rows.iter().flat_map(pick).map(ToString::to_string))
    };
    let mut aliases = names(|row| &row.aliases);
    aliases.extend(hit.rows.iter().map(|row| row.id.to_string()));
    let aliases = sorted(aliases.into_iter().filter(|alias| alias != id.as_str()));
    Vulnerability {
        aliases,
        vendor_ids: names(|row| &row.notices),
        status: status(&fixed_versions, &hit.rows),
        fixed_versions,
        severity_source: severity_source(&vendor_severity, origin),
        vendor_severity,
        cvss: detail.cvss.into_iter().collect(),
        title: detail.title,
        description: detail.description,
        cwes: detail.cwes,
        references: detail.references,
        primary_url: primary_url(id, origin),
        published: detail.published,
        modified: detail.modified,
        data_source: origin.data_source(),
        known_exploited: detail.known_exploited,
        epss: detail.epss,
        cpe_match: hit.cpe,
    }
}

fn sorted(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut items: Vec<String> = items.collect();
    items.sort();
    items.dedup();
    items
}

fn ecosystem_of(origin: Origin, package: &Package) -> Ecosystem {
    package.kind.ecosystem().unwrap_or(match origin {
        Origin::Debian => Ecosystem::Debian,
        Origin::Ubuntu | Origin::UbuntuPro => Ecosystem::Ubuntu,
        Origin::Alpine => Ecosystem::Alpine,
        _ => match package.kind {
            pasu_model::PackageType::Apk => Ecosystem::Alpine,
            pasu_model::PackageType::Dpkg => Ecosystem::Debian,
            pasu_model::PackageType::Pacman => Ecosystem::Arch,
            _ => Ecosystem::RedHat,
        },
    })
}

/// For a language every branch's fix is offered, the first row's (GitHub's) where it has any that ends the other rows
/// too: one record's fix may lie in another's range. A distribution has one branch: only its highest fix ends all rows.
fn fixed_versions(ecosystem: Ecosystem, rows: &[Row], version: &str) -> Vec<String> {
    let of = |row: &Row| row.fixes_above(ecosystem, version);
    let is_language = Bucket::of(ecosystem).key == "cpe"
        || rows.first().is_some_and(|row| is_language(row.origin));
    if is_language {
        let ends_all =
            |fix: &String| rows.iter().all(|row| row.affects(ecosystem, fix) != Some(true));
        let ending = |fixes: Vec<String>| fixes.into_iter().filter(ends_all).collect::<Vec<_>>();
        let mut offers = rows.iter().map(of).map(ending).chain(rows.iter().map(of));
        return offers.find(|fixes| !fixes.is_empty()).unwrap_or_default();
    }
    let unfixed = rows.iter().any(|row| of(row).is_empty());
    let highest =
        rows.iter().flat_map(of).max_by(|a, b| compare(ecosystem, a, b).unwrap_or(Ordering::Equal));
    if unfixed && rows.len() == 1 { Vec::new() } else { highest.into_iter().collect() }
}

const fn is_language(origin: Origin) -> bool {
    matches!(
        origin,
        Origin::Ghsa
            | Origin::Pysec
            | Origin::Go
            | Origin::RustSec
            | Origin::Malicious
            | Origin::Osv
            | Origin::Nvd
    )
}

fn status(fixed_versions: &[String], rows: &[Row]) -> Status {
    if !fixed_versions.is_empty() {
        return Status::Fixed;
    }
    rows.first().map_or(Status::Unknown, |row| row.status)
}

/// The source that decides the severity: the one that decided the match, then GitHub, the NVD, anyone.
fn severity_source(ratings: &BTreeMap<String, Severity>, origin: Origin) -> String {
    let rated =
        |source: &&str| ratings.get(*source).is_some_and(|severity| *severity != Severity::Unknown);
    let preferred = [origin.id(), Origin::Ghsa.id(), Origin::Nvd.id()];
    // GitHub rates libraries, the NVD everything else.
    let order = if is_language(origin) {
        preferred
    } else {
        [origin.id(), Origin::Nvd.id(), Origin::Ghsa.id()]
    };
    let any = ratings
        .iter()
        .find(|(_, severity)| **severity != Severity::Unknown)
        .map(|(source, _)| source.as_str());
    order.into_iter().find(|source| rated(source)).or(any).unwrap_or_default().to_owned()
}

fn chosen_severity(vulnerability: &Vulnerability) -> Severity {
    vulnerability.vendor_severity.get(&vulnerability.severity_source).copied().unwrap_or_default()
}

/// The page of the source that decided, where it has one for each vulnerability.
fn primary_url(id: &VulnId, origin: Origin) -> String {
    let name = id.as_str();
    if id.is_cve() {
        return match origin {
            Origin::Debian => format!("https://security-tracker.debian.org/tracker/{name}"),
            Origin::Ubuntu | Origin::UbuntuPro => format!("https://ubuntu.com/security/{name}"),
            Origin::Alpine => format!("https://security.alpinelinux.org/vuln/{name}"),
            Origin::RedHat | Origin::Alma | Origin::Rocky => {
                format!("https://access.redhat.com/security/cve/{name}")
            }
            _ => format!("https://nvd.nist.gov/vuln/detail/{name}"),
        };
    }
    match name.split('-').next().unwrap_or_default() {
        "GHSA" => format!("https://github.com/advisories/{name}"),
        "GO" => format!("https://pkg.go.dev/vuln/{name}"),
        "RUSTSEC" => format!("https://rustsec.org/advisories/{name}.html"),
        "DSA" | "DLA" | "DTSA" => format!("https://security-tracker.debian.org/tracker/{name}"),
        "RHSA" | "RHBA" | "RHEA" => format!("https://access.redhat.com/errata/{name}"),
        _ => format!("https://osv.dev/vulnerability/{name}"),
    }
}
