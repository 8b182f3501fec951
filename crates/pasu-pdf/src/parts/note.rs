//! Notes: paragraphs with a frame, which may go on over sheets.

use super::Parts;
use super::prose::Column;
use crate::flow::{Area, Shape, Strip};
use crate::style::{BODY, MEASURE, SIDE, Style, ground, ink};
use crate::text::clean;
use krilla::tagging::Tag;
use pasu_report::book::{Align, Note, Tone};

/// Free space within the frame.
const INSIDE: f32 = 12.0;

impl Parts<'_> {
    pub(super) fn note(&mut self, note: &Note) {
        let inside = Column {
            x: SIDE + INSIDE + 3.0,
            width: MEASURE - 2.0 * INSIDE - 3.0,
            align: Align::Left,
        };
        let style = Style { size: 9.0, leading: 14.5, ..BODY };
        let mut rows = Vec::new();
        if !note.title.is_empty() {
            let node = self.structure.add(self.section, Tag::P);
            let bold = style.bold().colour(ink(note.tone));
            rows.extend(
                self.set(node, &clean(&note.title), bold, inside).into_iter().map(|s| (s, 0.0)),
            );
        }
        for text in &note.lines {
            let node = self.structure.add(self.section, Tag::P);
            let set = self.set(node, &clean(text), style, inside);
            let between = if rows.is_empty() { 0.0 } else { 3.0 };
            rows.extend(
                set.into_iter().enumerate().map(|(i, s)| (s, if i == 0 { between } else { 0.0 })),
            );
        }
        self.frame(note.tone, rows, style.leading);
    }

    fn frame(&mut self, tone: Tone, rows: Vec<(Shape, f32)>, leading: f32) {
        let count = rows.len();
        for (index, (shape, between)) in rows.into_iter().enumerate() {
            let (is_first, is_last) = (index == 0, index + 1 == count);
            let over = if is_first { 8.0 } else { between };
            let height = over + leading + if is_last { 8.0 } else { 0.0 };
            let mut shapes = vec![
                Shape::ground(Area::new(SIDE, 0.0, MEASURE, height), ground(tone)),
                Shape::ground(Area::new(SIDE, 0.0, 3.0, height), ink(tone)),
            ];
            shapes.push(shape.down(over));
            self.flow.push(Strip {
                height,
                gap: if is_first { 10.0 } else { 0.0 },
                shapes,
                is_glued: count > 1 && (is_first || index + 2 == count),
                ..Strip::default()
            });
        }
        self.flow.push(Strip { height: 3.0, ..Strip::default() });
    }
}
