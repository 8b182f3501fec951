//! The table of contents, made when the chapters are on their sheets.

use super::Parts;
use super::prose::Column;
use crate::flow::{Area, Flow, Kind, Mark, Shape, Strip};
use crate::style::{BOTTOM, HAIR, INK, MEASURE, SIDE, Style, TOP, heading};
use crate::tags::{ARTIFACT, NodeId};
use crate::text::clipped;
use krilla::tagging::Tag;

/// More entries than this nobody reads: then only chapters are listed.
const MOST: usize = 150;

/// A line of a chapter, and one below it.
const CHAPTER: Style = Style { size: 10.0, leading: 22.0, bold: true, colour: INK };
const SECTION: Style = Style { size: 9.0, leading: 16.0, bold: false, colour: INK };

impl Parts<'_> {
    /// Contents of headings whose sheets count from the end of these contents, after so many sheets of cover.
    pub(super) fn contents(&mut self, marks: &[Mark], covers: usize) -> Flow {
        if marks.is_empty() {
            return Flow::new();
        }
        let mut entries: Vec<&Mark> = marks.iter().filter(|mark| mark.level <= 2).collect();
        if entries.len() > MOST {
            entries.retain(|mark| mark.level == 1);
        }
        let title = self.pick("목차", "Contents").to_owned();
        // How high a line is does not depend on its page number: the sheets are counted before they are made.
        let title_height = heading(1).leading + 14.0;
        // A little closer, where that saves a sheet with a few lines.
        let scale = if pages(&entries, title_height, 0.82) == 1 { 0.82 } else { 1.0 };
        let scale = if pages(&entries, title_height, 1.0) == 1 { 1.0 } else { scale };
        let sheets = pages(&entries, title_height, scale);
        self.flow.chapter(&title);
        let node = self.structure.add(self.section, Tag::P);
        let style = heading(1).colour(self.accent);
        let lines = self.set(node, &title, style, Column::PAGE);
        self.push_lines(lines, style.leading, 0.0);
        let line = Shape::ground(Area::new(SIDE, 5.0, MEASURE, 1.2), self.accent);
        self.flow.push(Strip { height: 14.0, shapes: vec![line], ..Strip::default() });
        let toc = self.structure.add(self.section, Tag::TOC);
        for mark in entries {
            let item = self.structure.add(toc, Tag::TOCI);
            let node = self.structure.add(item, Tag::Link);
            let strip = self.entry(node, mark, scale, covers + sheets + mark.place.sheet + 1);
            self.flow.push(strip);
        }
        self.taken()
    }

    fn entry(&self, node: NodeId, mark: &Mark, scale: f32, page: usize) -> Strip {
        let (style, indent) = if mark.level == 1 { (CHAPTER, 0.0) } else { (SECTION, 14.0) };
        let style = Style { leading: style.leading * scale, ..style };
        let face = self.fonts.face(style.bold);
        let number = page.to_string();
        let wide = face.width(&number, style.size);
        let room = MEASURE - indent - 40.0;
        let text = clipped(&mark.text, face, style.size, room);
        let end = SIDE + indent + face.width(&text, style.size);
        let y = face.baseline(style.size, style.leading);
        let mut shapes = dots(end + 6.0, SIDE + MEASURE - wide - 6.0, y - 1.0);
        shapes.push(Shape::text(node, (SIDE + indent, y), style, &format!("{text} ")));
        shapes.push(Shape::text(node, (SIDE + MEASURE - wide, y), style, &number));
        let area = Area::new(SIDE + indent, 0.0, MEASURE - indent, style.leading);
        let target = format!("#{}", name(mark)).into();
        let words = text.as_str().into();
        shapes.push(Shape { node, kind: Kind::Link { area, target, words } });
        Strip { height: style.leading, shapes, ..Strip::default() }
    }
}

/// The name of a heading in links; no id in a book has a space.
pub fn name(mark: &Mark) -> String {
    format!("{} {}", mark.place.sheet, mark.place.y)
}

/// How many sheets so many entries take, below a title of this height.
fn pages(entries: &[&Mark], title: f32, scale: f32) -> usize {
    let (mut sheets, mut y) = (1, TOP + title);
    for mark in entries {
        let high = if mark.level == 1 { CHAPTER.leading } else { SECTION.leading };
        let high = high * scale;
        if y + high > BOTTOM + 0.01 {
            (sheets, y) = (sheets + 1, TOP);
        }
        y += high;
    }
    sheets
}

/// A row of dots that lead the eye.
fn dots(from: f32, to: f32, y: f32) -> Vec<Shape> {
    let mut x = (from / 5.0).ceil() * 5.0;
    let mut shapes = Vec::new();
    while x < to {
        let kind = Kind::Box {
            area: Area::new(x, y, 0.9, 0.9),
            ground: Some(HAIR),
            edge: None,
            radius: 0.0,
        };
        shapes.push(Shape { node: ARTIFACT, kind });
        x += 5.0;
    }
    shapes
}
