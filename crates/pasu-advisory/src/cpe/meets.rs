//! Whether one name meets one criterion.

use super::compare::{Relation, relation};
use super::configuration::{Criterion, VersionRange};
use super::evaluate::{Role, Scene, Truth};
use super::name::{Attribute, CpeName, Field};
use super::parse::quote;
use super::update::{Release, Update};
use pasu_model::Confidence;
use std::cmp::Ordering;

/// A name taken apart once.
pub(super) struct Target<'a> {
    attributes: [Attribute<'a>; 11],
    release: Option<Release>,
}

impl<'a> Target<'a> {
    pub(super) fn of(name: &'a CpeName) -> Self {
        Self { attributes: name.attributes(), release: Release::of(name) }
    }

    pub(super) fn attribute(&self, field: Field) -> Attribute<'a> {
        self.attributes.get(field as usize).copied().unwrap_or(Attribute::Any)
    }
}

/// Same part, vendor and product, all of them values without wildcards.
pub(super) fn same_product(wanted: &[Attribute<'_>; 11], target: &Target<'_>) -> bool {
    wanted.iter().zip(&target.attributes).take(3).all(|(wanted, found)| {
        wanted == found && matches!(wanted, Attribute::Value(_)) && !wanted.has_wildcard()
    })
}

impl Scene<'_> {
    /// Whether a name of the criterion's product meets it, and how sure that is.
    pub(super) fn meets(
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
        let (same, wanted) = match version {
            Attribute::NotApplicable => (false, Update::of(update)),
            Attribute::Any => (true, Update::of(update)),
            Attribute::Value(_) if version.has_wildcard() => {
                let found = quote(&release.version);
                let covered = relation(version, Attribute::Value(&found)) == Relation::Superset;
                (covered, Update::of(update))
            }
            Attribute::Value(_) => {
                let text = version.text().unwrap_or_default();
                let wanted = Release::from_parts(&text, update);
                (self.same_version(&wanted.version, &release.version, role), wanted.update)
            }
        };
        let (update, confidence) = match (&wanted, &release.update) {
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
