//! Relations between packages (Debian Policy, chapter 7): `libc6 (>= 2.31), foo:any | bar`.

use super::Order;
use super::stanza::Stanza;
use std::cmp::Ordering;

/// One relation to one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation<'a> {
    pub name: &'a str,
    /// As written after the name: `any`, an architecture.
    pub qualifier: &'a str,
    pub version: Option<(&'a str, &'a str)>,
}

/// Reads a field: all of the outer list, any of an inner one.
pub(super) fn parse(field: &str) -> Vec<Vec<Relation<'_>>> {
    let clauses = field
        .split(',')
        .map(|clause| clause.split('|').filter_map(relation).collect::<Vec<Relation<'_>>>());
    clauses.filter(|clause| !clause.is_empty()).collect()
}

fn relation(text: &str) -> Option<Relation<'_>> {
    let text = text.trim();
    let (full, rest) = match text.find(['(', '[', '<', ' ']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let (name, qualifier) = full.split_once(':').unwrap_or((full, ""));
    if name.is_empty() {
        return None;
    }
    let inside = rest.trim().strip_prefix('(').and_then(|rest| rest.split(')').next());
    let version = inside.map(|inside| {
        let inside = inside.trim();
        let end = inside.find(|c: char| !"<>=".contains(c)).unwrap_or(0);
        let (operator, version) = inside.split_at(end);
        (operator, version.trim())
    });
    Some(Relation { name, qualifier, version })
}

impl std::fmt::Display for Relation<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)?;
        match self.version {
            Some((operator, version)) => write!(formatter, " ({operator} {version})"),
            None => Ok(()),
        }
    }
}

/// A clause as it is written.
pub(super) fn shown(clause: &[Relation<'_>]) -> String {
    clause.iter().map(Relation::to_string).collect::<Vec<_>>().join(" | ")
}

impl Relation<'_> {
    /// Whether a version is what the relation wants. A version that is none fits nothing.
    pub fn fits(&self, version: &str, order: Order) -> bool {
        let Some((operator, wanted)) = self.version else { return true };
        let Some(found) = order(version, wanted) else { return false };
        match operator {
            "<<" => found == Ordering::Less,
            "<=" | "<" => found != Ordering::Greater,
            "=" => found == Ordering::Equal,
            ">=" | ">" => found != Ordering::Less,
            ">>" => found == Ordering::Greater,
            _ => false,
        }
    }

    /// Whether a package, by its fields, is what the relation wants: by its name, or by what it provides.
    pub fn is_met_by(&self, package: &Stanza, architecture: &str, order: Order) -> bool {
        let own = package.text("Architecture");
        let multi = package.text("Multi-Arch");
        let across = matches!(multi, "foreign") || multi == "allowed" && self.qualifier == "any";
        let fits_architecture = [own, architecture].contains(&"all")
            || own == architecture
            || across
            || self.qualifier == own;
        if !fits_architecture {
            return false;
        }
        if package.text("Package") == self.name && self.fits(package.text("Version"), order) {
            return true;
        }
        self.is_provided_by(package, order)
    }

    /// Only a provided name with a version meets a relation with one.
    fn is_provided_by(&self, package: &Stanza, order: Order) -> bool {
        let Some(provides) = package.get("Provides") else { return false };
        parse(provides).iter().flatten().any(|provided| {
            provided.name == self.name
                && match (self.version, provided.version) {
                    (None, _) => true,
                    (Some(_), Some(("=", version))) => self.fits(version, order),
                    _ => false,
                }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, shown};
    use crate::patch::layer::stanza::Stanza;

    #[test]
    fn relations_are_met_by_name_version_and_what_is_provided() {
        let package = Stanza::parse(
            "Package: libfoo1\nVersion: 2\nArchitecture: amd64\nProvides: foo, foo-abi (= 7)\n",
        );
        for (relation, met) in [
            ("libfoo1", true),
            ("libfoo1 (>= 2)", true),
            ("libfoo1 (>> 2)", false),
            ("libfoo1(<<3) [amd64]", true),
            ("libfoo1:any (= 2)", true),
            ("foo", true),
            ("foo (>= 1)", false),
            ("foo-abi (= 7)", true),
            ("foo-abi (>= 8)", false),
            ("libfoo2", false),
        ] {
            let clauses = parse(relation);
            let order = |a: &str, b: &str| a.partial_cmp(b);
            assert_eq!(clauses[0][0].is_met_by(&package, "amd64", order), met, "{relation}");
        }
        assert!(parse("  , ").is_empty());
        assert_eq!(shown(&parse("a (>= 1) | b:any")[0]), "a (>= 1) | b");
    }
}
