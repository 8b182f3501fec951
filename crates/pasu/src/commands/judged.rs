//! What of an audit counts in a scan: by the severities and ignore files that vulnerabilities are chosen by.

use jiff::civil::Date;
use pasu_advisory::suppress::Rules;
use pasu_model::{
    Audit, ItemResult, Misconfigurations, Place, Severity, Unseen, UnseenReason, Verdict,
};

/// An audit, and what of it failed.
pub struct Judged {
    pub audit: Audit,
    pub found: Misconfigurations,
}

impl Judged {
    /// Sets aside what ignore files name, and leaves out what has none of the severities, if any are named.
    pub fn new(mut audit: Audit, rules: &Rules, severities: &[Severity], today: Date) -> Self {
        let mut found = Misconfigurations::of(&audit);
        rules.set_aside(&mut found, &audit.target.name, today);
        for result in &mut audit.results {
            accept(result, &found);
        }
        let is_chosen =
            |severity: &Severity| severities.is_empty() || severities.contains(severity);
        found.passed.retain(is_chosen);
        for list in [&mut found.open, &mut found.set_aside] {
            list.retain(|found| is_chosen(&found.severity));
        }
        Self { audit, found }
    }

    /// Whether something could not be judged.
    pub fn is_blocked(&self) -> bool {
        self.blocked().next().is_some()
    }

    /// Items that could not be judged, as things not seen.
    pub fn unseen(&self) -> impl Iterator<Item = Unseen> {
        self.blocked().map(|result| Unseen {
            path: match &result.evidence.first().and_then(|evidence| evidence.place.as_ref()) {
                Some(Place::File { path, .. }) => path.clone(),
                _ => "/".to_owned(),
            },
            reason: reason(&result.reason.key),
            detail: format!("{}: {}", result.code, result.reason.text.en),
        })
    }

    fn blocked(&self) -> impl Iterator<Item = &ItemResult> {
        self.audit.results.iter().filter(|result| result.verdict == Verdict::Blocked)
    }
}

/// An item is accepted when everything that is wrong with it is.
fn accept(result: &mut ItemResult, found: &Misconfigurations) {
    if !result.is_open_failure() || found.open.iter().any(|open| open.code == result.code) {
        return;
    }
    let aside = found.set_aside.iter().find(|aside| aside.code == result.code);
    result.accepted = aside.and_then(|aside| aside.accepted.clone());
}

/// The reason that belongs to the key of a blocked item's sentence.
fn reason(key: &str) -> UnseenReason {
    match key.trim_start_matches("unseen-") {
        "permission" => UnseenReason::Permission,
        "timeout" => UnseenReason::Timeout,
        "limit" => UnseenReason::Limit,
        "malformed" => UnseenReason::Malformed,
        _ => UnseenReason::Io,
    }
}
