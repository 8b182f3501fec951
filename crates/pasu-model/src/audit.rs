//! What an audit against a guideline says: verdicts, their reasons and the evidence.

use crate::{OperatingSystem, Target, Text, Tool, TrivyCheck};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an item's check came to. The serialised names are part of the published schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The guideline's good case holds (양호).
    Pass,
    /// The guideline's bad case holds (취약).
    Fail,
    /// What the item is about is not there (해당없음).
    NotApplicable,
    /// Only a person can tell; the facts are given (수동점검).
    Manual,
    /// It could not be found out: no right, no tool, no time, a damaged file (점검불가).
    Blocked,
}

impl Verdict {
    /// Every verdict, in the order of a summary.
    pub const ALL: [Self; 5] =
        [Self::Pass, Self::Fail, Self::NotApplicable, Self::Manual, Self::Blocked];

    /// The serialised name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::Manual => "manual",
            Self::Blocked => "blocked",
        }
    }

    /// The words of Korean practice, and English ones.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Pass => Text::new("양호", "Pass"),
            Self::Fail => Text::new("취약", "Fail"),
            Self::NotApplicable => Text::new("해당없음", "N/A"),
            Self::Manual => Text::new("수동점검", "Manual"),
            Self::Blocked => Text::new("점검불가", "Blocked"),
        }
    }
}

/// How much an item weighs in a guideline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Importance {
    /// 하.
    Low,
    /// 중.
    Medium,
    /// 상.
    High,
}

impl Importance {
    /// Points in the score: high 3, medium 2, low 1.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
        }
    }

    /// The severity that it has among findings of other kinds.
    #[must_use]
    pub const fn severity(self) -> crate::Severity {
        match self {
            Self::Low => crate::Severity::Low,
            Self::Medium => crate::Severity::Medium,
            Self::High => crate::Severity::High,
        }
    }

    /// The words of Korean practice, and English ones.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Low => Text::new("하", "Low"),
            Self::Medium => Text::new("중", "Medium"),
            Self::High => Text::new("상", "High"),
        }
    }
}

/// A sentence with its key and arguments, so that programs need not read the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which sentence, unique within the item.
    pub key: String,
    /// What was put into it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// The sentence in both languages.
    pub text: Text,
}

/// Where evidence was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A file of the target.
    File {
        /// Absolute path inside the target, lossily decoded.
        path: String,
        /// Line, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    },
    /// The answer of a tool.
    Command {
        /// The command line.
        line: String,
    },
}

impl Place {
    /// `/etc/passwd:3`, or `$ sshd -T`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::File { path, line: None } => path.clone(),
            Self::File { path, line: Some(line) } => format!("{path}:{line}"),
            Self::Command { line } => format!("$ {line}"),
        }
    }
}

/// What one piece of evidence says about the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It breaks the item.
    Bad,
    /// It hides whether the item holds.
    Unseen,
    /// A person has to look at it.
    Ask,
    /// It does not break the item, and should be known.
    Warning,
    /// It fulfils the item.
    Good,
    /// A fact.
    Note,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it says about the item.
    pub weight: Weight,
    /// The statement.
    pub message: Message,
    /// Where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The text found there, secrets masked, at most a few hundred characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// The part of the item it belongs to, for items that an older guideline counts apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

/// What a person answered to an item, kept between runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Their verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who answered.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// Last day on which it counts, `YYYY-MM-DD`.
    pub until: String,
}

/// A deviation that the organisation accepts for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedRisk {
    /// Why.
    pub reason: String,
    /// Last day on which it counts, `YYYY-MM-DD`.
    pub until: String,
    /// The file that says so.
    pub source: String,
}

/// The result of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// The guideline's number: `U-01`.
    pub code: String,
    /// The item's slug, the same in every guideline.
    pub item: String,
    /// The chapter's id: `unix`, `web`, `dbms`.
    pub chapter: String,
    /// The guideline's title.
    pub title: Text,
    /// The guideline's category.
    pub category: Text,
    /// How much it weighs.
    pub importance: Importance,
    /// The verdict that counts: a valid answer's, else the check's.
    pub verdict: Verdict,
    /// The check's own verdict, where an answer stands over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Verdict>,
    /// What decided.
    pub reason: Message,
    /// Everything found, what decides first.
    pub evidence: Vec<Evidence>,
    /// How many more pieces of evidence there are than are listed.
    #[serde(default)]
    pub more_evidence: u64,
    /// How to put it right.
    pub remedy: Text,
    /// What may happen where it is wrong; empty in results of old.
    #[serde(default)]
    pub threat: Text,
    /// The check of Trivy that finds the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trivy: Option<TrivyCheck>,
    /// A person's answer that is valid today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The last day of an answer that has expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_answer: Option<Answer>,
    /// An exception that is valid today and covers everything that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<AcceptedRisk>,
}

impl ItemResult {
    /// Whether it is wrong and nobody has accepted that.
    #[must_use]
    pub fn is_open_failure(&self) -> bool {
        self.verdict == Verdict::Fail && self.accepted.is_none()
    }
}

