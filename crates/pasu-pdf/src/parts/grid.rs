//! Rows of cells: how they become strips.

use super::Parts;
use super::prose::Column;
use crate::flow::{Area, Kind, Shape, Strip};
use crate::style::{HAIR, MEASURE, SIDE, Style, ground, ink};
use crate::tags::{ARTIFACT, NodeId};
use pasu_report::book::{Align, Tone};

/// A cell before it is set.
pub struct GridCell {
    /// Its cleaned text.
    pub text: String,
    pub style: Style,
    pub align: Align,
    /// Its ground, where it is a badge.
    pub badge: Option<Tone>,
    /// Where it leads.
    pub link: Option<String>,
    pub node: NodeId,
}

/// A row's looks.
#[derive(Debug, Clone, Copy)]
pub struct RowStyle {
    /// Free space above and below the text.
    pub padding: f32,
    /// Behind the row.
    pub ground: Option<[u8; 3]>,
    /// The line below it.
    pub rule: ([u8; 3], f32),
}

impl RowStyle {
    /// A row of a table.
    pub const PLAIN: Self = Self { padding: 4.0, ground: None, rule: (HAIR, 0.5) };
}

/// The columns of a grid, where they begin and how wide they are: by their shares, but none narrower than it needs while
/// others have more than they need.
pub fn columns(shares: &[f32], needs: &[f32]) -> Vec<(f32, f32)> {
    let share = |share: &f32| if share.is_finite() { share.clamp(0.01, 1000.0) } else { 1.0 };
    let whole: f32 = shares.iter().map(share).sum();
    let count = shares.len().max(1) as f32;
    // However small a share is, its column holds a few letters.
    let least = 26.0_f32.min(MEASURE / count);
    let mut needs: Vec<f32> = (0..shares.len())
        .map(|index| needs.get(index).copied().unwrap_or(0.0))
        .map(|need| if need.is_finite() { need.clamp(least, MEASURE) } else { least })
        .collect();
    let needed: f32 = needs.iter().sum();
    if needed > MEASURE {
        let part = (MEASURE - least * count) / (needed - least * count);
        needs.iter_mut().for_each(|need| *need = least + (*need - least) * part);
    }
    let spare = (MEASURE - needs.iter().sum::<f32>()).max(0.0);
    let over = |index: usize| (share(&shares[index]) / whole * MEASURE - needs[index]).max(0.0);
    let all_over: f32 = (0..shares.len()).map(over).sum();
    let mut x = SIDE;
    let mut all = Vec::with_capacity(shares.len());
    for (index, need) in needs.iter().enumerate() {
        let part = if all_over > 0.0 { over(index) / all_over } else { 1.0 / count };
        let width = need + part * spare;
        all.push((x, width));
        x += width;
    }
    all
}

