//! Letters, and what stands for those that the fonts do not have.
//!
//! A letter without a glyph (Hanja, emoji, other scripts) is a box with its code, as browsers draw it, one em wide; who
//! copies or searches the text gets the letter itself.

use super::Painter;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::Stroke;
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
        let glyphs = self.glyphs(bold, text);
        if !glyphs.is_empty() {
            let start = Point::from_xy(x, y);
            self.surface.draw_glyphs(start, &glyphs, face.font.clone(), text, size, false);
        }
        glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>() * size
    }

    fn glyphs(&self, bold: bool, text: &str) -> Vec<KrillaGlyph> {
        let face = self.fonts.face(bold);
        let glyph = |(place, letter): (usize, char)| {
            let (glyph, advance) = face.glyph(letter)?;
            let range = place..place + letter.len_utf8();
            Some(KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None))
        };
        text.char_indices().filter_map(glyph).collect()
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

    /// Paints the code of a letter, `U+4E00` as `4E` above `00`, in a box; as lines, which are no text.
    fn code(&mut self, (x, y): (f32, f32), size: f32, bold: bool, letter: char) {
        self.frame((x + size * 0.05, y - size * 0.8), size * 0.9);
        let face = self.fonts.face(bold);
        let code = u32::from(letter);
        let code = if code > 0xffff { format!("{code:06X}") } else { format!("{code:04X}") };
        let small = size * 0.36;
        let (upper, lower) = code.split_at(code.len() / 2);
        for (row, digits) in [upper, lower].into_iter().enumerate() {
            let wide = face.width(digits, small);
            let at = (x + (size - wide) / 2.0, y - size * 0.43 + row as f32 * size * 0.4);
            let start = Point::from_xy(at.0, at.1);
            let glyphs = self.glyphs(bold, digits);
            self.surface.draw_glyphs(start, &glyphs, face.font.clone(), digits, small, true);
        }
    }

    fn frame(&mut self, (x, y): (f32, f32), side: f32) {
        let fill = self.surface.get_fill().cloned();
        let stroke = fill.as_ref().map(|fill| Stroke {
            paint: fill.paint.clone(),
            width: side * 0.05,
            opacity: NormalizedF32::ONE,
            ..Stroke::default()
        });
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(x, y, side, side) {
            path.push_rect(rect);
        }
        if let Some(path) = path.finish() {
            self.surface.set_fill(None);
            self.surface.set_stroke(stroke);
            self.surface.draw_path(&path);
        }
        self.surface.set_stroke(None);
        self.surface.set_fill(fill);
    }
}
