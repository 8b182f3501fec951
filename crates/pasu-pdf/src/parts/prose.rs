//! Headings, paragraphs and code.

use super::Parts;
use crate::flow::{Area, Shape, Strip};
use crate::style::{self, BODY, CODE, HAIR, MEASURE, PALE, SIDE, Style};
use crate::tags::NodeId;
use crate::text::{clean, lines};
use krilla::tagging::Tag;
use pasu_report::book::Align;
use std::num::NonZeroU16;

/// Where lines of text go.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub x: f32,
    pub width: f32,
    pub align: Align,
}

impl Column {
    /// The whole page.
    pub const PAGE: Self = Self { x: SIDE, width: MEASURE, align: Align::Left };

    /// The same, so much narrower at the left.
    pub fn indented(self, by: f32) -> Self {
        Self { x: self.x + by, width: self.width - by, ..self }
    }
}

impl Parts<'_> {
    /// The lines of a cleaned text, each standing on its own line's baseline below 0. A line ends with a space where the
    /// text goes on, so that whoever takes the letters out gets the words apart.
    pub fn set(&self, node: NodeId, text: &str, style: Style, column: Column) -> Vec<Shape> {
        let face = self.fonts.face(style.bold);
        let y = face.baseline(style.size, style.leading);
        let lines = lines(text, face, style.size, column.width);
        let last = lines.len() - 1;
        let set = lines.into_iter().enumerate().map(|(index, line)| {
            let free = (column.width - line.width).max(0.0);
            let x = column.x
                + match column.align {
                    Align::Left => 0.0,
                    Align::Middle => free / 2.0,
                    Align::Right => free,
                };
            let mut words = text[line.bytes.clone()].to_owned();
            if index < last && text[line.bytes.end..].starts_with([' ', '\n']) {
                words.push(' ');
            }
            Shape::text(node, (x, y), style, &words)
        });
        set.collect()
    }

    /// Puts down lines, the first two and the last two together.
    pub fn push_lines(&mut self, shapes: Vec<Shape>, leading: f32, gap: f32) {
        let count = shapes.len();
        for (index, shape) in shapes.into_iter().enumerate() {
            self.flow.push(Strip {
                height: leading,
                gap: if index == 0 { gap } else { 0.0 },
                shapes: vec![shape],
                is_glued: count > 1 && (index == 0 || index + 2 == count),
                ..Strip::default()
            });
        }
    }

    pub(super) fn heading(&mut self, level: u8, text: &str, anchor: Option<&str>) {
        let text = clean(text).replace('\n', " ");
        if text.trim().is_empty() {
            return;
        }
        let colour = if level == 3 { style::INK } else { self.accent };
        let style = style::heading(level).colour(colour);
        let title: String = text.chars().take(500).collect();
        let number = NonZeroU16::new(u16::from(level)).unwrap_or(NonZeroU16::MIN);
        let node = self.structure.add(self.section, Tag::Hn(number, Some(title.clone())));
        let shapes = self.set(node, &text, style, Column::PAGE);
        for (index, shape) in shapes.into_iter().enumerate() {
            self.flow.push(Strip {
                height: style.leading,
                gap: if index > 0 { 0.0 } else { 30.0 - 6.0 * f32::from(level) },
                shapes: vec![shape],
                is_glued: true,
                mark: (index == 0).then(|| (level, title.clone())),
                anchor: anchor.filter(|_| index == 0).map(str::to_owned),
            });
        }
        self.below(level);
    }

    /// A chapter's heading has a line below it, the others some air.
    fn below(&mut self, level: u8) {
        let (height, shapes) = if level == 1 {
            let line = Area::new(SIDE, 5.0, MEASURE, 1.2);
            (14.0, vec![Shape::ground(line, self.accent)])
        } else {
            (1.0, Vec::new())
        };
        self.flow.push(Strip { height, shapes, is_glued: true, ..Strip::default() });
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        let node = self.structure.add(self.section, Tag::P);
        let shapes = self.set(node, &clean(text), BODY, Column::PAGE);
        self.push_lines(shapes, BODY.leading, 7.0);
    }

    pub(super) fn code(&mut self, text: &str) {
        let node = self.structure.add(self.section, Tag::P);
        let node = self.structure.add(node, Tag::Code);
        let text = clean(text.trim_end_matches('\n'));
        let inside = Column { x: SIDE + 8.0, width: MEASURE - 16.0, align: Align::Left };
        let shapes = self.set(node, &text, CODE, inside);
        let last = shapes.len() - 1;
        for (index, shape) in shapes.into_iter().enumerate() {
            let (over, under) =
                (if index == 0 { 5.0 } else { 0.0 }, if index == last { 5.0 } else { 0.0 });
            let height = CODE.leading + over + under;
            let mut all = vec![Shape::ground(Area::new(SIDE, 0.0, MEASURE, height), PALE)];
            all.push(Shape::ground(Area::new(SIDE, 0.0, 1.5, height), HAIR));
            all.push(shape.down(over));
            self.flow.push(Strip {
                height,
                gap: if index == 0 { 8.0 } else { 0.0 },
                shapes: all,
                is_glued: last > 0 && (index == 0 || index + 1 == last),
                ..Strip::default()
            });
        }
    }
}
