//! Tables, with their heads on each sheet, and facts.

use super::Parts;
use super::grid::{GridCell, Need, RowStyle, columns};
use super::prose::Column as Place;
use crate::flow::{Area, Shape, Strip, repeated};
use crate::style::{
    BODY, BOTTOM, CAPTION, CELL, DENSE, GREY, MEASURE, PALE, SIDE, Style, TOP, ink,
};
use crate::tags::NodeId;
use crate::text::clean;
use krilla::tagging::{TableHeaderScope, Tag};
use pasu_report::book::{Align, Cell, Column, ColumnKind, Fact, Row, Table, Tone};
use std::num::NonZeroU32;

/// What a sheet holds.
const PAGE: f32 = BOTTOM - TOP;
/// Whether a line may end after a letter.
type Breaks = fn(char) -> bool;

/// Tables of so many rows stay on one sheet, if they do not take too much of it.
const SHORT: usize = 12;

impl Parts<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        if table.columns.is_empty() {
            self.caption(self.section, table);
            return self.paragraph(&table.empty);
        }
        let node = self.structure.add(self.section, Tag::Table);
        let caption = self.caption(node, table);
        let shares: Vec<f32> = table.columns.iter().map(|column| column.share).collect();
        let mut style = CELL;
        let mut needs = self.needs(table, style.size);
        if needs.iter().map(|need| need.soft).sum::<f32>() > MEASURE {
            style = DENSE;
            needs = self.needs(table, style.size);
        }
        let places = columns(&shares, &needs);
        let head = self.head(node, &table.columns, &places, style);
        let head_height: f32 = head.iter().map(|strip| strip.height).sum();
        let head_again = repeated(&head);
        let most = (PAGE - head_height - caption).max(PAGE * 0.2);
        for strip in head {
            self.flow.push(Strip { is_glued: true, ..strip });
        }
        let body = self.structure.add(node, Tag::TBody);
        if table.rows.is_empty() {
            self.empty(body, table);
        }
        self.rows(body, table, &places, (most, head_again), style);
        self.flow.repeat_nothing();
        self.flow.push(Strip { height: 6.0, ..Strip::default() });
    }

    /// Puts down the rows. A short table stays on one sheet, and no row stays alone at the end or beginning of one.
    fn rows(
        &mut self,
        body: NodeId,
        table: &Table,
        places: &[(f32, f32)],
        (most, head): (f32, Vec<Strip>),
        style: Style,
    ) {
        let count = table.rows.len();
        let mut waiting: Vec<Strip> = Vec::new();
        let mut is_short = count <= SHORT;
        for (index, row) in table.rows.iter().enumerate() {
            let cells = self.cells(body, &table.columns, row, style);
            let mut strips = self.row(places, &cells, RowStyle::PLAIN, most);
            let is_end = index == 0 || index + 2 == count;
            if let [strip] = strips.as_mut_slice() {
                strip.is_glued = is_end && count > 1;
            }
            waiting.extend(strips);
            let height: f32 = waiting.iter().map(|strip| strip.height).sum();
            is_short &= height < PAGE * 0.3;
            if is_short && index + 1 < count {
                continue;
            }
            let last = waiting.len() - 1;
            for (place, strip) in waiting.drain(..).enumerate() {
                let is_glued = strip.is_glued || is_short && place < last;
                self.flow.push(Strip { is_glued, ..strip });
            }
            // The head stands above the first rows already.
            self.flow.repeat(head.clone());
        }
    }

    /// How wide each column has to be for letters of a size: running text most of its share, the others what stands in
    /// the head and the first rows. What takes too much of a page breaks.
    fn needs(&self, table: &Table, size: f32) -> Vec<Need> {
        const ROWS: usize = 300;
        let most = MEASURE * 0.14;
        let face = &self.fonts.bold;
        let longest = |text: &str, is_part: Breaks| {
            let widths = text.split_inclusive(is_part).map(|part| face.width(part.trim(), size));
            widths.filter(|width| *width <= most).fold(0.0, f32::max)
        };
        let whole: f32 = table.columns.iter().map(|column| column.share.max(0.0)).sum();
        let need = |(index, column): (usize, &Column)| {
            // Where its text may break, and where it does without looking broken: numbers with their units and badges
            // are read as one.
            let (hard, soft): (Breaks, Breaks) = match column.kind {
                ColumnKind::Code => {
                    (|c| c.is_whitespace() || "/-.:_~".contains(c), char::is_whitespace)
                }
                ColumnKind::Text => (char::is_whitespace, char::is_whitespace),
                ColumnKind::Number | ColumnKind::Badge => (char::is_whitespace, |c| c == '\n'),
            };
            let cells = table.rows.iter().take(ROWS).filter_map(|row| row.cells.get(index));
            let title = longest(&column.title, char::is_whitespace);
            let mut need = Need { hard: title, soft: title };
            for cell in cells {
                // The first column names the row: it breaks last.
                need.hard =
                    need.hard.max(longest(&cell.text, if index == 0 { soft } else { hard }));
                need.soft = need.soft.max(longest(&cell.text, soft));
            }
            (need.hard, need.soft) = (need.hard + 12.5, need.soft + 12.5);
            if column.kind == ColumnKind::Text {
                let share = column.share / whole * MEASURE;
                need.hard = title.max((share * 0.7).clamp(60.0, 90.0));
                need.soft = need.hard.max(share * 0.8);
            }
            need
        };
        table.columns.iter().enumerate().map(need).collect()
    }

    /// The caption, glued to the head; says how much room it takes.
    fn caption(&mut self, parent: NodeId, table: &Table) -> f32 {
        let text = clean(&table.caption);
        let anchor = Some(table.id.clone()).filter(|id| !id.is_empty());
        if text.trim().is_empty() {
            let (height, gap) = (2.0, 8.0);
            self.flow.push(Strip { height, gap, is_glued: true, anchor, ..Strip::default() });
            return height + gap;
        }
        let tag = self.structure.add(parent, Tag::Caption);
        let shapes = self.set(tag, &text, CAPTION, Place::PAGE);
        let height = shapes.len() as f32 * CAPTION.leading + 16.0;
        for (index, shape) in shapes.into_iter().enumerate() {
            self.flow.push(Strip {
                height: CAPTION.leading,
                gap: if index == 0 { 12.0 } else { 0.0 },
                shapes: vec![shape],
                is_glued: true,
                anchor: anchor.clone().filter(|_| index == 0),
                ..Strip::default()
            });
        }
        self.flow.push(Strip { height: 4.0, is_glued: true, ..Strip::default() });
        height
    }

    fn head(
        &mut self,
        table: NodeId,
        titles: &[Column],
        places: &[(f32, f32)],
        style: Style,
    ) -> Vec<Strip> {
        let head = self.structure.add(table, Tag::THead);
        let row = self.structure.add(head, Tag::TR);
        let cell = |column: &Column| GridCell {
            text: clean(&column.title),
            style: style.bold(),
            align: column.kind.align(),
            badge: None,
            link: None,
            node: self.structure.add(row, Tag::TH(TableHeaderScope::Column)),
        };
        let cells: Vec<_> = titles.iter().map(cell).collect();
        let look = RowStyle { padding: 5.0, ground: Some(PALE), rule: (GREY, 0.7) };
        let mut strips = self.row(places, &cells, look, PAGE * 0.5);
        // A head that takes more than half a sheet is cut; nothing would be left for rows.
        strips.truncate(1);
        for strip in &mut strips {
            strip.shapes.push(Shape::ground(Area::new(SIDE, 0.0, MEASURE, 1.2), self.accent));
        }
        strips
    }

    fn empty(&mut self, body: NodeId, table: &Table) {
        let row = self.structure.add(body, Tag::TR);
        let span = u32::try_from(table.columns.len()).ok().and_then(NonZeroU32::new);
        let cell = GridCell {
            text: clean(&table.empty),
            style: CELL.colour(GREY),
            align: Align::Middle,
            badge: None,
            link: None,
            node: self.structure.add(row, Tag::TD.with_col_span(span)),
        };
        for strip in self.row(&[(SIDE, MEASURE)], &[cell], RowStyle::PLAIN, PAGE * 0.8) {
            self.flow.push(strip);
        }
    }

    fn cells(
        &mut self,
        body: NodeId,
        columns: &[Column],
        row: &Row,
        usual: Style,
    ) -> Vec<GridCell> {
        let tag = self.structure.add(body, Tag::TR);
        let missing = Cell::default();
        let mut cells = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            let cell = row.cells.get(index).unwrap_or(&missing);
            let mut node = self.structure.add(tag, Tag::TD);
            let link = cell.link.clone().filter(|link| !cell.text.is_empty() && link.len() <= 2048);
            if link.is_some() {
                node = self.structure.add(node, Tag::Link);
            }
            let badge = (column.kind == ColumnKind::Badge).then_some(cell.tone);
            let style = match badge {
                Some(tone) => Style { size: usual.size - 0.5, ..usual }.bold().colour(ink(tone)),
                None => weight(usual, cell.tone, link.is_some().then_some(self.accent)),
            };
            let text = clean(&cell.text);
            cells.push(GridCell { text, style, align: column.kind.align(), badge, link, node });
        }
        cells
    }

    pub(super) fn facts(&mut self, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        let table = self.structure.add(self.section, Tag::Table);
        let names = facts.iter().map(|fact| self.fonts.bold.width(&clean(&fact.name), BODY.size));
        let name = (names.fold(0.0, f32::max) + 14.0).clamp(90.0, MEASURE * 0.35);
        let places = [(SIDE, name), (SIDE + name, MEASURE - name)];
        let mut rows = Vec::new();
        for fact in facts {
            let row = self.structure.add(table, Tag::TR);
            let name = self.structure.add(row, Tag::TH(TableHeaderScope::Row));
            let value = self.structure.add(row, Tag::TD);
            let style = Style { leading: 14.0, ..BODY };
            let cell = |text: &str, style, node| {
                let (align, badge, link) = (Align::Left, None, None);
                GridCell { text: clean(text), style, align, badge, link, node }
            };
            let cells = [
                cell(&fact.name, style.bold().colour(GREY), name),
                cell(&fact.value, style, value),
            ];
            rows.extend(self.row(&places, &cells, RowStyle::PLAIN, PAGE * 0.9));
        }
        let (count, height) = (rows.len(), rows.iter().map(|strip| strip.height).sum::<f32>());
        for (index, strip) in rows.into_iter().enumerate() {
            let is_end = index == 0 || index + 2 == count;
            let is_glued = index + 1 < count && (is_end || height < PAGE * 0.3);
            self.flow.push(Strip { gap: if index == 0 { 8.0 } else { 0.0 }, is_glued, ..strip });
        }
        self.flow.push(Strip { height: 4.0, ..Strip::default() });
    }
}

/// How a cell's text looks: a tone adds weight and colour to a word that says it already.
fn weight(usual: Style, tone: Tone, link: Option<[u8; 3]>) -> Style {
    let style = match tone {
        Tone::Bad | Tone::Alarm => usual.bold().colour(ink(tone)),
        Tone::Plain => usual,
        _ => usual.colour(ink(tone)),
    };
    match link {
        Some(accent) if tone == Tone::Plain => style.colour(accent),
        _ => style,
    }
}
