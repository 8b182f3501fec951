//! Whether a record's configurations apply to one piece of software in its environment.
//!
//! Three-valued: what can't be seen (hardware, applications that were not looked for) is unknown, and only what is surely true is a hit.
//! An operating system is known as soon as the environment names one, so that "on Windows" is false on Debian.

use super::compare::{Relation, relation};
use super::configuration::{Configuration, Criterion, Operator, VersionRange};
use super::name::{Attribute, CpeName, Field};
use super::update::{Release, Update};
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

/// A name taken apart once.
struct Target<'a> {
    attributes: [Attribute<'a>; 11],
    release: Option<Release>,
}

impl<'a> Target<'a> {
    fn of(name: &'a CpeName) -> Self {
        Self { attributes: name.attributes(), release: Release::of(name) }
    }

    fn attribute(&self, field: Field) -> Attribute<'a> {
        self.attributes.get(field as usize).copied().unwrap_or(Attribute::Any)
    }
}

/// What is known to hold, in rising order of how far it helps an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    fn from_bool(holds: bool) -> Self {
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
enum Role {
    Software,
    Environment,
}

struct Scene<'a> {
    software: Target<'a>,
    environment: Vec<Target<'a>>,
    compare: &'a Compare<'a>,
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
        if same_product(&wanted, &self.software) {
            let (truth, confidence) = self.meets(criterion, &wanted, &self.software, role);
            if truth == Truth::True {
                let met = criterion.vulnerable.then_some((criterion, confidence));
                return Outcome { truth, met };
            }
        }
        Outcome { truth: self.surroundings(criterion, &wanted), met: None }
    }

    /// Whether something of the environment meets a criterion.
    fn surroundings(&self, criterion: &Criterion, wanted: &[Attribute<'_>; 11]) -> Truth {
        let known = self.environment.iter().filter(|target| same_product(wanted, target));
        let best =
            known.map(|target| self.meets(criterion, wanted, target, Role::Environment).0).max();
        best.unwrap_or_else(|| self.absent(wanted))
    }

    /// What it means that nothing known has the product. Software of the wanted name that merely has another version, and any operating
    /// system beside the one that runs, is surely absent.
    fn absent(&self, wanted: &[Attribute<'_>; 11]) -> Truth {
        let system = Attribute::Value("o");
        let knows_system =
            self.environment.iter().any(|target| target.attribute(Field::Part) == system);
        let wants_system = wanted.first() == Some(&system);
        if same_product(wanted, &self.software) || (wants_system && knows_system) {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    fn meets(
        &self,
        criterion: &Criterion,
        wanted: &[Attribute<'_>; 11],
        target: &Target<'_>,
        role: Role,
    ) -> (Truth, Confidence) {
        let (version, confidence) = self.version(criterion, wanted, target, role);
        (version.min(self.circumstances(wanted, target)), confidence)
    }

    /// The version and update fields and the bounds.
    fn version(
        &self,
        criterion: &Criterion,
        wanted: &[Attribute<'_>; 11],
        target: &Target<'_>,
        role: Role,
    ) -> (Truth, Confidence) {
        let [_, _, _, version, update, ..] = *wanted;
        let range = criterion.range.as_deref();
        // "Runs on linux_kernel:-" is how the NVD says "on any Linux".
        let any = match version {
            Attribute::Any => range.is_none() && update == Attribute::Any,
            Attribute::NotApplicable => role == Role::Environment,
            Attribute::Value(_) => false,
        };
        if any && role == Role::Environment {
            return (Truth::True, Confidence::High);
        }
        let Some(release) = &target.release else {
            let both = version == Attribute::NotApplicable
                && target.attribute(Field::Version) == Attribute::NotApplicable;
            return (if both { Truth::True } else { Truth::Unknown }, Confidence::Low);
        };
        if any {
            return (Truth::True, Confidence::Low);
        }
        let (exact, confidence) = self.exact(version, update, release, role);
        let in_range = range.map_or(Truth::True, |range| self.in_range(range, release));
        let confidence =
            if version == Attribute::Any && range.is_none() { Confidence::Low } else { confidence };
        (exact.min(in_range), confidence)
    }

    fn exact(
        &self,
        version: Attribute<'_>,
        update: Attribute<'_>,
        release: &Release,
        role: Role,
    ) -> (Truth, Confidence) {
        let wanted = match version {
            Attribute::NotApplicable => return (Truth::False, Confidence::High),
            Attribute::Any => Release::from_parts(&release.version, update),
            Attribute::Value(_) => Release::from_parts(&version.text().unwrap_or_default(), update),
        };
        let same = if version.has_wildcard() {
            relation(version, Attribute::Value(&super::parse::quote(&release.version)))
                == Relation::Superset
        } else {
            self.same_version(&wanted.version, &release.version, role)
        };
        let (update, confidence) = match (&wanted.update, &release.update) {
            (Update::Open, _) | (Update::Plain, Update::Plain) => (true, Confidence::High),
            (Update::Plain, Update::Open) => (true, Confidence::Medium),
            (wanted, found) => (wanted == found, Confidence::High),
        };
        (Truth::from_bool(same && update), confidence)
    }

    fn same_version(&self, wanted: &str, found: &str, role: Role) -> bool {
        // Debian 12 is `debian_linux:12.0` in the NVD.
        let trimmed = |version: &str| version.trim_end_matches(".0").to_owned();
        wanted == found
            || (self.compare)(wanted, found) == Some(Ordering::Equal)
            || (role == Role::Environment && trimmed(wanted) == trimmed(found))
    }

    fn in_range(&self, range: &VersionRange, release: &Release) -> Truth {
        let sides = [(&range.start, Ordering::Greater), (&range.end, Ordering::Less)];
        let mut truth = Truth::True;
        for (bound, side) in sides {
            let Some(bound) = bound else { continue };
            let limit = Release::from_parts(&bound.version, Attribute::Any);
            truth = truth.min(match release.order(&limit, self.compare) {
                Some(Ordering::Equal) => Truth::from_bool(bound.inclusive),
                Some(order) => Truth::from_bool(order == side),
                None => Truth::Unknown,
            });
        }
        truth
    }

    /// Everything after the update field.
    fn circumstances(&self, wanted: &[Attribute<'_>; 11], target: &Target<'_>) -> Truth {
        let fields = [
            Field::Edition,
            Field::Language,
            Field::SwEdition,
            Field::TargetSw,
            Field::TargetHw,
            Field::Other,
        ];
        let each = fields.into_iter().map(|field| {
            let source = wanted.get(field as usize).copied().unwrap_or(Attribute::Any);
            match relation(source, target.attribute(field)) {
                Relation::Equal | Relation::Superset => Truth::True,
                Relation::Disjoint => Truth::False,
                Relation::Undefined => Truth::Unknown,
                // "-" asks for nothing that a name without the attribute lacks.
                Relation::Subset if source == Attribute::NotApplicable => Truth::True,
                Relation::Subset if field == Field::TargetSw => self.runs_in(source),
                Relation::Subset => Truth::Unknown,
            }
        });
        each.min().unwrap_or(Truth::True)
    }

    /// Whether the environment has the product that `target_sw` asks for.
    fn runs_in(&self, target_sw: Attribute<'_>) -> Truth {
        let product = match target_sw {
            Attribute::Value("linux" | "unix") => Attribute::Value("linux_kernel"),
            other => other,
        };
        let found = self.environment.iter().any(|each| each.attribute(Field::Product) == product);
        if found { Truth::True } else { Truth::Unknown }
    }
}

/// Same part, vendor and product, all of them values without wildcards.
fn same_product(wanted: &[Attribute<'_>; 11], target: &Target<'_>) -> bool {
    wanted.iter().zip(&target.attributes).take(3).all(|(wanted, found)| {
        wanted == found && matches!(wanted, Attribute::Value(_)) && !wanted.has_wildcard()
    })
}
