//! Why an ignore file or VEX document cannot be used.

use serde::de::DeserializeOwned;

/// Why an ignore file or VEX document cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuppressError {
    /// One line of it is wrong.
    #[error("{file}:{line}: {reason}")]
    Line {
        /// The file as the user named it.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// It is wrong as a whole.
    #[error("{file}: {reason}")]
    File {
        /// The file as the user named it.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl SuppressError {
    pub(super) fn line(file: &str, line: usize, reason: impl Into<String>) -> Self {
        Self::Line { file: file.to_owned(), line, reason: reason.into() }
    }

    pub(super) fn file(file: &str, reason: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), reason: reason.into() }
    }
}

/// Reads JSON; an error names the line.
pub(super) fn json<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, SuppressError> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let message = error.to_string();
        let reason = message.strip_suffix(&place).unwrap_or(&message);
        SuppressError::line(file, line, format!("{reason} (column {column})"))
    })
}
