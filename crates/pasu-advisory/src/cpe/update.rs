//! Versions and the update field as one text.
//!
//! The same release is `openssh:9.2:p1` in one source and `9.2p1` in another, `tomcat:9.0.0:milestone1` and `9.0.0-M1`. Both are brought
//! to a version and an update word here, so that bounds and exact criteria compare like with like.

use super::evaluate::Compare;
use super::name::{Attribute, CpeName, Field};
use std::cmp::Ordering;

/// Words that begin an update, with the spelling that the NVD uses most.
const WORDS: [(&str, &str); 13] = [
    ("alpha", "alpha"),
    ("a", "alpha"),
    ("beta", "beta"),
    ("b", "beta"),
    ("milestone", "milestone"),
    ("m", "milestone"),
    ("rc", "rc"),
    ("preview", "preview"),
    ("pre", "pre"),
    ("patch", "p"),
    ("p", "p"),
    ("sp", "sp"),
    ("update", "update"),
];

/// What is known of the update of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Update {
    /// The name leaves it open.
    Open,
    /// There is none.
    Plain,
    /// `p1`, `rc2` in its usual spelling.
    Named(String),
}

/// A version with its update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    /// The version without the update.
    pub version: String,
    /// The update.
    pub update: Update,
}

impl Release {
    /// The release that a name states; `None` if it states no version.
    pub(super) fn of(name: &CpeName) -> Option<Self> {
        let version = name.attribute(Field::Version).text()?;
        Some(Self::from_parts(&version, name.attribute(Field::Update)))
    }

    pub(super) fn from_parts(version: &str, update: Attribute<'_>) -> Self {
        match update {
            Attribute::Value(_) => {
                let update = Update::Named(usual(&update.text().unwrap_or_default()));
                Self { version: version.to_owned(), update }
            }
            Attribute::NotApplicable => Self { version: version.to_owned(), update: Update::Plain },
            Attribute::Any => Self::split(version)
                .unwrap_or_else(|| Self { version: version.to_owned(), update: Update::Open }),
        }
    }

    /// Splits `9.2p1` or `9.0.0-M1`. A lone letter as in OpenSSL's `1.1.1k` is part of the version: an update has a number.
    fn split(version: &str) -> Option<Self> {
        let base = version.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = version.get(base.len()..).filter(|number| !number.is_empty())?;
        let stem = base.trim_end_matches(['-', '_', '.']);
        let rest = stem.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let word = stem.get(rest.len()..)?.to_ascii_lowercase();
        let (_, usual) = WORDS.iter().find(|(known, _)| *known == word)?;
        let version = rest.trim_end_matches(['-', '_', '.']);
        version.ends_with(|c: char| c.is_ascii_digit()).then(|| Self {
            version: version.to_owned(),
            update: Update::Named(format!("{usual}{number}")),
        })
    }

    /// Orders two releases: by version, then by update where the versions are the same. `None` if that can't be said.
    pub(super) fn order(&self, other: &Self, compare: &Compare<'_>) -> Option<Ordering> {
        let versions = if self.version == other.version {
            Ordering::Equal
        } else {
            compare(&self.version, &other.version)?
        };
        match versions {
            Ordering::Equal => self.update.order(&other.update),
            decided => Some(decided),
        }
    }
}

impl Update {
    pub(super) fn of(attribute: Attribute<'_>) -> Self {
        match attribute {
            Attribute::Any => Self::Open,
            Attribute::NotApplicable => Self::Plain,
            Attribute::Value(_) => Self::Named(usual(&attribute.text().unwrap_or_default())),
        }
    }

    /// Orders two updates of the same version. One that is left open counts as none: software says so when it has one.
    fn order(&self, other: &Self) -> Option<Ordering> {
        let (stage, word, number) = self.place()?;
        let (other_stage, other_word, other_number) = other.place()?;
        if stage == other_stage && word != other_word {
            return None;
        }
        Some(stage.cmp(&other_stage).then(number.cmp(&other_number)))
    }

    /// Where an update stands: its stage before or after the plain release, its word and its number.
    fn place(&self) -> Option<(u8, &str, u64)> {
        let Self::Named(update) = self else { return Some((PLAIN, "", 0)) };
        let word = update.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = update.get(word.len()..)?.parse().ok()?;
        let stage = match word {
            "alpha" => 0,
            "beta" => 1,
            "milestone" => 2,
            "pre" | "preview" | "rc" => 3,
            "p" | "sp" | "update" => PLAIN + 1,
            _ => return None,
        };
        Some((stage, word, number))
    }
}

/// The stage of a release without an update.
const PLAIN: u8 = 4;

/// An update word in its usual spelling: `m1`, `milestone_1` and `Milestone-1` are `milestone1`.
fn usual(update: &str) -> String {
    let flat: String =
        update.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect::<String>().to_lowercase();
    let word = flat.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = flat.get(word.len()..).unwrap_or_default();
    match WORDS.iter().find(|(known, _)| *known == word) {
        Some((_, usual)) if !number.is_empty() => format!("{usual}{number}"),
        _ => flat,
    }
}
