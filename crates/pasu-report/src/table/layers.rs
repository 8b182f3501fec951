//! Which layers of an image brought the findings.

use super::Context;
use super::grid::{Cell, Grid, Row};
use super::paint::Ink;
use crate::safe_text::clip;
use crate::words::instruction;
use pasu_model::{ImageInfo, Run, Severity};
use std::io::{self, Write};

/// Digits of a diff ID that tell layers apart, as engines show them.
const DIGITS: usize = 12;
/// Longer instructions are cut: their beginning says which it is.
const INSTRUCTION: usize = 100;

/// Writes a line for each layer that brought findings, if the target is an image.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(image) = &context.run.image else { return Ok(()) };
    let counts = counts(context.run, image);
    if counts.iter().all(|counts| counts.iter().sum::<usize>() == 0) {
        return Ok(());
    }
    let heading = context.pick("취약점을 가져온 레이어", "Layers that brought them");
    writeln!(out, "\n{}", context.paint.text(Ink::Bold, heading))?;
    grid(context, image, &counts).draw(context.paint, context.width, out)
}

/// Findings of each layer's packages, by severity, the worst first.
pub(crate) fn counts(run: &Run, image: &ImageInfo) -> Vec<[usize; 5]> {
    let mut counts = vec![[0; 5]; image.layers.len()];
    for (set, finding) in run.findings() {
        let layer = set.package_of(finding).and_then(|package| package.layer);
        if let Some(counts) = layer.and_then(|layer| counts.get_mut(layer)) {
            let place = Severity::ALL.iter().rev().position(|s| *s == finding.severity);
            counts[place.unwrap_or(4)] += 1;
        }
    }
    counts
}

fn grid(context: &Context<'_>, image: &ImageInfo, counts: &[[usize; 5]]) -> Grid {
    let base = image.config.base_layers();
    let rows = image.layers.iter().zip(counts).enumerate();
    let rows = rows.filter(|(_, (_, counts))| counts.iter().sum::<usize>() > 0);
    let rows = rows.map(|(number, (layer, counts))| {
        let digits = layer.diff_id.trim_start_matches("sha256:").get(..DIGITS).unwrap_or("-");
        let mut cells: Vec<Cell> = vec![
            vec![(Ink::Plain, (number + 1).to_string())],
            vec![(Ink::Plain, digits.to_owned())],
        ];
        for (severity, count) in Severity::ALL.iter().rev().zip(counts) {
            let ink = if *count == 0 { Ink::Dim } else { Ink::Severity(*severity) };
            cells.push(vec![(ink, count.to_string())]);
        }
        let mut text = clip(instruction::plain(&layer.created_by), INSTRUCTION);
        if number < base {
            text = format!("[{}] {text}", context.pick("베이스", "base"));
        }
        cells.push(vec![(Ink::Plain, text)]);
        Row { cells, merged: 0 }
    });
    let words = ["C", "H", "M", "L", "?"];
    let headings = ["#", context.pick("레이어", "Layer")].into_iter().chain(words);
    let headings = headings.chain([context.pick("명령", "Instruction")]);
    Grid {
        headings: headings.map(str::to_owned).collect(),
        flexible: vec![(7, 20)],
        rows: rows.collect(),
    }
}
