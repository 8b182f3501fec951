//! A value inside a JSON document together with the path to it, so that an error can say where something is wrong.

use serde_json::Value;
use std::fmt;

/// What is wrong with a document, and where.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {what}")]
pub struct PlaceError {
    /// `Results[3].Vulnerabilities[2].Severity`.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

/// The way to a value.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("$"),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(upper, key) => write!(f, "{upper}.{key}"),
            Self::Index(upper, index) => write!(f, "{upper}[{index}]"),
        }
    }
}

/// An object of the document. A key that is missing and one that is null are the same, as in Go.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    value: &'a Value,
    path: Path<'a>,
}

impl<'a> At<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: Path::Root }
    }

    pub(super) fn error(&self, key: &str, what: impl Into<String>) -> PlaceError {
        PlaceError { path: Path::Key(&self.path, key).to_string(), what: what.into() }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    fn wrong(&self, key: &str, expected: &str, value: &Value) -> PlaceError {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.error(key, format!("expected {expected}, found {found}"))
    }

    /// A text; empty where there is none.
    pub(super) fn text(&self, key: &str) -> Result<&'a str, PlaceError> {
        match self.get(key) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong(key, "a string", other)),
        }
    }

    /// A text that must be there.
    pub(super) fn needed(&self, key: &str) -> Result<&'a str, PlaceError> {
        match self.text(key)? {
            "" => Err(self.error(key, "is missing")),
            text => Ok(text),
        }
    }

    pub(super) fn owned(&self, key: &str) -> Result<Option<String>, PlaceError> {
        Ok(Some(self.text(key)?).filter(|text| !text.is_empty()).map(str::to_owned))
    }

    pub(super) fn number(&self, key: &str) -> Result<u64, PlaceError> {
        match self.get(key) {
            None => Ok(0),
            Some(value) => value.as_u64().ok_or_else(|| self.wrong(key, "a whole number", value)),
        }
    }

    pub(super) fn float(&self, key: &str) -> Result<Option<f64>, PlaceError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => {
                value.as_f64().map(Some).ok_or_else(|| self.wrong(key, "a number", value))
            }
        }
    }

    pub(super) fn is(&self, key: &str) -> Result<bool, PlaceError> {
        match self.get(key) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(key, "true or false", value)),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, PlaceError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = || self.wrong(key, "a list of strings", value);
        let owned = |text: &Value| text.as_str().map(str::to_owned).ok_or_else(wrong);
        value.as_array().ok_or_else(wrong)?.iter().map(owned).collect()
    }

    /// Calls for the object of a key, if there is one.
    pub(super) fn object<T>(
        &self,
        key: &str,
        read: impl FnOnce(At<'_>) -> Result<T, PlaceError>,
    ) -> Result<Option<T>, PlaceError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) if value.is_object() => {
                read(At { value, path: Path::Key(&self.path, key) }).map(Some)
            }
            Some(value) => Err(self.wrong(key, "an object", value)),
        }
    }

    /// Calls for every key of the object of a key.
    pub(super) fn entries(
        &self,
        key: &str,
        mut read: impl FnMut(&str, At<'_>) -> Result<(), PlaceError>,
    ) -> Result<(), PlaceError> {
        self.object(key, |map| {
            for (key, value) in map.value.as_object().into_iter().flatten() {
                read(key, At { value, path: Path::Key(&map.path, key) })?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Calls for every object of the list of a key.
    pub(super) fn list<T>(
        &self,
        key: &str,
        mut read: impl FnMut(At<'_>) -> Result<T, PlaceError>,
    ) -> Result<Vec<T>, PlaceError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| self.wrong(key, "a list", value))?;
        let upper = Path::Key(&self.path, key);
        let one = |(index, value): (usize, &Value)| {
            let at = At { value, path: Path::Index(&upper, index) };
            if !value.is_object() {
                let what = "expected an object".to_owned();
                return Err(PlaceError { path: at.path.to_string(), what });
            }
            read(at)
        };
        list.iter().enumerate().map(one).collect()
    }

    /// How many entries the list of a key has.
    pub(super) fn count(&self, key: &str) -> usize {
        self.get(key).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// The value itself as a number, of an object whose values are numbers.
    pub(super) fn itself(&self) -> Option<u64> {
        self.value.as_u64()
    }
}
