//! How pressing a finding or a step is.

use super::{Action, Reason};
use pasu_model::{Finding, Severity, Vulnerability};
use std::cmp::Ordering;

/// Probability assumed where EPSS has no score: about what half of all scored vulnerabilities stay below, so that an
/// unscored critical flaw neither leads the list nor falls off it.
const UNSCORED: f64 = 0.005;

/// From here on a probability is itself the reason to act: FIRST's own examples call 10 % a high score.
const LIKELY: f64 = 0.1;

/// Known exploited first, then the score, then how bad, how many, and the name.
pub(super) fn compare(a: &Action, b: &Action) -> Ordering {
    (b.known_exploited > 0)
        .cmp(&(a.known_exploited > 0))
        .then_with(|| b.score.total_cmp(&a.score))
        .then_with(|| b.severity.cmp(&a.severity))
        .then_with(|| b.vulnerabilities.len().cmp(&a.vulnerabilities.len()))
        .then_with(|| a.package.cmp(&b.package))
        .then_with(|| a.record.cmp(&b.record))
}

/// How pressing one finding is; a known exploited one is always above one that is not.
pub(super) fn finding(finding: &Finding, vulnerability: &Vulnerability) -> f64 {
    let exploited = if vulnerability.known_exploited.is_some() { 1000.0 } else { 0.0 };
    exploited + weight(finding, vulnerability)
}

/// Probability of exploitation times what is at stake.
pub(super) fn weight(finding: &Finding, vulnerability: &Vulnerability) -> f64 {
    let probability = vulnerability.epss.map_or(UNSCORED, |epss| epss.score.clamp(0.0, 1.0));
    probability * stake(finding.severity)
}

/// What is at stake: the middle of the severity's range of CVSS scores.
fn stake(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 9.5,
        Severity::High => 8.0,
        Severity::Medium => 5.5,
        Severity::Low => 2.0,
        Severity::Unknown => 1.0,
    }
}

/// Why this finding presses.
pub(super) fn reason(finding: &Finding, vulnerability: &Vulnerability) -> Reason {
    let id = finding.rule.clone();
    if let Some(known) = &vulnerability.known_exploited {
        return Reason::KnownExploited {
            id,
            added: known.added.clone(),
            ransomware: known.ransomware,
        };
    }
    match vulnerability.epss.map(|epss| epss.score) {
        Some(probability) if probability >= LIKELY => Reason::LikelyExploited { id, probability },
        _ => Reason::Severity { id, severity: finding.severity },
    }
}
