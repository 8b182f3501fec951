//! `pasu.toml`: parameters of items, and deviations that the organisation accepts for a time.

use crate::catalogue::{Catalogue, Item};
use crate::guideline::{Guideline, OF_IMAGES};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use toml::Value;

/// The largest policy file that is read, in bytes.
pub const MAX_POLICY: u64 = 1 << 20;

/// What an organisation sets for its audits.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The guideline, if one is chosen.
    pub guideline: Option<String>,
    /// Parameters by slug.
    pub items: BTreeMap<String, BTreeMap<String, Value>>,
    /// Accepted deviations, with slugs.
    pub exceptions: Vec<Exception>,
    /// The file it was read from, for results to name.
    pub source: String,
}

/// A deviation that is accepted for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The item's slug.
    pub item: String,
    /// Only this file of the item; everything of it without one.
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// Last day on which it counts.
    pub until: Date,
}

/// A policy file that is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// No TOML, or a key that nobody knows.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// The guideline is not one of ours.
    #[error("audit.guideline: there is no guideline `{0}`; hint: one of {1}")]
    Guideline(String, String),
    /// An item that no guideline has.
    #[error("{place}: there is no item `{name}`; hint: `pasu audit list` shows them all")]
    Item {
        /// Where in the file.
        place: String,
        /// What was written.
        name: String,
    },
    /// A parameter that the item does not have.
    #[error("audit.items.{item}: there is no parameter `{name}`; hint: {known}")]
    Param {
        /// The item as written.
        item: String,
        /// The parameter.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A parameter of another type.
    #[error("audit.items.{item}.{name}: {expected} is expected, as in {name} = {example}")]
    Type {
        /// The item as written.
        item: String,
        /// The parameter.
        name: String,
        /// The type in words.
        expected: &'static str,
        /// The default.
        example: String,
    },
    /// An exception without a reason, or a date that is none.
    #[error("audit.exceptions, number {number}: {what}")]
    Exception {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    audit: Option<AuditTable>,
    /// How reports look, and how long runs are kept: read by others.
    #[serde(default, rename = "report")]
    _report: Option<IgnoredAny>,
    #[serde(default, rename = "runs")]
    _runs: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditTable {
    guideline: Option<String>,
    #[serde(default)]
    items: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    exceptions: Vec<ExceptionTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionTable {
    item: String,
    path: Option<String>,
    reason: String,
    until: Value,
}

impl Policy {
    /// Reads a policy file's text; `source` names it in results.
    ///
    /// # Errors
    /// A key, an item, a parameter or a value that is not as it should be, with its place.
    pub fn parse(text: &str, source: &str, catalogue: &Catalogue) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text)?;
        let mut policy = Self { source: source.to_owned(), ..Self::default() };
        let Some(audit) = file.audit else { return Ok(policy) };
        if let Some(id) = audit.guideline {
            if !Guideline::ids().any(|known| known == id) {
                let known = Guideline::ids().collect::<Vec<_>>().join(", ");
                return Err(PolicyError::Guideline(id, known));
            }
            policy.guideline = Some(id);
        }
        let names = Names::new(policy.guideline.as_deref());
        for (name, values) in audit.items {
            let item = names.find(catalogue, &name, || format!("audit.items.{name}"))?;
            check_params(item, &name, &values)?;
            policy.items.entry(item.slug.to_owned()).or_default().extend(values);
        }
        for (index, exception) in audit.exceptions.into_iter().enumerate() {
            policy.exceptions.push(exception_of(exception, index + 1, &names, catalogue)?);
        }
        Ok(policy)
    }

    /// The exception that covers a whole item, or one file of it, on a day.
    #[must_use]
    pub fn exception(&self, item: &str, path: Option<&str>, today: Date) -> Option<&Exception> {
        self.exceptions.iter().find(|exception| {
            exception.item == item
                && exception.until >= today
                && exception.path.as_deref().is_none_or(|only| Some(only) == path)
        })
    }
}

/// Codes of the policy's guideline, of the default one otherwise, and of the guideline for images.
struct Names(Vec<Guideline>);

impl Names {
    fn new(guideline: Option<&str>) -> Self {
        let id = guideline.or_else(|| Guideline::ids().next());
        let ids = id.into_iter().chain([OF_IMAGES]);
        Self(ids.filter_map(Guideline::load).filter_map(Result::ok).collect())
    }

    /// The item of a slug or code.
    fn find<'a>(
        &self,
        catalogue: &'a Catalogue,
        name: &str,
        place: impl Fn() -> String,
    ) -> Result<&'a Item, PolicyError> {
        let entry = self.0.iter().find_map(|guideline| guideline.entries_of(name).next());
        let slug = entry.map_or(name, |entry| &entry.item);
        catalogue
            .item(slug)
            .ok_or_else(|| PolicyError::Item { place: place(), name: name.to_owned() })
    }
}

fn check_params(
    item: &Item,
    written: &str,
    values: &BTreeMap<String, Value>,
) -> Result<(), PolicyError> {
    for (name, value) in values {
        let Some(spec) = item.params.get(name) else {
            let known: Vec<&str> = item.params.keys().map(String::as_str).collect();
            let known = match known.as_slice() {
                [] => "this item has none".to_owned(),
                known => format!("one of {}", known.join(", ")),
            };
            let (item, name) = (written.to_owned(), name.clone());
            return Err(PolicyError::Param { item, name, known });
        };
        if !same_type(&spec.default, value) {
            return Err(PolicyError::Type {
                item: written.to_owned(),
                name: name.clone(),
                expected: type_name(&spec.default),
                example: serde_json::to_string(&spec.default).unwrap_or_default(),
            });
        }
    }
    Ok(())
}

fn same_type(default: &Value, value: &Value) -> bool {
    match (default, value) {
        // The element's type is that of the default's first one; an empty default takes texts.
        (Value::Array(known), Value::Array(values)) => {
            let text = Value::String(String::new());
            let first = known.first().unwrap_or(&text);
            values.iter().all(|value| first.same_type(value))
        }
        _ => default.same_type(value),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Boolean(_) => "true or false",
        Value::Integer(_) => "a whole number",
        Value::Array(values) if values.first().is_some_and(Value::is_integer) => {
            "a list of whole numbers"
        }
        Value::Array(_) => "a list of texts",
        _ => "a text",
    }
}

fn exception_of(
    table: ExceptionTable,
    number: usize,
    names: &Names,
    catalogue: &Catalogue,
) -> Result<Exception, PolicyError> {
    let wrong = |what: &str| PolicyError::Exception { number, what: what.to_owned() };
    let item =
        names.find(catalogue, &table.item, || format!("audit.exceptions, number {number}"))?;
    if table.reason.trim().is_empty() {
        return Err(wrong("a reason is needed"));
    }
    let until = match &table.until {
        Value::Datetime(date) => date.to_string(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    let until: Date =
        until.parse().map_err(|_| wrong("`until` is a date, as in until = 2027-03-31"))?;
    Ok(Exception {
        item: item.slug.to_owned(),
        path: table.path,
        reason: table.reason.trim().to_owned(),
        until,
    })
}
