//! From an inspection to everything in it that is wrong.

use super::{Acceptance, Tracked};
use crate::{
    Audit, Finding, Fingerprint, Inspection, ItemResult, Part, Run, Suppressed, Text, Verdict,
};
use std::collections::BTreeMap;

impl Inspection {
    /// Everything that is wrong, each thing once, in a fixed order.
    #[must_use]
    pub fn tracked(&self) -> Vec<Tracked> {
        let mut all = Vec::new();
        if let Some(audit) = &self.audit {
            of_audit(audit, Part::Guideline, &mut all);
        }
        if let Some(run) = &self.packages {
            of_run(run, Part::Packages, &mut all);
        }
        for image in &self.images {
            of_run(&image.run, Part::Images, &mut all);
            if let Some(audit) = &image.audit {
                of_audit(audit, Part::Images, &mut all);
            }
        }
        merged(all)
    }
}

/// Two versions of a package in one record are one thing to follow. It is as bad as the worse, and accepted only if both
/// are.
fn merged(all: Vec<Tracked>) -> Vec<Tracked> {
    let mut places: BTreeMap<(Part, Fingerprint), usize> = BTreeMap::new();
    let mut kept: Vec<Tracked> = Vec::with_capacity(all.len());
    for tracked in all {
        let key = (tracked.part, tracked.fingerprint.clone());
        let Some(other) = places.get(&key).and_then(|place| kept.get_mut(*place)) else {
            places.insert(key, kept.len());
            kept.push(tracked);
            continue;
        };
        other.severity = other.severity.max(tracked.severity);
        other.exploited |= tracked.exploited;
        if tracked.accepted.is_none() {
            other.accepted = None;
        }
    }
    kept
}

fn of_audit(audit: &Audit, part: Part, all: &mut Vec<Tracked>) {
    for result in audit.results.iter().filter(|result| result.verdict == Verdict::Fail) {
        all.push(of_item(audit, result, part));
    }
}

fn of_item(audit: &Audit, result: &ItemResult, part: Part) -> Tracked {
    let target = &audit.target.name;
    Tracked {
        fingerprint: item_fingerprint(audit, result),
        part,
        target: target.clone(),
        record: audit.guideline.id.clone(),
        place: result.chapter.clone(),
        item: result.item.clone(),
        rule: result.code.clone(),
        severity: result.importance.severity(),
        subject: String::new(),
        title: result.title.clone(),
        exploited: false,
        accepted: result.accepted.as_ref().map(|accepted| Acceptance {
            reason: accepted.reason.clone(),
            until: accepted.until.clone(),
            source: accepted.source.clone(),
        }),
        advisories: String::new(),
    }
}

/// Editions of a guideline number an item differently, and what is wrong stays the same: the slug says which it is. Where
/// an edition counts one item's parts apart, all but the first have their code besides.
fn item_fingerprint(audit: &Audit, result: &ItemResult) -> Fingerprint {
    let first = audit.results.iter().find(|other| other.item == result.item);
    let is_first = first.is_none_or(|first| first.code == result.code);
    let part: &[&str] = if is_first { &["item"] } else { &["item", &result.code] };
    Fingerprint::of(&audit.target.name, &result.item, part)
}

fn of_run(run: &Run, part: Part, all: &mut Vec<Tracked>) {
    for (set, finding) in run.findings() {
        let package = set.package_of(finding);
        let mut tracked = of_finding(run, part, finding, &set.target);
        package.map_or("", |package| package.name.as_str()).clone_into(&mut tracked.subject);
        let path = package.and_then(|package| package.path.as_deref()).unwrap_or_default();
        path.clone_into(&mut tracked.place);
        all.push(tracked);
    }
    for Suppressed { finding, package, target, source, statement, .. } in &run.suppressed {
        let mut tracked = of_finding(run, part, finding, target);
        // `name version`; neither has a space in it.
        package.split(' ').next().unwrap_or_default().clone_into(&mut tracked.subject);
        tracked.accepted = Some(Acceptance {
            reason: statement.clone(),
            until: String::new(),
            source: source.clone(),
        });
        all.push(tracked);
    }
}

fn of_finding(run: &Run, part: Part, finding: &Finding, record: &str) -> Tracked {
    let vulnerability = finding.vulnerability();
    let title = vulnerability.map_or("", |vulnerability| vulnerability.title.as_str());
    Tracked {
        fingerprint: finding.fingerprint.clone(),
        part,
        target: run.target.name.clone(),
        record: record.to_owned(),
        place: String::new(),
        item: String::new(),
        rule: finding.rule.clone(),
        severity: finding.severity,
        subject: String::new(),
        title: Text::new(title, title),
        exploited: vulnerability.is_some_and(|found| found.known_exploited.is_some()),
        accepted: None,
        advisories: run.database.as_ref().map_or_else(String::new, |used| used.newest.clone()),
    }
}
