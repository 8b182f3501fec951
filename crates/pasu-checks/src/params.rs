//! The parameters of one item: its defaults with what the policy sets over them.

use std::collections::BTreeMap;
use toml::Value;

/// Parameters by name. Names and types were checked against `item.toml` before a check sees them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(pub(crate) BTreeMap<String, Value>);

impl Params {
    /// A number.
    #[must_use]
    pub fn integer(&self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_integer).unwrap_or_default()
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// A list of numbers.
    pub fn integers(&self, name: &str) -> impl Iterator<Item = i64> {
        let values = self.0.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_integer)
    }
}
