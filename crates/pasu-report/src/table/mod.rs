//! The report for the person at the terminal: what this is, what to do first, then everything.
//!
//! Nothing of the target reaches the terminal uncleaned (see [`crate::safe_text`]).

mod findings;
mod first;
pub(crate) mod grid;
mod head;
pub(crate) mod layers;
pub(crate) mod paint;
pub(crate) mod paragraph;
mod rest;
mod system;
mod unseen;

use crate::RenderOptions;
use paint::{Ink, Paint};
use paragraph::Paragraph;
use pasu_model::{Lang, Run};
use std::io::{self, Write};

/// What every part of the table needs to know.
struct Context<'a> {
    run: &'a Run,
    lang: Lang,
    paint: Paint,
    /// Columns that may be used.
    width: usize,
}

/// Columns used where nobody knows the terminal: what pagers and mail show without breaking lines.
pub(crate) const WIDTH_IN_A_PIPE: usize = 150;

/// Below this no table can be read, and lines are left to the terminal to break.
pub(crate) const LEAST_WIDTH: usize = 60;

/// Writes the whole report.
pub(crate) fn write(run: &Run, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let context = Context {
        run,
        lang: options.lang,
        paint: Paint { color: options.color },
        width: options.width.unwrap_or(WIDTH_IN_A_PIPE).max(LEAST_WIDTH),
    };
    head::write(&context, out)?;
    first::write(&context, out)?;
    layers::write(&context, out)?;
    findings::write(&context, out)?;
    rest::write(&context, out)
}

impl Context<'_> {
    /// One of two texts.
    fn pick<'t>(&self, ko: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(ko, en)
    }

    /// A text wrapped to the width, the first line after `first`, all others indented as far.
    fn paragraph(&self, first: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.inked_paragraph(first, Ink::Plain, text, out)
    }

    /// The same in colour, which is put on after the lines are broken.
    fn inked_paragraph(
        &self,
        first: &str,
        ink: Ink,
        text: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        Paragraph { first, text, width: self.width }.write_in(self.paint, ink, out)
    }
}
