//! From the lives known before an inspection to those after it.

use super::{Life, LifeState, Tracked};
use crate::{Fingerprint, Inspection, Part};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What changed between two inspections of a target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// When the earlier one began, RFC 3339.
    pub since: String,
    /// The earlier score, in per cent, where the same guideline was asked.
    pub score_before: Option<f64>,
    /// What is new, reopened, accepted since, open again because its acceptance ended, or fixed; by state, then worst
    /// first. What stayed as it was is only counted.
    pub lives: Vec<Life>,
    /// How many findings are open now and were there before.
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
    ///
    /// They may be of two names of one thing (`shop:1` and `shop:2`, a folder and an image) and of two programs: findings
    /// are the same where rule, record, package and file are.
    #[must_use]
    pub fn between(before: &Inspection, after: &Inspection) -> Self {
        let names = (before.target.name.as_str(), after.target.name.as_str());
        let seen = |mut tracked: Tracked| {
            let mut key = place(&tracked);
            if tracked.target == names.0 {
                names.1.clone_into(&mut tracked.target);
                key[1].clone_from(&tracked.target);
            }
            (key, Life::seen(tracked, None, &before.started))
        };
        let known = before.tracked().into_iter().map(seen).collect();
        let now = after.tracked().into_iter().map(|tracked| (place(&tracked), tracked)).collect();
        let mut changes = follow(known, now, after).0;
        changes.since.clone_from(&before.started);
        let guideline = |inspection: &Inspection| {
            inspection.audit.as_ref().map(|audit| audit.guideline.id.clone())
        };
        if guideline(before) == guideline(after) {
            changes.score_before = before.score().and_then(|score| score.percent());
        }
        changes
    }

    /// What an inspection changes in the lives known before it, and those lives as they stand after it, in a fixed order.
    #[must_use]
    pub fn of(known: &[Life], after: &Inspection) -> (Self, Vec<Life>) {
        let owned = |(part, fingerprint): (Part, &Fingerprint)| (part, fingerprint.clone());
        let known = known.iter().map(|life| (owned(life.tracked.key()), life.clone())).collect();
        let now = after.tracked().into_iter().map(|tracked| (owned(tracked.key()), tracked));
        follow(known, now.collect(), after)
    }

    fn note_seen(&mut self, life: &Life, before: Option<&Life>) {
        let was_there = before.filter(|before| before.state != LifeState::Fixed);
        if life.state == LifeState::Open && was_there.is_some() {
            self.open += 1;
        }
        let stays = was_there.is_some_and(|before| before.state.later() == life.state);
        if !stays {
            self.lives.push(life.clone());
        }
    }
}

/// What a finding is, whoever found it and whatever its target is called.
fn place(tracked: &Tracked) -> [String; 6] {
    let Tracked { part, target, record, place, item, rule, subject, .. } = tracked;
    if !item.is_empty() {
        // As in its fingerprint: the code only tells the parts of one item apart.
        let is_first = tracked.fingerprint == Fingerprint::of(target, item, &["item"]);
        let code = if is_first { String::new() } else { rule.clone() };
        let none = String::new;
        return [part.key().to_owned(), target.clone(), item.clone(), code, none(), none()];
    }
    let path = |text: &str| text.trim_start_matches('/').to_owned();
    let (record, mut file) = (path(record), path(place));
    if file == record {
        file.clear();
    }
    [part.key().to_owned(), target.clone(), rule.clone(), record, subject.clone(), file]
}

/// From what was known to what is there now; how both are told apart is the caller's.
fn follow<K: Ord>(
    mut known: BTreeMap<K, Life>,
    now: BTreeMap<K, Tracked>,
    after: &Inspection,
) -> (Changes, Vec<Life>) {
    let mut changes = Changes::default();
    let mut lives = Vec::new();
    for (key, tracked) in now {
        let before = known.remove(&key);
        let life = Life::seen(tracked, before.as_ref(), &after.started);
        changes.note_seen(&life, before.as_ref());
        lives.push(life);
    }
    let scope = after.scope();
    for mut life in known.into_values() {
        if life.state != LifeState::Fixed {
            if scope.covers(&life.tracked) {
                life.state = LifeState::Fixed;
                changes.lives.push(life.clone());
            } else {
                life.state = life.state.later();
                changes.not_looked_for += 1;
            }
        }
        lives.push(life);
    }
    changes.lives.sort_by(|a, b| a.order().cmp(&b.order()));
    lives.sort_by(|a, b| a.tracked.key().cmp(&b.tracked.key()));
    (changes, lives)
}

impl LifeState {
    /// The state in the inspection after, where nothing changes.
    const fn later(self) -> Self {
        match self {
            Self::New | Self::Reopened | Self::Open => Self::Open,
            Self::Accepted => Self::Accepted,
            Self::Fixed => Self::Fixed,
        }
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

    /// By state, then what is exploited, then the worst first.
    #[must_use]
    pub fn order(&self) -> impl Ord + '_ {
        let Tracked { exploited, severity, part, target, rule, subject, .. } = &self.tracked;
        let worst = (Reverse(*exploited), Reverse(*severity));
        (self.state, worst, *part, target, rule, subject, &self.tracked.fingerprint)
    }
}
