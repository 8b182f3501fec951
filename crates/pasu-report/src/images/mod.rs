//! Several images at once: one line an image, then the steps and the layers that matter to most of them. The same flaw
//! in forty images is one step, not forty.

mod overview;
pub(crate) mod shared;

use crate::table::paint::Paint;
use crate::table::{LEAST_WIDTH, WIDTH_IN_A_PIPE};
use crate::targets::Targets;
use crate::{RenderOptions, trivy};
use pasu_model::{Lang, Run};
use std::io::{self, Write};

/// What the parts of the overview need to know.
struct Context<'a> {
    runs: &'a [Run],
    lang: Lang,
    paint: Paint,
    width: usize,
}

/// Writes the overview for people.
///
/// # Errors
/// Only what `out` says.
pub fn render_images(runs: &[Run], options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let context = Context {
        runs,
        lang: options.lang,
        paint: Paint { color: options.color },
        width: options.width.unwrap_or(WIDTH_IN_A_PIPE).max(LEAST_WIDTH),
    };
    overview::write(&context, out)?;
    shared::actions(&context, out)?;
    shared::layers(&context, out)
}

/// Writes Trivy's JSON reports of several images as one list.
///
/// # Errors
/// Only what `out` says.
pub fn render_images_json(
    runs: &[Run],
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = |run| trivy::report(&Targets::only(run, None), options);
    let reports: Vec<_> = runs.iter().map(report).collect();
    crate::format::write_json(&reports, out)
}
