//! Inventory and database in, findings out.
//!
//! Who decides depends on where a package came from. A distribution's advisories decide for its own packages, the
//! language's for language packages unless a distribution package owns the file, and the NVD's configurations only for
//! programs that no package manager knows. What nobody can judge is listed, never dropped.

mod distribution;
mod finding;
mod join;
mod language;
mod software;

use crate::database::{Database, DatabaseError};
use crate::record::{Row, VulnId};
use finding::Findings;
use pasu_model::{
    Finding, FindingSet, Inventory, OperatingSystem, Package, PackageSet, Unseen, UnseenReason,
};

/// What matching came to.
#[derive(Debug, Default)]
pub struct Matched {
    /// Every record of the inventory with its findings, in the inventory's order.
    pub sets: Vec<FindingSet>,
    /// What no source could judge, one line each: `name version: why`. Sorted, without repetition.
    pub unmatched: Vec<String>,
    /// Set when the operating system's packages could not be judged at all: which system, and how many packages.
    pub unseen: Option<Unseen>,
}

/// One advisory group that says a package is affected.
struct Hit {
    rows: Vec<Row>,
    /// The version the rows were compared with: the source package's for distributions that file by source.
    version: String,
    cpe: Option<pasu_model::CpeMatch>,
}

/// Matches a whole inventory. `target` is the target's name, for fingerprints.
pub fn find(
    database: &Database,
    inventory: Inventory,
    target: &str,
) -> Result<Matched, DatabaseError> {
    let mut matched = Matched::default();
    let mut findings = Findings::new(database, target);
    let os = inventory.os.as_ref();
    let distribution = distribution::Distribution::new(database, os)?;
    let environment = software::Environment::new(os, &inventory.sets);
    matched.unseen = unjudged_system(&distribution, os, &inventory.sets);
    for set in inventory.sets {
        let mut found = Vec::new();
        for (index, package) in set.packages.iter().enumerate() {
            let judged = judge(database, &distribution, &environment, os, package)?;
            match judged {
                Judged::Hits(hits) => {
                    for hit in hits {
                        found.push(findings.make(&set, index, package, hit)?);
                    }
                }
                Judged::Unknown(why) => matched.unmatched.push(unmatched(package, why)),
            }
        }
        matched.sets.push(finished(set, found));
    }
    matched.unmatched.sort();
    matched.unmatched.dedup();
    Ok(matched)
}

/// No findings must not look like a clean system where nobody could have found any.
fn unjudged_system(
    distribution: &distribution::Distribution<'_>,
    os: Option<&OperatingSystem>,
    sets: &[PackageSet],
) -> Option<Unseen> {
    let count: usize =
        sets.iter().filter(|set| set.kind.is_os()).map(|set| set.packages.len()).sum();
    if count == 0 || distribution.is_known() {
        return None;
    }
    let name = os.map_or_else(
        || "unknown operating system".to_owned(),
        |os| format!("{} {}", os.family.name(), os.version),
    );
    let detail = format!("its {count} packages were not judged");
    Some(Unseen { path: name, reason: UnseenReason::NoAdvisories, detail })
}

/// An inventory without judging it, for runs that only list packages.
#[must_use]
pub fn unjudged(inventory: Inventory) -> Matched {
    let sets = inventory.sets.into_iter().map(|set| finished(set, Vec::new())).collect();
    Matched { sets, ..Matched::default() }
}

/// What is known about one package.
enum Judged {
    Hits(Vec<Hit>),
    /// No source can tell; why, in a few words.
    Unknown(&'static str),
}

fn judge(
    database: &Database,
    distribution: &distribution::Distribution<'_>,
    environment: &software::Environment,
    os: Option<&OperatingSystem>,
    package: &Package,
) -> Result<Judged, DatabaseError> {
    if package.kind.is_os() {
        return distribution.judge(os, package);
    }
    if package.owner.is_some() && distribution.is_known() {
        // The distribution mends what it ships and says so in its own advisories.
        return Ok(Judged::Hits(Vec::new()));
    }
    match package.kind.ecosystem() {
        Some(pasu_model::Ecosystem::Cpe) => software::judge(database, environment, package),
        Some(ecosystem) => language::judge(database, ecosystem, package),
        None => Ok(Judged::Unknown("no advisories are kept for its kind")),
    }
}

fn unmatched(package: &Package, why: &str) -> String {
    let version = if package.version.is_empty() { "(no version)" } else { &package.version };
    format!("{} {version}: {why}", package.name)
}

/// Most severe first within a package, as the tables and Trivy print it.
fn finished(set: PackageSet, mut found: Vec<Finding>) -> FindingSet {
    let name = |finding: &Finding| {
        finding.package.and_then(|at| set.packages.get(at)).map(|package| package.name.clone())
    };
    found.sort_by_cached_key(|finding| {
        (
            name(finding),
            finding.package,
            std::cmp::Reverse(finding.severity),
            VulnId::new(finding.rule.clone()),
        )
    });
    FindingSet { kind: set.kind, target: set.target, packages: set.packages, findings: found }
}

#[cfg(test)]
mod tests;
