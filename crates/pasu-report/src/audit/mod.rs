//! Audits against a guideline: one file a format, each a pure function of the [`Audit`] and the options.

mod csv;
mod json;
pub(crate) use json::{Document, document};
mod sarif;
pub(crate) use sarif::run as sarif_run;
mod table;

use crate::RenderOptions;
use pasu_model::Audit;
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
}

const NAMES: [(AuditFormat, &str); 4] = [
    (AuditFormat::Table, "table"),
    (AuditFormat::Json, "json"),
    (AuditFormat::Sarif, "sarif"),
    (AuditFormat::Csv, "csv"),
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
}

/// Writes an audit in one format.
///
/// # Errors
/// Only what `out` says: an audit can always be printed.
pub fn render_audit(
    audit: &Audit,
    format: AuditFormat,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        AuditFormat::Table => table::write(audit, options, out),
        AuditFormat::Json => crate::format::write_json(&document(audit, options.lang), out),
        AuditFormat::Sarif => crate::format::write_json(&sarif::log(audit, options.lang), out),
        AuditFormat::Csv => csv::write(audit, options.lang, out),
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