impl Parts<'_> {
    /// A row as strips, one if it is not higher than `most`. Its cells stand beside each other, as many lines of each in
    /// a strip as fit.
    pub fn row(
        &self,
        columns: &[(f32, f32)],
        cells: &[GridCell],
        look: RowStyle,
        most: f32,
    ) -> Vec<Strip> {
        let set = |(cell, (x, width)): (&GridCell, &(f32, f32))| {
            let aside = (width * 0.12).min(5.0) + if cell.badge.is_some() { 1.0 } else { 0.0 };
            let column =
                Column { x: x + aside, width: (width - 2.0 * aside).max(0.1), align: cell.align };
            self.set(cell.node, &cell.text, cell.style, column)
        };
        let mut lines: Vec<_> = cells.iter().zip(columns).map(set).map(Vec::into_iter).collect();
        let leading = cells.iter().map(|cell| cell.style.leading).fold(1.0, f32::max);
        let fitting = (((most - 2.0 * look.padding) / leading).floor() as usize).max(1);
        let mut strips = Vec::new();
        loop {
            let pieces: Vec<Vec<Shape>> =
                lines.iter_mut().map(|lines| lines.take(fitting).collect()).collect();
            let count = pieces.iter().map(Vec::len).max().unwrap_or(0);
            if count == 0 && !strips.is_empty() {
                return strips;
            }
            strips.push(self.piece(columns, cells, look, pieces));
            if lines.iter().all(|lines| lines.len() == 0) {
                return strips;
            }
        }
    }

    fn piece(
        &self,
        columns: &[(f32, f32)],
        cells: &[GridCell],
        look: RowStyle,
        pieces: Vec<Vec<Shape>>,
    ) -> Strip {
        let high =
            |(cell, lines): (&GridCell, &Vec<Shape>)| cell.style.leading * lines.len() as f32;
        let text = cells.iter().zip(&pieces).map(high).fold(0.0, f32::max);
        let height = text + 2.0 * look.padding;
        let left = columns.first().map_or(SIDE, |column| column.0);
        let wide: f32 = columns.iter().map(|column| column.1).sum();
        let mut shapes = Vec::new();
        if let Some(colour) = look.ground {
            shapes.push(Shape::ground(Area::new(left, 0.0, wide, height), colour));
        }
        let (colour, thick) = look.rule;
        shapes.push(Shape::ground(Area::new(left, height - thick, wide, thick), colour));
        for (cell, lines) in cells.iter().zip(&pieces) {
            shapes.extend(self.badge(cell, lines, look.padding));
        }
        for (cell, lines) in cells.iter().zip(pieces) {
            for (index, line) in lines.into_iter().enumerate() {
                let down = look.padding + index as f32 * cell.style.leading;
                shapes.extend(self.link(cell, &line).map(|link| link.down(down)));
                shapes.push(line.down(down));
            }
        }
        Strip { height, shapes, ..Strip::default() }
    }

    /// The ground of a badge: around its word, or behind all its lines.
    fn badge(&self, cell: &GridCell, lines: &[Shape], padding: f32) -> Option<Shape> {
        let tone = cell.badge?;
        let boxes = lines.iter().filter_map(|line| self.extent(cell, line));
        let all = boxes.reduce(|one, two| {
            let (x, right) = (one.x.min(two.x), (one.x + one.width).max(two.x + two.width));
            Area { x, width: right - x, ..one }
        })?;
        let height = cell.style.leading * lines.len() as f32;
        let area = Area::new(all.x - 4.5, padding, all.width + 9.0, height);
        let kind = Kind::Box {
            area,
            ground: Some(ground(tone)),
            edge: Some(if tone == Tone::Plain { HAIR } else { ink(tone) }),
            radius: 2.5,
        };
        Some(Shape { node: ARTIFACT, kind })
    }

    fn link(&self, cell: &GridCell, line: &Shape) -> Option<Shape> {
        let target = cell.link.as_deref()?.into();
        let area = self.extent(cell, line)?;
        Some(Shape { node: cell.node, kind: Kind::Link { area, target } })
    }

    /// Where the letters of a line are, from the line's top; none where there are no letters.
    fn extent(&self, cell: &GridCell, line: &Shape) -> Option<Area> {
        let Kind::Text { x, text, .. } = &line.kind else { return None };
        let Style { size, bold, leading, .. } = cell.style;
        let width = self.fonts.face(bold).width(text.trim_end(), size);
        (width > 0.0).then(|| Area::new(*x, 0.0, width, leading))
    }
}

#[cfg(test)]
mod tests {
    use super::columns;
    use crate::style::{MEASURE, SIDE};

    #[test]
    fn shares_are_kept_and_fill_the_page() {
        for shares in [&[1.0, 3.0][..], &[0.0, 1.0, f32::NAN], &[1e30, -1.0], &[1.0; 60]] {
            let columns = columns(shares, &[]);
            let (x, width) = columns[columns.len() - 1];
            assert!((x + width - SIDE - MEASURE).abs() < 0.1, "{shares:?}: {columns:?}");
            assert!(columns.iter().all(|(_, width)| *width >= 8.0), "{shares:?}: {columns:?}");
        }
        let two = columns(&[1.0, 3.0], &[]);
        assert!((two[1].1 / two[0].1 - 3.0).abs() < 0.01, "{two:?}");
        assert!(columns(&[], &[]).is_empty());
    }

    #[test]
    fn a_column_gets_what_its_words_need_from_those_that_have_more() {
        let columns = columns(&[1.0, 1.0, 8.0], &[80.0, 10.0, 100.0]);
        let widths: Vec<f32> = columns.iter().map(|column| column.1).collect();
        assert!(widths[0] >= 80.0 && widths[1] < 60.0 && widths[2] > 300.0, "{widths:?}");
        assert!((widths.iter().sum::<f32>() - MEASURE).abs() < 0.1, "{widths:?}");
        let full = super::columns(&[1.0, 1.0], &[1000.0, 1000.0]);
        assert!((full[0].1 - MEASURE / 2.0).abs() < 0.1, "{full:?}");
    }
}
