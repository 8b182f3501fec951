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

/// What a column needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Need {
    /// So that no word breaks that must not.
    pub hard: f32,
    /// So that it reads well.
    pub soft: f32,
}

/// The columns of a grid, where they begin and how wide they are: by their shares, but none narrower than it needs while
/// others have more than they need.
pub fn columns(shares: &[f32], needs: &[Need]) -> Vec<(f32, f32)> {
    let count = shares.len().max(1) as f32;
    // However small a share is, its column holds a few letters.
    let least = 26.0_f32.min(MEASURE / count);
    let bounded = |need: f32| if need.is_finite() { need.clamp(least, MEASURE) } else { least };
    let need = |index: usize| needs.get(index).copied().unwrap_or_default();
    let hard: Vec<f32> = (0..shares.len()).map(|index| bounded(need(index).hard)).collect();
    let soft: Vec<f32> =
        (0..shares.len()).map(|index| bounded(need(index).soft).max(hard[index])).collect();
    let widths = if hard.iter().sum::<f32>() > MEASURE {
        between(&vec![least; shares.len()], &hard)
    } else if soft.iter().sum::<f32>() > MEASURE {
        between(&hard, &soft)
    } else {
        shared(shares, &soft)
    };
    let mut x = SIDE;
    let mut all = Vec::with_capacity(shares.len());
    for width in widths {
        all.push((x, width));
        x += width;
    }
    all
}

/// Widths that fill the page, between those that are too narrow and those that are too wide for it.
fn between(narrow: &[f32], wide: &[f32]) -> Vec<f32> {
    let (least, most): (f32, f32) = (narrow.iter().sum(), wide.iter().sum());
    let part = if most > least { (MEASURE - least) / (most - least) } else { 0.0 };
    narrow.iter().zip(wide).map(|(narrow, wide)| narrow + (wide - narrow) * part).collect()
}

/// Widths that fill the page: what is needed, and the rest to those whose share is more.
fn shared(shares: &[f32], needs: &[f32]) -> Vec<f32> {
    let share = |share: &f32| if share.is_finite() { share.clamp(0.01, 1000.0) } else { 1.0 };
    let whole: f32 = shares.iter().map(share).sum();
    let spare = (MEASURE - needs.iter().sum::<f32>()).max(0.0);
    let over = |index: usize| (share(&shares[index]) / whole * MEASURE - needs[index]).max(0.0);
    let all_over: f32 = (0..shares.len()).map(over).sum();
    let part = |index: usize| {
        if all_over > 0.0 { over(index) / all_over } else { 1.0 / shares.len() as f32 }
    };
    needs.iter().enumerate().map(|(index, need)| need + part(index) * spare).collect()
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
        let words = cell.text.chars().take(200).collect::<String>().into();
        Some(Shape { node: cell.node, kind: Kind::Link { area, target, words } })
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
    use super::{Need, columns};
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
        let needs = |needs: &[(f32, f32)]| -> Vec<Need> {
            needs.iter().map(|(hard, soft)| Need { hard: *hard, soft: *soft }).collect()
        };
        let widths = |shares: &[f32], wanted: &[(f32, f32)]| -> Vec<f32> {
            let widths: Vec<f32> =
                columns(shares, &needs(wanted)).iter().map(|column| column.1).collect();
            assert!((widths.iter().sum::<f32>() - MEASURE).abs() < 0.1, "{widths:?}");
            widths
        };
        let wide = widths(&[1.0, 1.0, 8.0], &[(30.0, 80.0), (10.0, 10.0), (50.0, 100.0)]);
        assert!(wide[0] >= 80.0 && wide[1] < 60.0 && wide[2] > 300.0, "{wide:?}");
        let dense = widths(&[1.0, 1.0], &[(100.0, 1000.0), (300.0, 400.0)]);
        assert!(dense[0] > 100.0 && dense[1] >= 300.0, "{dense:?}");
        let full = widths(&[1.0, 1.0], &[(1000.0, 1000.0), (1000.0, 1000.0)]);
        assert!((full[0] - MEASURE / 2.0).abs() < 0.1, "{full:?}");
    }
}
