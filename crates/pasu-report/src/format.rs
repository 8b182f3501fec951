//! The list of formats and the one way in.

use crate::book::Brand;
use crate::targets::Targets;
use crate::{BookOptions, cyclonedx, pasu, sarif, spdx, table, trivy, whole};
use pasu_model::{Audit, Inspection, Lang, Misconfigurations, Run};
use std::io::{self, Write};

/// A form in which a run can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text for people.
    Table,
    /// Trivy's JSON report, `SchemaVersion` 2.
    Json,
    /// The whole run in Pasu's own versioned schema.
    Pasu,
    /// SARIF 2.1.0.
    Sarif,
    /// CycloneDX 1.6, JSON.
    CycloneDx,
    /// SPDX 2.3, JSON.
    SpdxJson,
    /// SPDX 2.3, tag-value.
    Spdx,
    /// The report as GitHub-flavoured Markdown.
    Markdown,
    /// Every finding in a line, for spreadsheets.
    Csv,
    /// One self-contained HTML file.
    Html,
    /// PDF for the auditor; `pasu-pdf` makes it of the book.
    Pdf,
    /// JUnit's XML, for build servers.
    Junit,
}

/// Each format with the word that `--format` takes, Trivy's where Trivy has the format.
const NAMES: [(Format, &str); 12] = [
    (Format::Table, "table"),
    (Format::Json, "json"),
    (Format::Pasu, "pasu"),
    (Format::Sarif, "sarif"),
    (Format::CycloneDx, "cyclonedx"),
    (Format::SpdxJson, "spdx-json"),
    (Format::Spdx, "spdx"),
    (Format::Markdown, "markdown"),
    (Format::Csv, "csv"),
    (Format::Html, "html"),
    (Format::Pdf, "pdf"),
    (Format::Junit, "junit"),
];

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
    /// Whose the report is and how it looks.
    pub brand: Brand,
    /// Seconds that the clock on the reader's wall is ahead of UTC.
    pub utc_offset: Option<i32>,
}

impl RenderOptions {
    /// The same for a report as a document.
    pub(crate) fn book(&self) -> BookOptions {
        BookOptions {
            lang: self.lang,
            brand: self.brand.clone(),
            created: self.created.clone(),
            utc_offset: self.utc_offset,
        }
    }

    /// The time to print as the report's own.
    pub(crate) fn created<'a>(&'a self, run: &'a Run) -> &'a str {
        if self.created.is_empty() { &run.started } else { &self.created }
    }
}

impl Format {
    /// Whether an audit can stand in it.
    #[must_use]
    pub fn holds_audit(self) -> bool {
        !matches!(self, Self::CycloneDx | Self::SpdxJson | Self::Spdx)
    }
}

/// An audit of what a run looked at, to stand in the run's own report.
#[derive(Debug, Clone, Copy)]
pub struct Audited<'a> {
    /// Everything that was judged.
    pub audit: &'a Audit,
    /// What of it failed, after what the user does not want to see was taken out.
    pub found: &'a Misconfigurations,
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
    render_audited(run, None, format, options, out)
}

/// Writes a run and an audit of the same target in one format, if it [holds one](Format::holds_audit). A table has its
/// own place for it: [`render_audit_summary`](crate::render_audit_summary).
///
/// # Errors
/// Only what `out` says.
pub fn render_audited(
    run: &Run,
    audited: Option<Audited<'_>>,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let targets = Targets::only(run, audited);
    match format {
        Format::Table => table::write(run, options, out),
        Format::Json => write_json(&trivy::report(&targets, options), out),
        Format::Pasu => write_json(&pasu::document(run, audited, options.lang), out),
        Format::Sarif => write_json(&sarif::log(run, audited, options.lang), out),
        Format::CycloneDx => write_json(&cyclonedx::bom(&targets, options), out),
        Format::SpdxJson => write_json(&spdx::document(&targets, options), out),
        Format::Spdx => spdx::write_tag_value(&spdx::document(&targets, options), out),
        Format::Markdown | Format::Csv | Format::Html | Format::Pdf | Format::Junit => {
            whole::render_inspection(&inspection(run, audited), None, format, options, out)
        }
    }
}

/// The scan as an inspection of its own.
fn inspection(run: &Run, audited: Option<Audited<'_>>) -> Inspection {
    Inspection::of_scan(run.clone(), audited.map(|audited| audited.audit.clone()))
}

/// Indented JSON and a newline at the end, as command-line tools print it.
pub(crate) fn write_json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
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
