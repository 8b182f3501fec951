//! Audits against a guideline: one file a format, each a pure function of the [`Audit`] and the options.

mod csv;
mod json;
pub(crate) use json::{Document, document};
mod sarif;
pub(crate) use sarif::run as sarif_run;
mod table;

use crate::{Format, RenderOptions, render_inspection};
use pasu_model::{Audit, Inspection};
use std::io::{self, Write};

/// The published schema of [`AuditFormat::Json`] (JSON Schema 2020-12).
pub const AUDIT_SCHEMA: &str = include_str!("../../schema/pasu-audit-1.json");

/// A form in which an audit can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditFormat {
    /// Text for people.
    Table,
    /// JSON with a published schema.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// CSV in the columns of Korean assessors.
    Csv,
    /// The report as GitHub-flavoured Markdown.
    Markdown,
    /// One self-contained HTML file.
    Html,
    /// PDF for the auditor; `pasu-pdf` makes it of the book.
    Pdf,
    /// JUnit's XML, for build servers.
    Junit,
}

const NAMES: [(AuditFormat, &str); 8] = [
    (AuditFormat::Table, "table"),
    (AuditFormat::Json, "json"),
    (AuditFormat::Sarif, "sarif"),
    (AuditFormat::Csv, "csv"),
    (AuditFormat::Markdown, "markdown"),
    (AuditFormat::Html, "html"),
    (AuditFormat::Pdf, "pdf"),
    (AuditFormat::Junit, "junit"),
];

impl AuditFormat {
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

    /// The format of inspections that it is, where an audit has none of its own: those hold the audit as an
    /// [inspection of one part](Inspection::of_audit).
    #[must_use]
    pub fn of_inspections(self) -> Option<Format> {
        match self {
            Self::Table | Self::Json | Self::Sarif | Self::Csv => None,
            Self::Markdown => Some(Format::Markdown),
            Self::Html => Some(Format::Html),
            Self::Pdf => Some(Format::Pdf),
            Self::Junit => Some(Format::Junit),
        }
    }
}

/// Writes an audit in one format.
///
/// # Errors
/// What `out` says; and [`io::ErrorKind::Unsupported`] for PDF, which is made elsewhere.
pub fn render_audit(
    audit: &Audit,
    format: AuditFormat,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let as_inspection = |format, out: &mut dyn Write| {
        render_inspection(&Inspection::of_audit(audit.clone()), None, format, options, out)
    };
    match format {
        AuditFormat::Table => table::write(audit, options, out),
        AuditFormat::Json => crate::format::write_json(&document(audit, options.lang), out),
        AuditFormat::Sarif => crate::format::write_json(&sarif::log(audit, options.lang), out),
        AuditFormat::Csv => csv::write(audit, options.lang, out),
        AuditFormat::Markdown => as_inspection(Format::Markdown, out),
        AuditFormat::Html => as_inspection(Format::Html, out),
        AuditFormat::Pdf => as_inspection(Format::Pdf, out),
        AuditFormat::Junit => as_inspection(Format::Junit, out),
    }
}

/// Writes the short form of an audit that stands before another report: head, score and what is wrong.
///
/// # Errors
/// Only what `out` says.
pub fn render_audit_summary(
    audit: &Audit,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    table::write_summary(audit, options, out)
}
