//! A whole inspection in one format.

use crate::format::write_json;
use crate::targets::{Parts, Targets, only_image};
use crate::{
    Audited, Format, RenderOptions, book, cyclonedx, junit, render, render_audit_summary,
    render_audited, render_csv, render_html, render_images, render_markdown, sarif, spdx, trivy,
    write_inspection,
};
use pasu_model::{Changes, Inspection, Misconfigurations, Run};
use std::io::{self, Write};

/// Writes a whole inspection in one format: the machine and the images of its engine.
///
/// # Errors
/// What `out` says; and [`io::ErrorKind::Unsupported`] for PDF, which is made elsewhere.
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
            document(inspection, format, options, out)
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

/// A document for other programs. One image alone has the document it has as a scan.
fn document(
    inspection: &Inspection,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(image) = only_image(inspection) {
        let found = image.audit.as_ref().map(|audit| (audit, Misconfigurations::of(audit)));
        let audited = found.as_ref().map(|(audit, found)| Audited { audit, found });
        return render_audited(&image.run, audited, format, options, out);
    }
    let parts = Parts::of(inspection);
    let targets = Targets::of(inspection, &parts);
    match format {
        Format::Json => write_json(&trivy::report(&targets, options), out),
        Format::Sarif => write_json(&sarif::whole(&targets, options.lang), out),
        Format::CycloneDx => write_json(&cyclonedx::bom(&targets, options), out),
        Format::SpdxJson => write_json(&spdx::document(&targets, options), out),
        _ => spdx::write_tag_value(&spdx::document(&targets, options), out),
    }
}
