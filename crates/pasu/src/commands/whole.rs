//! Writing a whole inspection in every format asked for.

use super::output::{self, Destination};
use anyhow::{Context, Result, bail};
use pasu_model::{Changes, Inspection, Lang};
use pasu_report::book::Brand;
use pasu_report::{Format, RenderOptions, book_of, render_inspection};
use std::io::IsTerminal;

/// What is written, and how.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    pub inspection: &'a Inspection,
    pub changes: Option<&'a Changes>,
    pub brand: &'a Brand,
    pub lang: Lang,
    /// Flags of scans that say what JSON lists.
    pub list_packages: bool,
    pub show_suppressed: bool,
}

impl Whole<'_> {
    /// Writes it to one place.
    pub fn write(&self, destination: &Destination) -> Result<()> {
        let file = destination.file.as_deref();
        if destination.format == Format::Pdf {
            if file.is_none() && std::io::stdout().is_terminal() {
                bail!("a PDF is nothing for a terminal; hint: -o report.pdf");
            }
            let book =
                book_of(self.inspection, self.changes, &self.options(RenderOptions::default()));
            let bytes = pasu_pdf::render(&book).context("the PDF cannot be made")?;
            return output::to(file, self.lang, |_, out| out.write_all(&bytes));
        }
        output::to(file, self.lang, |look, out| {
            let options = self.options(look.options.clone());
            render_inspection(self.inspection, self.changes, destination.format, &options, out)
        })
    }

    fn options(&self, look: RenderOptions) -> RenderOptions {
        RenderOptions {
            lang: self.lang,
            list_packages: self.list_packages,
            show_suppressed: self.show_suppressed,
            brand: self.brand.clone(),
            utc_offset: Some(jiff::Zoned::now().offset().seconds()),
            ..look
        }
    }
}