/// The guideline of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidelineInfo {
    /// `kisa-2026`.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Where it is published.
    pub source: String,
}

/// A chapter of the guideline that was left out because what it is about is not installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentChapter {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// How many items it has.
    pub items: usize,
}

/// Counts and points of a set of results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// How many results have each verdict.
    pub counts: BTreeMap<Verdict, u32>,
    /// How many of the failures are accepted for a time.
    pub accepted: u32,
    /// Points of what passed.
    pub good_points: u32,
    /// Points of what passed or failed: what the score is of.
    pub judged_points: u32,
    /// Points of what is manual or blocked, which may be either.
    pub open_points: u32,
}

impl Score {
    /// The points and counts of results.
    #[must_use]
    pub fn of<'a>(results: impl IntoIterator<Item = &'a ItemResult>) -> Self {
        let mut score = Self::default();
        for result in results {
            *score.counts.entry(result.verdict).or_default() += 1;
            let weight = result.importance.weight();
            match result.verdict {
                Verdict::Pass => {
                    score.good_points += weight;
                    score.judged_points += weight;
                }
                Verdict::Fail => score.judged_points += weight,
                Verdict::Manual | Verdict::Blocked => score.open_points += weight,
                Verdict::NotApplicable => {}
            }
            score.accepted +=
                u32::from(result.verdict == Verdict::Fail && result.accepted.is_some());
        }
        score
    }

    /// How many results have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u32 {
        self.counts.get(&verdict).copied().unwrap_or(0)
    }

    /// Per cent of the points of what was judged; `None` where nothing was.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        share(self.good_points, self.judged_points)
    }

    /// Per cent if everything still open turns out wrong.
    #[must_use]
    pub fn lower_bound(&self) -> Option<f64> {
        share(self.good_points, self.judged_points + self.open_points)
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) * 100.0 / f64::from(whole))
}

/// An earlier audit of the same target by the same guideline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousAudit {
    /// When it began, RFC 3339.
    pub started: String,
    /// Its score.
    pub score: Score,
    /// Verdicts by code.
    pub verdicts: BTreeMap<String, Verdict>,
}

/// One audit, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Who ran.
    pub tool: Tool,
    /// When it began, RFC 3339.
    pub started: String,
    /// What was looked at.
    pub target: Target,
    /// Its operating system.
    pub os: Option<OperatingSystem>,
    /// The guideline.
    pub guideline: GuidelineInfo,
    /// The policy file that set parameters and exceptions.
    pub policy: Option<String>,
    /// Whether it was looked at with the rights of root.
    pub as_root: bool,
    /// Results in the guideline's order.
    pub results: Vec<ItemResult>,
    /// Chapters about what is not installed.
    pub absent: Vec<AbsentChapter>,
    /// The run before, if one was kept.
    pub previous: Option<PreviousAudit>,
}

impl Audit {
    /// The score of all results.
    #[must_use]
    pub fn score(&self) -> Score {
        Score::of(&self.results)
    }

    /// Results by chapter and category, in the guideline's order.
    #[must_use]
    pub fn categories(&self) -> Vec<(&str, &Text, Vec<&ItemResult>)> {
        let mut found: Vec<(&str, &Text, Vec<&ItemResult>)> = Vec::new();
        for result in &self.results {
            let same = |(chapter, category, _): &&mut (&str, &Text, Vec<&ItemResult>)| {
                *chapter == result.chapter && **category == result.category
            };
            match found.iter_mut().find(same) {
                Some((_, _, results)) => results.push(result),
                None => found.push((&result.chapter, &result.category, vec![result])),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Importance, ItemResult, Message, Score, Verdict};
    use crate::Text;
    use std::collections::BTreeMap;

    fn result(importance: Importance, verdict: Verdict) -> ItemResult {
        let text = Text::new("", "");
        ItemResult {
            code: String::new(),
            item: String::new(),
            chapter: String::new(),
            title: text.clone(),
            category: text.clone(),
            importance,
            verdict,
            checked: None,
            reason: Message { key: String::new(), args: BTreeMap::new(), text: text.clone() },
            evidence: Vec::new(),
            more_evidence: 0,
            remedy: text.clone(),
            threat: text,
            trivy: None,
            answer: None,
            expired_answer: None,
            accepted: None,
        }
    }

    #[test]
    fn what_nobody_judged_is_never_good() {
        let results = [
            result(Importance::High, Verdict::Pass),
            result(Importance::Medium, Verdict::Fail),
            result(Importance::Low, Verdict::Manual),
            result(Importance::High, Verdict::Blocked),
            result(Importance::High, Verdict::NotApplicable),
        ];
        let score = Score::of(&results);
        assert_eq!(score.percent(), Some(60.0));
        assert_eq!(score.lower_bound().map(f64::round), Some(33.0));
        assert_eq!((score.count(Verdict::Manual), score.open_points), (1, 4));
        assert_eq!(Score::default().percent(), None);
    }
}
