//! Whether a record's configurations apply to one piece of software in its environment.
//!
//! Three-valued: what can't be seen (hardware, applications that were not looked for) is unknown, and only what is surely true is a hit.
//! An operating system is known as soon as the environment names one, so that "on Windows" is false on Debian.

use super::configuration::{Configuration, Criterion, Operator};
use super::meets::{Target, same_product};
use super::name::{Attribute, CpeName, Field};
use pasu_model::Confidence;
use std::cmp::Ordering;

/// A version order.
pub type Compare<'a> = dyn Fn(&str, &str) -> Option<Ordering> + 'a;

/// The criterion that a piece of software met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpeHit {
    /// The `criteria`, as a formatted string.
    pub criteria: String,
    /// The bounds beside it, such as `>= 1.0, < 1.2`; empty without bounds.
    pub range: String,
    /// How sure the match is: low for "all versions", which is often only an entry nobody narrowed later; medium if the criterion is
    /// about releases without an update and the software's update is not known; else high.
    pub confidence: Confidence,
}

/// Evaluates a record's configurations for one piece of software.
///
/// `software` must state a version; a name alone never meets anything. `environment` names what else is known of the target: the
/// operating system, as distribution and as kernel, and other software. Among several criteria met, the surest is given.
#[must_use]
pub fn evaluate(
    configurations: &[Configuration],
    software: &CpeName,
    environment: &[CpeName],
    compare: &Compare<'_>,
) -> Option<CpeHit> {
    let scene = Scene {
        software: Target::of(software),
        environment: environment.iter().map(Target::of).collect(),
        compare,
    };
    let hits =
        configurations.iter().filter_map(|configuration| scene.configuration(configuration).hit());
    let (criterion, confidence) = surest(hits)?;
    Some(CpeHit {
        criteria: criterion.name.to_string(),
        range: criterion.range.as_ref().map(ToString::to_string).unwrap_or_default(),
        confidence,
    })
}

/// What is known to hold, in rising order of how far it helps an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    pub(super) fn from_bool(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

type Met<'c> = (&'c Criterion, Confidence);

/// The outcome of a criterion, a node or a configuration.
#[derive(Clone, Copy)]
struct Outcome<'c> {
    truth: Truth,
    met: Option<Met<'c>>,
}

impl<'c> Outcome<'c> {
    fn hit(self) -> Option<Met<'c>> {
        self.met.filter(|_| self.truth == Truth::True)
    }
}

/// The first of the surest.
fn surest<'c>(hits: impl Iterator<Item = Met<'c>>) -> Option<Met<'c>> {
    hits.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Joins outcomes. Nothing to join is unknown, and what is negated can't be met by software.
fn join<'c>(
    operator: Operator,
    negate: bool,
    outcomes: impl Iterator<Item = Outcome<'c>>,
) -> Outcome<'c> {
    let mut truth = None;
    let mut met = None;
    for outcome in outcomes {
        let so_far = truth.unwrap_or(outcome.truth);
        truth = Some(match operator {
            Operator::And => so_far.min(outcome.truth),
            Operator::Or => so_far.max(outcome.truth),
        });
        met = surest(met.into_iter().chain(outcome.hit()));
    }
    match (truth.unwrap_or(Truth::Unknown), negate) {
        (truth, false) => Outcome { truth, met },
        (Truth::True, true) => Outcome { truth: Truth::False, met: None },
        (Truth::False, true) => Outcome { truth: Truth::True, met: None },
        (Truth::Unknown, true) => Outcome { truth: Truth::Unknown, met: None },
    }
}

/// Who has to meet a criterion.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Software,
    Environment,
}

/// What a criterion is held against.
pub(super) struct Scene<'a> {
    software: Target<'a>,
    pub(super) environment: Vec<Target<'a>>,
    pub(super) compare: &'a Compare<'a>,
}

impl Scene<'_> {
    fn configuration<'c>(&self, configuration: &'c Configuration) -> Outcome<'c> {
        let nodes = configuration.nodes.iter().map(|node| {
            let criteria = node.criteria.iter().map(|criterion| self.criterion(criterion));
            join(node.operator, node.negate, criteria)
        });
        join(configuration.operator, configuration.negate, nodes)
    }

    fn criterion<'c>(&self, criterion: &'c Criterion) -> Outcome<'c> {
        let wanted = criterion.name.attributes();
        let role = if criterion.vulnerable { Role::Software } else { Role::Environment };
        let own = same_product(&wanted, &self.software)
            .then(|| self.meets(criterion, &wanted, &self.software, role));
        if let Some((Truth::True, confidence)) = own {
            let met = criterion.vulnerable.then_some((criterion, confidence));
            return Outcome { truth: Truth::True, met };
        }
        let own = own.map(|(truth, _)| truth);
        let truth = own.max(self.surroundings(criterion, &wanted));
        Outcome { truth: truth.unwrap_or_else(|| self.absent(&wanted)), met: None }
    }

    /// Whether something of the environment meets a criterion; `None` if nothing there is that product.
    fn surroundings(&self, criterion: &Criterion, wanted: &[Attribute<'_>; 11]) -> Option<Truth> {
        let same = self.environment.iter().filter(|target| same_product(wanted, target));
        same.map(|target| self.meets(criterion, wanted, target, Role::Environment).0).max()
    }

    /// What it means that nothing known is the product: an operating system beside the one that runs is surely absent.
    fn absent(&self, wanted: &[Attribute<'_>; 11]) -> Truth {
        let system = Attribute::Value("o");
        let knows_system =
            self.environment.iter().any(|target| target.attribute(Field::Part) == system);
        if wanted.first() == Some(&system) && knows_system { Truth::False } else { Truth::Unknown }
    }
}
