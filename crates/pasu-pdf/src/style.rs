//! Sizes, distances and colours. A sheet is A4 portrait; lengths are in points.

use pasu_report::book::Tone;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Width of a sheet.
pub const WIDTH: f32 = 595.28;
/// Height of a sheet.
pub const HEIGHT: f32 = 841.89;
/// Free space at the left and right.
pub const SIDE: f32 = 54.0;
/// Where text begins, below the running head.
pub const TOP: f32 = 74.0;
/// Where text ends, above the foot.
pub const BOTTOM: f32 = HEIGHT - 62.0;
/// How wide text is.
pub const MEASURE: f32 = WIDTH - 2.0 * SIDE;

/// Letters.
pub const INK: Rgb = [0x1c, 0x1f, 0x23];
/// Letters of less weight.
pub const GREY: Rgb = [0x5c, 0x63, 0x6b];
/// Lines between rows.
pub const HAIR: Rgb = [0xd5, 0xd9, 0xde];
/// Behind heads of tables and code.
pub const PALE: Rgb = [0xf1, 0xf3, 0xf5];
/// Headings and lines, where a company sets none.
pub const ACCENT: Rgb = [0x1f, 0x3a, 0x5f];

/// A kind of text.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub size: f32,
    pub leading: f32,
    pub bold: bool,
    pub colour: Rgb,
}

impl Style {
    const fn new(size: f32, leading: f32, bold: bool, colour: Rgb) -> Self {
        Self { size, leading, bold, colour }
    }

    /// The same in another colour.
    pub const fn colour(mut self, colour: Rgb) -> Self {
        self.colour = colour;
        self
    }

    /// The same in bold.
    pub const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }
}

/// Running text.
pub const BODY: Style = Style::new(9.5, 15.5, false, INK);
/// Text in tables.
pub const CELL: Style = Style::new(8.0, 12.0, false, INK);
/// What is said below a point of a list.
pub const SMALL: Style = Style::new(8.5, 13.5, false, GREY);
/// Lines of files.
pub const CODE: Style = Style::new(8.0, 12.0, false, INK);
/// Text in tables of many columns.
pub const DENSE: Style = Style::new(7.0, 10.5, false, INK);
/// Names of tables and charts.
pub const CAPTION: Style = Style::new(8.5, 13.0, true, INK);
/// Running head and foot.
pub const RUNNING: Style = Style::new(7.5, 10.0, false, GREY);
/// The title on the cover.
pub const TITLE: Style = Style::new(26.0, 37.0, true, INK);
/// Below it.
pub const SUBTITLE: Style = Style::new(13.0, 20.0, false, GREY);

/// Headings; a chapter's is level 1.
pub const fn heading(level: u8) -> Style {
    match level {
        1 => Style::new(18.0, 26.0, true, INK),
        2 => Style::new(12.5, 19.0, true, INK),
        _ => Style::new(10.5, 16.0, true, INK),
    }
}

/// Behind a word or note of a tone.
pub const fn ground(tone: Tone) -> Rgb {
    match tone {
        Tone::Plain => [0xf4, 0xf5, 0xf7],
        Tone::Good => [0xe7, 0xf3, 0xea],
        Tone::Info => [0xe9, 0xf0, 0xf9],
        Tone::Warning => [0xfc, 0xf3, 0xda],
        Tone::Bad => [0xfb, 0xe6, 0xe0],
        Tone::Alarm => [0xf8, 0xdc, 0xdc],
        Tone::Faint => [0xf1, 0xf2, 0xf3],
    }
}

/// Letters and edges of a tone; each reads on white and on its own ground.
pub const fn ink(tone: Tone) -> Rgb {
    match tone {
        Tone::Plain => INK,
        Tone::Good => [0x1d, 0x60, 0x34],
        Tone::Info => [0x1e, 0x4b, 0x88],
        Tone::Warning => [0x73, 0x50, 0x00],
        Tone::Bad => [0x9c, 0x2b, 0x12],
        Tone::Alarm => [0x7a, 0x0b, 0x0b],
        Tone::Faint => GREY,
    }
}

/// Parts of charts.
pub fn chart(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "#54677d",
        Tone::Good => "#4c9a68",
        Tone::Info => "#5b8bc9",
        Tone::Warning => "#dcab3c",
        Tone::Bad => "#d4673f",
        Tone::Alarm => "#931f1f",
        Tone::Faint => "#b3b9c0",
    }
}

/// A company's colour, darkened until letters in it can be read on white.
pub fn accent(colour: Option<Rgb>) -> Rgb {
    let mut colour = colour.unwrap_or(ACCENT);
    while luminance(colour) > 0.18 {
        colour = colour.map(|part| (f32::from(part) * 0.9) as u8);
    }
    colour
}

/// How bright a colour is, as WCAG 2.1 counts it; 0.18 stands 4.5 to 1 against white.
fn luminance(colour: Rgb) -> f32 {
    let [red, green, blue] = colour.map(|part| {
        let part = f32::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: [Tone; 7] =
        [Tone::Plain, Tone::Good, Tone::Info, Tone::Warning, Tone::Bad, Tone::Alarm, Tone::Faint];

    #[test]
    fn words_read_on_their_grounds() {
        for tone in TONES {
            let contrast = (luminance(ground(tone)) + 0.05) / (luminance(ink(tone)) + 0.05);
            assert!(contrast >= 4.5, "{tone:?} has {contrast}");
        }
    }

    #[test]
    fn a_light_accent_is_darkened_and_a_dark_one_kept() {
        assert!(luminance(accent(Some([255, 240, 0]))) <= 0.18);
        assert_eq!(accent(Some([10, 20, 30])), [10, 20, 30]);
        assert_eq!(accent(None), ACCENT);
    }
}
