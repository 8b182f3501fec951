//! A bordered table with wrapped cells, measured in terminal columns.

use super::paint::{Ink, Paint};
use crate::safe_text::{width, wrap};
use std::io::{self, Write};

/// Text of one cell: paragraphs, each in its ink.
pub(crate) type Cell = Vec<(Ink, String)>;

/// A table ready to be drawn.
pub(crate) struct Grid {
    pub(crate) headings: Vec<String>,
    /// The columns that may be made narrower, the first one first, with the least width of each.
    pub(crate) flexible: Vec<(usize, usize)>,
    pub(crate) rows: Vec<Row>,
}

/// One row.
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    /// This many cells from the left say the same as in the row above and are left blank.
    pub(crate) merged: usize,
}

impl Grid {
    /// Draws the table in at most `limit` columns, if that can be done.
    pub(crate) fn draw(&self, paint: Paint, limit: usize, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths(limit);
        writeln!(out, "{}", border(&widths, 0, ['┌', '┬', '┐']))?;
        let headings: Vec<Cell> =
            self.headings.iter().map(|heading| vec![(Ink::Bold, heading.clone())]).collect();
        draw_cells(&headings, &widths, paint, out)?;
        for row in &self.rows {
            writeln!(out, "{}", border(&widths, row.merged, ['├', '┼', '┤']))?;
            let shown: Vec<Cell> = row
                .cells
                .iter()
                .enumerate()
                .map(|(index, cell)| if index < row.merged { Vec::new() } else { cell.clone() })
                .collect();
            draw_cells(&shown, &widths, paint, out)?;
        }
        writeln!(out, "{}", border(&widths, 0, ['└', '┴', '┘']))
    }

    /// The width of each column: what its content needs, narrowed where the whole would be too wide.
    fn widths(&self, limit: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|heading| width(heading)).collect();
        for row in &self.rows {
            for (column, cell) in widths.iter_mut().zip(&row.cells) {
                let needed = cell.iter().map(|(_, text)| width(text)).max().unwrap_or(0);
                *column = (*column).max(needed);
            }
        }
        let frame = 3 * widths.len() + 1;
        let mut excess = (widths.iter().sum::<usize>() + frame).saturating_sub(limit);
        for (index, least) in &self.flexible {
            let Some(column) = widths.get_mut(*index) else { continue };
            let cut = excess.min(column.saturating_sub(*least));
            *column -= cut;
            excess -= cut;
        }
        widths
    }
}

/// The lines of one row of cells.
fn draw_cells(
    cells: &[Cell],
    widths: &[usize],
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns: Vec<Vec<(Ink, String)>> =
        cells.iter().zip(widths).map(|(cell, width)| lines(cell, *width)).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0).max(1);
    for index in 0..height {
        let mut line = String::from("│");
        for (column, available) in columns.iter().zip(widths) {
            let (ink, text) =
                column.get(index).map_or((Ink::Plain, ""), |(ink, text)| (*ink, text));
            let pad = available.saturating_sub(width(text));
            line.push(' ');
            line.push_str(&paint.text(ink, text));
            line.extend(std::iter::repeat_n(' ', pad + 1));
            line.push('│');
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A cell's paragraphs as lines of its width.
fn lines(cell: &Cell, limit: usize) -> Vec<(Ink, String)> {
    cell.iter()
        .filter(|(ink, text)| *ink != Ink::Link || width(text) <= limit)
        .flat_map(|(ink, text)| wrap(text, limit).into_iter().map(move |line| (*ink, line)))
        .collect()
}

/// A horizontal line; the `merged` first columns stay open.
fn border(widths: &[usize], merged: usize, [left, cross, right]: [char; 3]) -> String {
    let last = widths.len().saturating_sub(1);
    let mut line = String::new();
    line.push(if merged > 0 { '│' } else { left });
    for (index, width) in widths.iter().enumerate() {
        let fill = if index < merged { ' ' } else { '─' };
        line.extend(std::iter::repeat_n(fill, width + 2));
        line.push(match index {
            _ if index == last => right,
            _ if index + 1 < merged => '│',
            _ if index + 1 == merged => '├',
            _ => cross,
        });
    }
    line
}
