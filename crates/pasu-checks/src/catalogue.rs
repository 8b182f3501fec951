//! Items as data: texts in both languages, parameters, and which check decides.

use crate::kinds::{Kind, KindError};
use crate::messages::Sentences;
use crate::params::Params;
use crate::registry::{Check, ITEMS};
use pasu_model::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Value;

/// One item: what it is about and how it is decided.
pub struct Item {
    /// Its name, the same in every guideline: kebab-case, says what is wrong.
    pub slug: &'static str,
    /// Short title.
    pub title: Text,
    /// What is looked at.
    pub check: Text,
    /// Why it is looked at.
    pub purpose: Text,
    /// What may happen otherwise.
    pub threat: Text,
    /// The good case.
    pub good: Text,
    /// The bad case.
    pub bad: Text,
    /// How to put it right.
    pub fix: Text,
    /// What putting it right may break.
    pub impact: Text,
    /// Manual pages, standards and other things to read.
    pub references: Vec<String>,
    /// Who may carry out the fix.
    pub automation: Automation,
    /// What the fix endangers.
    pub risk: FixRisk,
    /// Whether the check reads the walk over the whole tree.
    pub walks: bool,
    /// Parameters by name.
    pub params: BTreeMap<String, ParamSpec>,
    pub(crate) reasons: Sentences,
    pub(crate) decider: Decider,
}

/// Who decides an item.
pub(crate) enum Decider {
    /// `check.rs` of its folder.
    Code(&'static dyn Check),
    /// A kind with its data.
    Kind(Kind),
}

/// Who may carry out a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Automation {
    /// Unattended: reversible, and no service or login is touched.
    Safe,
    /// Unattended when its preconditions were verified, with an undo on a timer.
    Guarded,
    /// Only when a person decides or gives a value.
    Confirm,
    /// Only by hand.
    Never,
}

/// What a fix endangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixRisk {
    /// Nothing known.
    None,
    /// Little.
    Low,
    /// A service may stop or refuse.
    Service,
    /// Somebody may be locked out.
    Lockout,
    /// Data may be lost or belong to others.
    Data,
}

/// A parameter that a policy may set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamSpec {
    /// What holds without a policy: what the guideline says.
    pub default: Value,
    /// What it means, Korean.
    pub ko: String,
    /// What it means, English.
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    kind: String,
    automation: Automation,
    risk: FixRisk,
    #[serde(default)]
    walks: bool,
    #[serde(default)]
    references: Vec<String>,
    title: Text,
    check: Text,
    purpose: Text,
    threat: Text,
    good: Text,
    bad: Text,
    fix: Text,
    impact: Text,
    #[serde(default)]
    params: BTreeMap<String, ParamSpec>,
    #[serde(default)]
    reasons: Sentences,
    /// What the kind needs; unread where the kind is `code`.
    #[serde(default)]
    spec: Option<toml::Table>,
}

/// All items.
pub struct Catalogue {
    items: Vec<Item>,
}

/// An item's folder that is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// `item.toml` cannot be read.
    #[error("items/{slug}/item.toml: {source}")]
    Definition {
        /// The item.
        slug: &'static str,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// The kind is not known or its data is wrong.
    #[error("items/{slug}/item.toml: {source}")]
    Kind {
        /// The item.
        slug: &'static str,
        /// What is wrong.
        source: KindError,
    },
    /// `kind = "code"` without `check.rs`, or another kind with one.
    #[error("items/{slug}: `kind = \"code\"` and check.rs go together")]
    Code {
        /// The item.
        slug: &'static str,
    },
}

impl Catalogue {
    /// Reads every item's folder, as compiled in.
    ///
    /// # Errors
    /// An item that is not as it should be; a test makes sure that a released program has none.
    pub fn load() -> Result<Self, CatalogueError> {
        let items = ITEMS
            .iter()
            .map(|source| item(source.slug, source.definition, source.code))
            .collect::<Result<_, _>>()?;
        Ok(Self { items })
    }

    /// All items by slug.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item of a slug.
    #[must_use]
    pub fn item(&self, slug: &str) -> Option<&Item> {
        let at = self.items.binary_search_by(|item| item.slug.cmp(slug)).ok()?;
        self.items.get(at)
    }
}

pub(crate) fn item(
    slug: &'static str,
    definition: &str,
    code: Option<&'static dyn Check>,
) -> Result<Item, CatalogueError> {
    let definition: Definition =
        toml::from_str(definition).map_err(|source| CatalogueError::Definition { slug, source })?;
    let decider = match (definition.kind.as_str(), code) {
        ("code", Some(check)) => Decider::Code(check),
        ("code", None) | (_, Some(_)) => return Err(CatalogueError::Code { slug }),
        (name, None) => {
            let spec = definition.spec.unwrap_or_default();
            Decider::Kind(
                Kind::parse(name, spec).map_err(|source| CatalogueError::Kind { slug, source })?,
            )
        }
    };
    Ok(Item {
        slug,
        title: definition.title,
        check: definition.check,
        purpose: definition.purpose,
        threat: definition.threat,
        good: definition.good,
        bad: definition.bad,
        fix: definition.fix,
        impact: definition.impact,
        references: definition.references,
        automation: definition.automation,
        risk: definition.risk,
        walks: definition.walks,
        params: definition.params,
        reasons: definition.reasons,
        decider,
    })
}

impl Item {
    /// The parameters with what a policy sets over the defaults.
    #[must_use]
    pub fn params(&self, set: Option<&BTreeMap<String, Value>>) -> Params {
        let mut values: BTreeMap<String, Value> =
            self.params.iter().map(|(name, spec)| (name.clone(), spec.default.clone())).collect();
        for (name, value) in set.into_iter().flatten() {
            values.insert(name.clone(), value.clone());
        }
        Params(values)
    }

    /// The sentences of this item.
    #[must_use]
    pub fn reasons(&self) -> &BTreeMap<String, Text> {
        &self.reasons
    }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;
    use crate::messages::placeholders;

    #[test]
    fn every_folder_is_an_item_with_texts_in_both_languages() {
        let catalogue = Catalogue::load().unwrap();
        assert!(!catalogue.items().is_empty());
        for item in catalogue.items() {
            let texts = [
                &item.title,
                &item.check,
                &item.purpose,
                &item.threat,
                &item.good,
                &item.bad,
                &item.fix,
                &item.impact,
            ];
            for text in texts {
                let (ko, en) = (text.ko.trim(), text.en.trim());
                assert!(!ko.is_empty() && !en.is_empty(), "{}: an empty text", item.slug);
                assert!(ko.chars().any(is_hangul), "{}: not Korean: {ko}", item.slug);
                assert!(!en.chars().any(is_hangul), "{}: not English: {en}", item.slug);
            }
            for (name, spec) in &item.params {
                assert!(!spec.ko.is_empty() && !spec.en.is_empty(), "{}: {name}", item.slug);
            }
            for (key, text) in &item.reasons {
                assert!(text.ko.chars().any(is_hangul), "{}: {key}: {}", item.slug, text.ko);
                let (ko, en) = (placeholders(&text.ko), placeholders(&text.en));
                assert_eq!(ko, en, "{}: {key} takes other values in Korean", item.slug);
            }
        }
    }

    fn is_hangul(c: char) -> bool {
        ('\u{ac00}'..='\u{d7a3}').contains(&c)
    }
}
