//! The list of formats and the one way in.

use crate::{table, trivy};
use pasu_model::{Lang, Run};
use std::io::{self, Write};

/// A form in which a run can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text for people.
    Table,
    /// Trivy's JSON report, `SchemaVersion` 2.
    Json,
}

/// Each format with the word that `--format` takes, Trivy's where Trivy has the format.
const NAMES: [(Format, &str); 2] = [(Format::Table, "table"), (Format::Json, "json")];

impl Format {
    /// Every format.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(format, _)| *format)
    }

    /// The format of a `--format` word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
    }

    /// The `--format` word.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }
}

/// What a report depends on besides the run.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// Language of the texts that Pasu itself writes.
    pub lang: Lang,
    /// Whether the table may hold colour escapes.
    pub color: bool,
    /// Columns of the terminal; `None` when nobody knows, as in a pipe.
    pub width: Option<usize>,
    /// Whether `json` lists all packages, not only the vulnerable ones.
    pub list_packages: bool,
    /// Whether `json` lists what an ignore file or VEX took out.
    pub show_suppressed: bool,
    /// When the report is made, RFC 3339. Empty: when the run began.
    pub created: String,
}

impl RenderOptions {
    /// The time to print as the report's own.
    pub(crate) fn created<'a>(&'a self, run: &'a Run) -> &'a str {
        if self.created.is_empty() { &run.started } else { &self.created }
    }
}

/// Writes a run in one format.
///
/// # Errors
/// Only what `out` says: a run can always be printed.
pub fn render(
    run: &Run,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(run, options, out),
        Format::Json => write_json(&trivy::report(run, options), out),
    }
}

/// Indented JSON and a newline at the end, as command-line tools print it.
fn write_json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn every_name_reads_back() {
        for format in Format::all() {
            assert_eq!(Format::parse(format.name()), Some(format));
        }
        assert_eq!(Format::parse("xlsx"), None);
    }
}
