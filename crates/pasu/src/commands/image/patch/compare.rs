//! What is gone, what is still there and why, and what is new: two lists of findings side by side.

use super::judged::Judged;
use pasu_fix::packages::UpdatePlan;
use pasu_model::{Finding, FindingSet, OpenReason, PackageType, PatchFinding, Status};
use std::collections::BTreeMap;

/// Findings before and after.
#[derive(Debug, Default)]
pub struct Compared {
    pub fixed: Vec<PatchFinding>,
    pub open: Vec<PatchFinding>,
    pub introduced: Vec<PatchFinding>,
}

/// A finding wherever its package's version moved to: rule, package, file.
type Key = (String, String, String);

/// Lays the findings of two images side by side.
pub fn compare(before: &Judged, after: &Judged, plan: Option<&UpdatePlan>) -> Compared {
    let (old, new) = (listed(before, plan), listed(after, plan));
    let mut compared = Compared::default();
    for (key, finding) in &new {
        let list =
            if old.contains_key(key) { &mut compared.open } else { &mut compared.introduced };
        list.push(finding.clone());
    }
    for (key, mut finding) in old {
        if !new.contains_key(&key) {
            finding.why = None;
            compared.fixed.push(finding);
        }
    }
    compared.sorted()
}

/// What would be gone, if a plan were carried out.
pub fn expect(before: &Judged, plan: Option<&UpdatePlan>) -> Compared {
    let mut compared = Compared::default();
    for (_, mut finding) in listed(before, plan) {
        let mends = |upgrade: &pasu_fix::packages::Upgrade| {
            upgrade.package == finding.package && upgrade.cves.contains(&finding.id)
        };
        if plan.is_some_and(|plan| plan.upgrades.iter().any(mends)) {
            finding.why = None;
            compared.fixed.push(finding);
        } else {
            compared.open.push(finding);
        }
    }
    compared.sorted()
}

impl Compared {
    /// The worst first.
    fn sorted(mut self) -> Self {
        for list in [&mut self.fixed, &mut self.open, &mut self.introduced] {
            list.sort_by(|one, other| {
                other.severity.cmp(&one.severity).then_with(|| one.cmp(other))
            });
        }
        self
    }
}

fn listed(judged: &Judged, plan: Option<&UpdatePlan>) -> BTreeMap<Key, PatchFinding> {
    let mut all = BTreeMap::new();
    for set in &judged.sets {
        for finding in &set.findings {
            let Some(package) = set.package_of(finding) else { continue };
            let path = package.path.clone().unwrap_or_else(|| set.target.clone());
            let path = if set.kind.is_os() { String::new() } else { path };
            let name = match (&package.arch, set.kind) {
                (Some(arch), kind) if kind.is_os() => format!("{}:{arch}", package.name),
                _ => package.name.clone(),
            };
            let fixed_versions = finding
                .vulnerability()
                .map(|vulnerability| vulnerability.fixed_versions.clone())
                .unwrap_or_default();
            let listed = PatchFinding {
                id: finding.rule.clone(),
                severity: finding.severity,
                package: package.name.clone(),
                version: package.version.clone(),
                path: path.clone(),
                fixed_versions,
                why: Some(why(set, finding, &package.name, plan)),
            };
            all.insert((finding.rule.clone(), name, path), listed);
        }
    }
    all
}

fn why(
    set: &FindingSet,
    finding: &Finding,
    package: &str,
    plan: Option<&UpdatePlan>,
) -> OpenReason {
    match set.kind {
        PackageType::Binary => return OpenReason::Unpackaged,
        kind if !kind.is_os() => return OpenReason::Language,
        _ => {}
    }
    let status = finding.vulnerability().map_or(Status::Unknown, |it| it.status);
    match status {
        Status::Fixed => {}
        Status::WillNotFix => return OpenReason::WillNotFix,
        Status::FixDeferred => return OpenReason::Deferred,
        Status::EndOfLife => return OpenReason::EndOfLife,
        Status::Unknown | Status::Affected | Status::UnderInvestigation => {
            return OpenReason::NoFix;
        }
    }
    let Some(plan) = plan else { return OpenReason::NotTried };
    // Names of a plan may carry an architecture.
    let is_it = |name: &str| name.split(':').next() == Some(package);
    if plan.held.iter().any(|held| is_it(&held.package)) {
        OpenReason::Held
    } else if plan.refused.iter().any(|refused| is_it(&refused.package)) {
        OpenReason::Refused
    } else if plan.unavailable.iter().any(|unavailable| is_it(&unavailable.package)) {
        OpenReason::Unavailable
    } else {
        OpenReason::NotTried
    }
}
