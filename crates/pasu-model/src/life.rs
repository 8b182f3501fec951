//! What findings live through from one inspection to the next: new, open, fixed, accepted, reopened.
//!
//! Pure: two inspections in, the changes out. What an inspection did not look at does not become fixed by that.

use crate::{
    Audit, Fingerprint, Inspection, ItemResult, Part, Run, Severity, Suppressed, Text, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is wrong, as it is followed from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Its name in every run.
    pub fingerprint: Fingerprint,
    /// Which part found it.
    pub part: Part,
    /// The machine, or the image by its name.
    pub target: String,
    /// The record of [`crate::FindingSet::target`] or the guideline's id in which it stands.
    pub record: String,
    /// `CVE-2024-3094`, `U-01`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What it is about: the package's name; of an item nothing.
    pub subject: String,
    /// One line.
    pub title: Text,
    /// Known to be exploited.
    pub exploited: bool,
    /// Whether it is accepted, or ignored by a file.
    pub accepted: Option<Acceptance>,
}

/// On whose word something that is wrong may stay so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// The last day on which it counts, `YYYY-MM-DD`; empty where none was given.
    pub until: String,
    /// The file that says so.
    pub source: String,
}

/// Where a finding stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifeState {
    /// Seen for the first time.
    New,
    /// There before, and gone in between.
    Reopened,
    /// There before, and still there.
    Open,
    /// Accepted for a time, or ignored.
    Accepted,
    /// There before, and gone.
    Fixed,
}

impl LifeState {
    /// Every state, what matters most first.
    pub const ALL: [Self; 5] = [Self::New, Self::Reopened, Self::Open, Self::Accepted, Self::Fixed];

    /// The serialised name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Fixed => "fixed",
        }
    }

    /// The state of a serialised name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::New => Text::new("신규", "New"),
            Self::Reopened => Text::new("재발생", "Reopened"),
            Self::Open => Text::new("미조치", "Open"),
            Self::Accepted => Text::new("위험 수용", "Accepted"),
            Self::Fixed => Text::new("조치됨", "Fixed"),
        }
    }
}

/// A finding and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// What it is.
    pub tracked: Tracked,
    /// Where it stands.
    pub state: LifeState,
    /// When it was first seen, RFC 3339.
    pub first_seen: String,
    /// When it was last seen, RFC 3339.
    pub last_seen: String,
}

/// What changed between two inspections of a target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// When the earlier one began, RFC 3339.
    pub since: String,
    /// The earlier score, in per cent.
    pub score_before: Option<f64>,
    /// What is new, reopened, accepted since, or fixed; by state, then worst first. What stayed is only counted.
    pub lives: Vec<Life>,
    /// How many findings are open now and were before.
    pub open: usize,
    /// How many of the earlier findings this inspection could not look for.
    pub not_looked_for: usize,
}

impl Changes {
    /// How many are in a state.
    #[must_use]
    pub fn count(&self, state: LifeState) -> usize {
        match state {
            LifeState::Open => self.open,
            _ => self.lives.iter().filter(|life| life.state == state).count(),
        }
    }

    /// What changed from one inspection to a later one, without what was before the earlier one.
    #[must_use]
    pub fn between(before: &Inspection, after: &Inspection) -> Self {
        let known: BTreeMap<Fingerprint, Life> = before
            .tracked()
            .into_iter()
            .map(|tracked| {
                let state =
                    if tracked.accepted.is_some() { LifeState::Accepted } else { LifeState::Open };
                let life = Life {
                    state,
                    first_seen: before.started.clone(),
                    last_seen: before.started.clone(),
                    tracked,
                };
                (life.tracked.fingerprint.clone(), life)
            })
            .collect();
        let mut changes = Self::of(&known, after).0;
        changes.since.clone_from(&before.started);
        changes.score_before = before.score().and_then(|score| score.percent());
        changes
    }

    /// What an inspection changes in the lives known before it, and those lives as they stand after it.
    #[must_use]
    pub fn of(known: &BTreeMap<Fingerprint, Life>, after: &Inspection) -> (Self, Vec<Life>) {
        let mut changes = Self::default();
        let mut lives = Vec::new();
        let mut seen = BTreeSet::new();
        for tracked in after.tracked() {
            if !seen.insert(tracked.fingerprint.clone()) {
                continue;
            }
            let before = known.get(&tracked.fingerprint);
            let life = Life::seen(tracked, before, &after.started);
            let stays = before.is_some_and(|before| before.state.stays(life.state));
            changes.note(&life, stays);
            lives.push(life);
        }
        let scope = after.scope();
        for (fingerprint, before) in known {
            if seen.contains(fingerprint) {
                continue;
            }
            let mut life = before.clone();
            if before.state != LifeState::Fixed {
                if scope.covers(&before.tracked) {
                    life.state = LifeState::Fixed;
                    changes.note(&life, false);
                } else {
                    changes.not_looked_for += 1;
                }
            }
            lives.push(life);
        }
        changes.lives.sort_by(|a, b| {
            let key = |life: &Life| (life.state, std::cmp::Reverse(life.tracked.severity));
            key(a).cmp(&key(b)).then_with(|| a.tracked.order().cmp(&b.tracked.order()))
        });
        (changes, lives)
    }

