//! One VEX statement, whichever format it was written in.

use super::package_pattern::PackagePattern;
use jiff::Timestamp;
use pasu_model::PurlParts;
use std::sync::Arc;

/// What one author says about one vulnerability in some products.
#[derive(Debug, Default)]
pub(super) struct Statement {
    pub file: Arc<str>,
    /// Every name of the vulnerability.
    pub ids: Vec<String>,
    pub verdict: Verdict,
    /// Of two statements about the same thing the newer counts.
    pub time: Option<Timestamp>,
    /// The reason given.
    pub reason: String,
    /// What it is about; nothing if empty.
    pub products: Vec<Product>,
}

/// How the vulnerability concerns the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Verdict {
    /// The vulnerable code is not there or cannot be reached.
    NotAffected,
    /// These products hold the fix.
    Fixed,
    /// Affected, or not known yet: the finding stays.
    #[default]
    Open,
}

impl Verdict {
    /// The word for reports; `None` if the finding stays.
    pub(super) const fn suppresses(self) -> Option<&'static str> {
        match self {
            Self::NotAffected => Some("not_affected"),
            Self::Fixed => Some("fixed"),
            Self::Open => None,
        }
    }
}

/// A product, and the parts of it that the statement is limited to.
#[derive(Debug, Default)]
pub(super) struct Product {
    pub itself: Component,
    /// All parts if empty.
    pub parts: Vec<Component>,
}

/// A product or a part of one.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// Identifiers that are no package URL: an IRI, a host name, a path.
    pub names: Vec<String>,
    pub packages: Vec<PackagePattern>,
}

impl Component {
    fn is_package(&self, package: Option<&PurlParts>) -> bool {
        package.is_some_and(|package| self.packages.iter().any(|pattern| pattern.matches(package)))
    }
}

/// The thing a statement may have as its product, as seen from a vulnerable package.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    /// The vulnerable package itself.
    Package,
    /// A package that needs it.
    Dependent(Option<&'a PurlParts>),
    /// All that was scanned, by its name and, if it has one, its package URL.
    Target(&'a str, Option<&'a PurlParts>),
}

impl Statement {
    /// Whether it speaks of `package` as the subject or as a part of it.
    pub(super) fn is_about(&self, subject: Subject<'_>, package: Option<&PurlParts>) -> bool {
        self.products.iter().any(|product| match subject {
            // What holds for the whole package holds for the parts it is made of.
            Subject::Package => product.itself.is_package(package),
            Subject::Dependent(dependent) => {
                product.itself.is_package(dependent) && product.has_part(package)
            }
            Subject::Target(name, purl) => {
                let named = product.itself.names.iter().any(|known| same_place(known, name));
                (named || product.itself.is_package(purl)) && product.has_part(package)
            }
        })
    }
}

impl Product {
    fn has_part(&self, package: Option<&PurlParts>) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| part.is_package(package))
    }
}

/// Whether a product's name is the target's; a slash at the end means nothing.
fn same_place(known: &str, target: &str) -> bool {
    let (bare, target_bare) = (known.trim_end_matches('/'), target.trim_end_matches('/'));
    known == target || (!bare.is_empty() && bare == target_bare)
}
