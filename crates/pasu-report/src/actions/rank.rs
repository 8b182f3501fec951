//! How pressing a finding or a step is.

use super::{Action, Reason};
use pasu_model::{Finding, Severity, Vulnerability};
use std::cmp::Ordering;

/// Probability assumed where EPSS has no score: about what half of all scored vulnerabilities stay below, so that an
/// unscored critical flaw neither leads the list nor falls off it.
pub(super) const UNSCORED: f64 = 0.005;

/// From here on a probability is itself the reason to act: FIRST's own examples call 10 % a high score.
const LIKELY: f64 = 0.1;

/// Malicious, then known exploited, then the score, then how bad, how many, and the name.
pub(super) fn compare(a: &Action, b: &Action) -> Ordering {
    alarm(&b.reason)
        .cmp(&alarm(&a.reason))
        .then_with(|| b.score.total_cmp(&a.score))
        .then_with(|| b.severity.cmp(&a.severity))
        .then_with(|| b.vulnerabilities.len().cmp(&a.vulnerabilities.len()))
        .then_with(|| a.package.cmp(&b.package))
        .then_with(|| a.record.cmp(&b.record))
}

/// How far a reason stands above all calculation.
pub(super) fn alarm(reason: &Reason) -> u8 {
    match reason {
        Reason::Malicious { .. } => 2,
        Reason::KnownExploited { .. } => 1,
        Reason::LikelyExploited { .. } | Reason::Severity { .. } => 0,
    }
}

/// How pressing one finding is; one that is exploited is always above one that is not.
pub(super) fn finding(finding: &Finding, vulnerability: &Vulnerability) -> f64 {
    let exploited = if is_exploited(finding, vulnerability) { 1000.0 } else { 0.0 };
    exploited + weight(finding, vulnerability)
}

/// Whether a package is itself the attack: OSV files those under `MAL-`.
pub(super) fn is_malicious(finding: &Finding) -> bool {
    finding.rule.starts_with("MAL-")
}

/// Whether exploitation elsewhere is an alarm here: not where the flaw is rated LOW, which is how Debian and Ubuntu say
/// that little of it is left in their package (CVE-2023-44487 in nginx, whose defaults already limit it).
pub(super) fn is_exploited(finding: &Finding, vulnerability: &Vulnerability) -> bool {
    vulnerability.known_exploited.is_some() && finding.severity != Severity::Low
}

/// Whether a flaw without a fix is bad or likely enough to tell of.
pub(super) fn is_worth_watching(finding: &Finding, vulnerability: &Vulnerability) -> bool {
    let is_likely = vulnerability.epss.is_some_and(|epss| epss.score >= LIKELY);
    finding.severity >= Severity::High || (is_likely && finding.severity != Severity::Low)
}

/// Probability of exploitation times what is at stake.
pub(super) fn weight(finding: &Finding, vulnerability: &Vulnerability) -> f64 {
    let probability = vulnerability.epss.map_or(UNSCORED, |epss| epss.score.clamp(0.0, 1.0));
    probability * stake(finding.severity)
}

/// What is at stake: the middle of the severity's range of CVSS scores.
pub(super) fn stake(severity: Severity) -> f64 {
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
    if is_malicious(finding) {
        return Reason::Malicious { id };
    }
    let known = vulnerability.known_exploited.as_ref();
    if let Some(known) = known.filter(|_| is_exploited(finding, vulnerability)) {
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