    fn note(&mut self, life: &Life, stays: bool) {
        if !stays {
            self.lives.push(life.clone());
        } else if life.state == LifeState::Open {
            self.open += 1;
        }
    }
}

impl LifeState {
    /// Whether a finding that was in this state and is now in the other did not change for a reader.
    const fn stays(self, now: Self) -> bool {
        matches!(
            (self, now),
            (Self::New | Self::Reopened | Self::Open | Self::Accepted, Self::Open)
                | (Self::Accepted, Self::Accepted)
        )
    }
}

impl Life {
    fn seen(tracked: Tracked, before: Option<&Self>, at: &str) -> Self {
        let state = match (before.map(|before| before.state), &tracked.accepted) {
            (_, Some(_)) => LifeState::Accepted,
            (None, None) => LifeState::New,
            (Some(LifeState::Fixed), None) => LifeState::Reopened,
            (Some(_), None) => LifeState::Open,
        };
        let first_seen = before.map_or_else(|| at.to_owned(), |before| before.first_seen.clone());
        Self { tracked, state, first_seen, last_seen: at.to_owned() }
    }
}

impl Tracked {
    fn order(&self) -> (Part, &str, &str, &str) {
        (self.part, &self.target, &self.rule, &self.subject)
    }
}

impl Inspection {
    /// Everything that is wrong, in a fixed order.
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
        all
    }

    /// What this inspection looked at well enough for an absent finding to be gone.
    fn scope(&self) -> Scope<'_> {
        let mut scope = Scope::default();
        for audit in self.audits() {
            for result in &audit.results {
                if matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable) {
                    let key = (audit.target.name.as_str(), result.code.as_str());
                    scope.items.insert((key, audit.guideline.id.as_str()));
                }
            }
        }
        for run in self.runs().filter(|run| run.database.is_some()) {
            if run.unseen.is_empty() {
                scope.targets.insert(&run.target.name);
            }
            scope
                .records
                .extend(run.sets.iter().map(|set| (run.target.name.as_str(), set.target.as_str())));
        }
        // An image that is no longer on the engine has no findings there: all that are there were listed.
        scope.all_images = self
            .part(Part::Images)
            .is_some_and(|part| part.state == crate::PartState::Whole && self.packages.is_some());
        scope
    }
}

/// What an inspection looked at.
#[derive(Default)]
struct Scope<'a> {
    items: BTreeSet<((&'a str, &'a str), &'a str)>,
    targets: BTreeSet<&'a str>,
    records: BTreeSet<(&'a str, &'a str)>,
    all_images: bool,
}

impl Scope<'_> {
    fn covers(&self, tracked: &Tracked) -> bool {
        let (target, record) = (tracked.target.as_str(), tracked.record.as_str());
        self.items.contains(&((target, tracked.rule.as_str()), record))
            || self.targets.contains(target)
                && (tracked.part == Part::Packages || !tracked.subject.is_empty())
            || self.records.contains(&(target, record))
            || tracked.part == Part::Images && self.all_images && !self.targets.contains(target)
    }
}

fn of_audit(audit: &Audit, part: Part, all: &mut Vec<Tracked>) {
    for result in audit.results.iter().filter(|result| result.verdict == Verdict::Fail) {
        all.push(of_item(audit, result, part));
    }
}

fn of_item(audit: &Audit, result: &ItemResult, part: Part) -> Tracked {
    let target = &audit.target.name;
    Tracked {
        fingerprint: Fingerprint::of(target, &result.code, &[&audit.guideline.id]),
        part,
        target: target.clone(),
        record: audit.guideline.id.clone(),
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
    }
}

fn of_run(run: &Run, part: Part, all: &mut Vec<Tracked>) {
    for (set, finding) in run.findings() {
        let subject = set.package_of(finding).map_or("", |package| package.name.as_str());
        all.push(of_finding(run, part, finding, &set.target, subject));
    }
    for suppressed in &run.suppressed {
        let Suppressed { finding, package, target, source, statement, .. } = suppressed;
        let name = package.split(' ').next().unwrap_or_default();
        let mut tracked = of_finding(run, part, finding, target, name);
        tracked.accepted = Some(Acceptance {
            reason: statement.clone(),
            until: String::new(),
            source: source.clone(),
        });
        all.push(tracked);
    }
}

fn of_finding(
    run: &Run,
    part: Part,
    finding: &crate::Finding,
    record: &str,
    subject: &str,
) -> Tracked {
    let vulnerability = finding.vulnerability();
    let title = vulnerability.map_or("", |vulnerability| vulnerability.title.as_str());
    Tracked {
        fingerprint: finding.fingerprint.clone(),
        part,
        target: run.target.name.clone(),
        record: record.to_owned(),
        rule: finding.rule.clone(),
        severity: finding.severity,
        subject: subject.to_owned(),
        title: Text::new(title, title),
        exploited: vulnerability.is_some_and(|found| found.known_exploited.is_some()),
        accepted: None,
    }
}
