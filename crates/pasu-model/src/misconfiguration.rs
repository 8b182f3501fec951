//! What failed in an audit, each as one finding with a severity, for reports that list findings.

use crate::{AcceptedRisk, Audit, ItemResult, Message, Severity, Text, Verdict, Weight};
use serde::{Deserialize, Serialize};

/// The check of Trivy that finds the same as an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrivyCheck {
    /// Its number: `DS-0002`.
    pub id: String,
    /// Its severity there.
    pub severity: Severity,
    /// Keys of the item's sentences that say what it finds; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

impl TrivyCheck {
    fn finds(&self, key: &str) -> bool {
        self.reasons.is_empty() || self.reasons.iter().any(|reason| reason == key)
    }

    /// The forms in which the number is written in ignore files: `DS-0002`, `AVD-DS-0002`, `DS002`.
    pub fn names(id: &str) -> impl Iterator<Item = String> {
        let short = id.split_once("-0").map(|(family, number)| format!("{family}{number}"));
        [id.to_owned(), format!("AVD-{id}")].into_iter().chain(short)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Misconfiguration {
    /// Trivy's number where Trivy has such a check, else the guideline's.
    pub id: String,
    /// The guideline's number.
    pub code: String,
    /// The item's slug.
    pub item: String,
    /// Trivy's severity of its own checks, else what the item weighs.
    pub severity: Severity,
    /// The guideline's title.
    pub title: Text,
    /// What may happen.
    pub threat: Text,
    /// What was found.
    pub message: Message,
    /// How to put it right.
    pub remedy: Text,
    /// Whether `id` is Trivy's.
    pub is_of_trivy: bool,
    /// Who accepted it for a time, or ignores it.
    pub accepted: Option<AcceptedRisk>,
}

/// What an audit found, as findings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Misconfigurations {
    /// The severities that items which passed would have had.
    pub passed: Vec<Severity>,
    /// What is wrong.
    pub open: Vec<Misconfiguration>,
    /// What is wrong, and was accepted or ignored.
    pub set_aside: Vec<Misconfiguration>,
}

impl Misconfigurations {
    /// Everything that failed in an audit.
    #[must_use]
    pub fn of(audit: &Audit) -> Self {
        let is_passed = |result: &&ItemResult| result.verdict == Verdict::Pass;
        let passed = audit.results.iter().filter(is_passed);
        let passed = passed.map(|result| severity(result, result.trivy.as_ref())).collect();
        let all = audit.results.iter().flat_map(of_item);
        let (open, set_aside) = all.partition(|found| found.accepted.is_none());
        Self { passed, open, set_aside }
    }
}

/// Of Trivy's checks each cause on its own, as Trivy counts; of others the item as a whole.
fn of_item(result: &ItemResult) -> Vec<Misconfiguration> {
    if result.verdict != Verdict::Fail {
        return Vec::new();
    }
    let bad = result.evidence.iter().filter(|evidence| evidence.weight == Weight::Bad);
    let bad = bad.map(|evidence| &evidence.message);
    let is_of_trivy = |message: &Message| {
        result.trivy.as_ref().is_some_and(|check| check.finds(message.key.as_str()))
    };
    let (of_trivy, others): (Vec<&Message>, Vec<&Message>) =
        bad.partition(|message| is_of_trivy(message));
    let mut found: Vec<Misconfiguration> =
        of_trivy.into_iter().map(|message| one(result, message, result.trivy.as_ref())).collect();
    if let Some(message) = others.first() {
        let decided = if is_of_trivy(&result.reason) { message } else { &result.reason };
        found.push(one(result, decided, None));
    }
    if found.is_empty() {
        // Nothing but a person's word says that it failed.
        found.push(one(result, &result.reason, None));
    }
    found
}

fn severity(result: &ItemResult, check: Option<&TrivyCheck>) -> Severity {
    check.map_or(result.importance.severity(), |check| check.severity)
}

fn one(result: &ItemResult, message: &Message, check: Option<&TrivyCheck>) -> Misconfiguration {
    Misconfiguration {
        id: check.map_or(&result.code, |check| &check.id).clone(),
        code: result.code.clone(),
        item: result.item.clone(),
        severity: severity(result, check),
        title: result.title.clone(),
        threat: result.threat.clone(),
        message: message.clone(),
        remedy: result.remedy.clone(),
        is_of_trivy: check.is_some(),
        accepted: result.accepted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{TrivyCheck, of_item};
    use crate::{Evidence, Importance, ItemResult, Message, Severity, Text, Verdict, Weight};
    use std::collections::BTreeMap;

    fn message(key: &str) -> Message {
        Message { key: key.into(), args: BTreeMap::new(), text: Text::new(key, key) }
    }

    fn failed(trivy: Option<TrivyCheck>, keys: &[&str]) -> ItemResult {
        let text = Text::new("", "");
        let bad = |key: &&str| Evidence {
            weight: Weight::Bad,
            message: message(key),
            place: None,
            excerpt: None,
            part: None,
        };
        ItemResult {
            code: "IMG-12".into(),
            item: String::new(),
            chapter: String::new(),
            title: text.clone(),
            category: text.clone(),
            importance: Importance::High,
            verdict: Verdict::Fail,
            checked: None,
            reason: message(keys.first().copied().unwrap_or("answer")),
            evidence: keys.iter().map(bad).collect(),
            more_evidence: 0,
            remedy: text.clone(),
            threat: text,
            trivy,
            answer: None,
            expired_answer: None,
            accepted: None,
        }
    }

    #[test]
    fn only_what_trivy_finds_has_its_number() {
        let check = TrivyCheck {
            id: "DS-0004".into(),
            severity: Severity::Medium,
            reasons: vec!["exposed".into()],
        };
        let ids = |result: &ItemResult| -> Vec<(String, Severity, String)> {
            let found = of_item(result).into_iter();
            found.map(|found| (found.id, found.severity, found.message.key)).collect()
        };
        let entry = |id: &str, severity, key: &str| (id.to_owned(), severity, key.to_owned());
        let both = failed(Some(check.clone()), &["exposed", "installed", "installed"]);
        let expected = [
            entry("DS-0004", Severity::Medium, "exposed"),
            entry("IMG-12", Severity::High, "installed"),
        ];
        assert_eq!(ids(&both), expected);
        let own = failed(None, &["a", "b"]);
        assert_eq!(ids(&own), [entry("IMG-12", Severity::High, "a")]);
        let answered = failed(Some(check), &[]);
        assert_eq!(ids(&answered), [entry("IMG-12", Severity::High, "answer")]);
        let passed = ItemResult { verdict: Verdict::Manual, ..own };
        assert!(of_item(&passed).is_empty());
    }

    #[test]
    fn numbers_have_three_forms() {
        let names: Vec<String> = TrivyCheck::names("DS-0002").collect();
        assert_eq!(names, ["DS-0002", "AVD-DS-0002", "DS002"]);
    }
}
