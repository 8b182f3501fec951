//! The order in which findings of one record are printed: Trivy's, so that a diff of two reports stays small.

use pasu_model::{Finding, FindingSet};
use std::cmp::Reverse;

/// The findings by package name, package, severity (worst first) and identifier.
pub(crate) fn findings(set: &FindingSet) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = set.findings.iter().collect();
    findings.sort_by_cached_key(|finding| {
        let package = set.package_of(finding);
        (
            package.map(|package| package.name.clone()),
            package.map(|package| (package.id(), package.version.clone())),
            Reverse(finding.severity),
            finding.rule.clone(),
            package.and_then(|package| package.path.clone()),
            finding.fingerprint.clone(),
        )
    });
    findings
}
