//! The two fonts, and how wide their letters are.

use crate::PdfError;
use krilla::text::Font;
use std::collections::BTreeMap;
use std::sync::Arc;

const REGULAR: &[u8] = include_bytes!("../fonts/Pretendard-Regular.otf");
const BOLD: &[u8] = include_bytes!("../fonts/Pretendard-Bold.otf");

/// The family, as SVG names it.
pub const FAMILY: &str = "Pretendard";

/// Both weights.
pub struct Fonts {
    pub regular: Face,
    pub bold: Face,
    /// The same two, for SVG.
    pub database: Arc<usvg::fontdb::Database>,
}

/// A weight.
pub struct Face {
    pub font: Font,
    /// Glyph and advance of each letter below U+10000, 0 where there is none.
    plane: Vec<u32>,
    /// The same of the others.
    beyond: BTreeMap<u32, u32>,
    units: f32,
    ascent: f32,
    descent: f32,
}

impl Fonts {
    /// Reads both.
    pub fn new() -> Result<Self, PdfError> {
        let mut database = usvg::fontdb::Database::new();
        for data in [REGULAR, BOLD] {
            database.load_font_source(usvg::fontdb::Source::Binary(Arc::new(data)));
        }
        Ok(Self {
            regular: Face::new(REGULAR).ok_or(PdfError::Font("Pretendard-Regular"))?,
            bold: Face::new(BOLD).ok_or(PdfError::Font("Pretendard-Bold"))?,
            database: Arc::new(database),
        })
    }

    /// One of them.
    pub fn face(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

impl Face {
    fn new(data: &'static [u8]) -> Option<Self> {
        let face = ttf_parser::Face::parse(data, 0).ok()?;
        let mut new = Self {
            font: Font::new(data.into(), 0)?,
            plane: vec![0; 0x10000],
            beyond: BTreeMap::new(),
            units: f32::from(face.units_per_em()),
            ascent: f32::from(face.ascender()),
            descent: f32::from(face.descender()),
        };
        for table in face.tables().cmap?.subtables.into_iter().filter(|table| table.is_unicode()) {
            table.codepoints(|point| {
                let Some(glyph) = table.glyph_index(point).filter(|glyph| glyph.0 != 0) else {
                    return;
                };
                let advance = face.glyph_hor_advance(glyph).unwrap_or(0);
                new.insert(point, u32::from(glyph.0) << 16 | u32::from(advance));
            });
        }
        Some(new)
    }

    fn insert(&mut self, point: u32, entry: u32) {
        match self.plane.get_mut(point as usize) {
            Some(place) => *place = entry,
            None => drop(self.beyond.insert(point, entry)),
        }
    }

    fn entry(&self, letter: char) -> Option<u32> {
        let point = u32::from(letter);
        let entry = self.plane.get(point as usize).or_else(|| self.beyond.get(&point)).copied();
        entry.filter(|entry| *entry != 0)
    }

    /// The glyph of a letter and how far it advances, in em; none where the font has no such letter.
    pub fn glyph(&self, letter: char) -> Option<(u32, f32)> {
        self.entry(letter).map(|entry| (entry >> 16, (entry & 0xffff) as f32 / self.units))
    }

    /// How far a letter advances, in em. One that the font does not have is shown as a box with its code, one em wide.
    pub fn advance(&self, letter: char) -> f32 {
        self.glyph(letter).map_or(1.0, |(_, advance)| advance)
    }

    /// How wide a line is.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(letter)).sum::<f32>() * size
    }

    /// From the top of a line of this height down to where its letters stand.
    pub fn baseline(&self, size: f32, leading: f32) -> f32 {
        let (ascent, descent) =
            (self.ascent / self.units * size, -self.descent / self.units * size);
        (leading - ascent - descent) / 2.0 + ascent
    }
}

#[cfg(test)]
mod tests {
    use super::Fonts;

    #[test]
    fn all_syllables_are_there_and_hanja_are_not() {
        let fonts = Fonts::new().expect("our own fonts");
        for face in [&fonts.regular, &fonts.bold] {
            assert!(('가'..='힣').all(|syllable| face.glyph(syllable).is_some()));
            assert!((' '..='~').all(|letter| face.glyph(letter).is_some()));
            for sign in "·…–—•→「」『』“”‘’±×÷≥≤①②".chars() {
                assert!(face.glyph(sign).is_some(), "{sign} {:x}", u32::from(sign));
            }
            assert!(face.glyph('一').is_none() && face.glyph('😀').is_none());
            assert!(face.advance('가') > face.advance('i'));
        }
    }
}
