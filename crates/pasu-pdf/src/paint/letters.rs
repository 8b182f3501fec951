//! Letters, and what stands for those that the fonts do not have.
//!
//! A letter without a glyph (Hanja, emoji, other scripts) is a box with its code, as browsers draw it, one em wide; who
//! copies or searches the text gets the letter itself.

use super::Painter;
use crate::font::Face;
use crate::style::Rgb;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::graphic::Graphic;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

impl Painter<'_, '_> {
    /// Paints a line from `at`.
    pub(super) fn letters(&mut self, at: (f32, f32), size: f32, bold: bool, text: &str) {
        let face = self.fonts.face(bold);
        let (mut x, y) = at;
        let mut rest = text;
        while !rest.is_empty() {
            let is_known = |letter: char| face.glyph(letter).is_some();
            let known = rest.find(|letter| !is_known(letter)).unwrap_or(rest.len());
            x += self.run((x, y), size, bold, &rest[..known]);
            rest = &rest[known..];
            let unknown = rest.find(is_known).unwrap_or(rest.len());
            if unknown > 0 {
                x += self.unknown((x, y), size, bold, &rest[..unknown]);
                rest = &rest[unknown..];
            }
        }
    }

    /// Paints letters that are all there, and says how wide they are.
    fn run(&mut self, (x, y): (f32, f32), size: f32, bold: bool, text: &str) -> f32 {
        let face = self.fonts.face(bold);
        let glyphs = glyphs(face, text);
        if !glyphs.is_empty() {
            let start = Point::from_xy(x, y);
            self.surface.draw_glyphs(start, &glyphs, face.font.clone(), text, size, false);
        }
        glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>() * size
    }

    /// Paints boxes for letters that are not there, and says how wide they are.
    fn unknown(&mut self, (x, y): (f32, f32), size: f32, bold: bool, text: &str) -> f32 {
        let face = self.fonts.face(bold);
        let count = text.chars().count() as f32;
        let Some((space, advance)) = face.glyph(' ') else { return size * count };
        // What is not seen carries the letters: two spaces, which stand for all of them, as wide as their boxes.
        let glyph = |advance| {
            let range = 0..text.len();
            KrillaGlyph::new(GlyphId::new(space), advance, 0.0, 0.0, 0.0, range, None)
        };
        let glyphs = [glyph(count - advance), glyph(advance)];
        let start = Point::from_xy(x, y);
        self.surface.draw_glyphs(start, &glyphs, face.font.clone(), text, size, false);
        for (index, letter) in text.chars().enumerate() {
            self.code((x + size * index as f32, y), size, bold, letter);
        }
        size * count
    }

    /// Tells readers that a space is a space, before one stands for something else.
    pub(super) fn spaces(&mut self) {
        for bold in [false, true] {
            self.run((0.0, 0.0), 1.0, bold, " ");
        }
    }

    /// Paints the code of a letter in a box.
    fn code(&mut self, (x, y): (f32, f32), size: f32, bold: bool, letter: char) {
        let colour = self.colour;
        let key = (letter, bold, colour);
        if !self.codes.contains_key(&key) {
            let mut builder = self.surface.stream_builder();
            let mut surface = builder.surface();
            draw_code(&mut surface, self.fonts.face(bold), colour, letter);
            surface.finish();
            self.codes.insert(key, Graphic::new(builder.finish(), false));
        }
        let Some(drawn) = self.codes.get(&key).cloned() else { return };
        let part = size / EM;
        self.surface.push_transform(&Transform::from_row(part, 0.0, 0.0, part, x, y));
        self.surface.draw_graphic(drawn);
        self.surface.pop();
    }
}

/// The size at which codes are drawn, once for each letter.
const EM: f32 = 10.0;

/// Draws `U+4E00` as `4E` above `00`, in a box that stands on the line; as lines, which are no text.
fn draw_code(surface: &mut Surface<'_>, face: &Face, colour: Rgb, letter: char) {
    let (side, mut frame) = (EM * 0.9, PathBuilder::new());
    if let Some(rect) = Rect::from_xywh(EM * 0.05, -EM * 0.8, side, side) {
        frame.push_rect(rect);
    }
    if let Some(path) = frame.finish() {
        let paint = super::rgb(colour).into();
        surface.set_stroke(Some(Stroke { paint, width: side * 0.05, ..Stroke::default() }));
        surface.set_fill(None);
        surface.draw_path(&path);
    }
    surface.set_stroke(None);
    surface.set_fill(Some(super::fill(colour)));
    let code = u32::from(letter);
    let code = if code > 0xffff { format!("{code:06X}") } else { format!("{code:04X}") };
    let small = EM * 0.36;
    let (upper, lower) = code.split_at(code.len() / 2);
    for (row, digits) in [upper, lower].into_iter().enumerate() {
        let x = (EM - face.width(digits, small)) / 2.0;
        let start = Point::from_xy(x, -EM * 0.43 + row as f32 * EM * 0.4);
        surface.draw_glyphs(start, &glyphs(face, digits), face.font.clone(), digits, small, true);
    }
}

fn glyphs(face: &Face, text: &str) -> Vec<KrillaGlyph> {
    let glyph = |(place, letter): (usize, char)| {
        let (glyph, advance) = face.glyph(letter)?;
        let range = place..place + letter.len_utf8();
        Some(KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None))
    };
    text.char_indices().filter_map(glyph).collect()
}
