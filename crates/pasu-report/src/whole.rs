//! A whole inspection in one format.

use crate::{
    Format, RenderOptions, book, junit, render, render_audit_summary, render_csv, render_html,
    render_images, render_markdown, write_inspection,
};
use pasu_model::{Changes, Inspection, Run};
use std::io::{self, Write};

/// Writes a whole inspection in one format: the machine and the images of its engine.
///
/// # Errors
/// What `out` says; and [`io::ErrorKind::Unsupported`] for documents of one target of an inspection that looked at no
/// packages.
pub fn render_inspection(
    inspection: &Inspection,
    changes: Option<&Changes>,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table(inspection, options, out),
        Format::Pasu => write_inspection(inspection, out),
        Format::Markdown => render_markdown(&book_of(inspection, changes, options), out),
        Format::Csv => render_csv(inspection, changes, options.lang, out),
        Format::Html => render_html(&book_of(inspection, changes, options), out),
        Format::Pdf => {
            let elsewhere = "PDF is made of the book by pasu-pdf";
            Err(io::Error::new(io::ErrorKind::Unsupported, elsewhere))
        }
        Format::Junit => junit::write(inspection, options.lang, out),
        Format::Json | Format::Sarif | Format::CycloneDx | Format::SpdxJson | Format::Spdx => {
            of_one(inspection, format, options, out)
        }
    }
}

/// The report of an inspection as options ask for it.
#[must_use]
pub fn book_of(
    inspection: &Inspection,
    changes: Option<&Changes>,
    options: &RenderOptions,
) -> book::Book {
    book(inspection, changes, &options.book())
}

/// Everything for people at a terminal, one part below the other.
fn table(inspection: &Inspection, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    if let Some(audit) = &inspection.audit {
        render_audit_summary(audit, options, out)?;
    }
    if let Some(run) = &inspection.packages {
        render(run, Format::Table, options, out)?;
    }
    match inspection.images.as_slice() {
        [] => Ok(()),
        [image] if inspection.packages.is_none() => {
            if let Some(audit) = &image.audit {
                render_audit_summary(audit, options, out)?;
            }
            render(&image.run, Format::Table, options, out)
        }
        images => {
            let runs: Vec<Run> = images.iter().map(|image| image.run.clone()).collect();
            writeln!(out)?;
            render_images(&runs, options, out)
        }
    }
}

/// A document that holds one target: the machine, else the only image.
fn of_one(
    inspection: &Inspection,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match inspection.runs().next() {
        Some(run) => render(run, format, options, out),
        None => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("the inspection has no packages, so there is nothing for {}", format.name()),
        )),
    }
}
