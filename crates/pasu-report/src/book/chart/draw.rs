//! The few shapes that charts are made of.

use super::{Chart, ChartStyle, Tone};
use std::fmt::Write;

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG that grows.
pub(super) struct Drawing<'a> {
    pub(super) style: &'a ChartStyle<'a>,
    body: String,
}

impl<'a> Drawing<'a> {
    /// An empty one, with the hatchings of a chart's series.
    pub(super) fn new(style: &'a ChartStyle<'a>, chart: &Chart) -> Self {
        let mut drawing = Self { style, body: "<defs>".to_owned() };
        for index in 0..chart.series.len() {
            drawing.hatching(index);
        }
        drawing.body.push_str("</defs>");
        drawing
    }

    /// How far a line of text reaches down.
    pub(super) fn line(&self) -> f32 {
        self.style.size * 1.7
    }

    /// Lines in the colour of the page; the first series has none.
    fn hatching(&mut self, index: usize) {
        let lines = match index % 6 {
            0 => return,
            1 => "M-1,1L1,-1M0,4L4,0M3,5L5,3",
            2 => "M1.5,2L2.5,2",
            3 => "M0,2L4,2",
            4 => "M2,0L2,4",
            _ => "M0,0L4,4M4,0L0,4",
        };
        let _ = write!(
            self.body,
            r#"<pattern id="{}-{index}" width="4" height="4" patternUnits="userSpaceOnUse"><path d="{lines}" stroke="{}" stroke-width="0.8" fill="none"/></pattern>"#,
            escaped(self.style.id),
            escaped(self.style.paper)
        );
    }

    /// A piece of a series: its colour, and its hatching above. `shape` is an element without its end.
    fn part(&mut self, series: usize, tone: Tone, shape: &str) {
        let colour = escaped((self.style.colour)(tone));
        let _ = write!(self.body, r#"{shape} fill="{colour}"/>"#);
        if !series.is_multiple_of(6) {
            let id = escaped(self.style.id);
            let _ = write!(self.body, r#"{shape} fill="url(#{id}-{series})"/>"#);
        }
    }

    /// A box of a series.
    pub(super) fn bar(&mut self, series: usize, tone: Tone, [x, y, width, height]: [f32; 4]) {
        let shape =
            format!(r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}""#);
        self.part(series, tone, &shape);
    }

    /// A slice of a series.
    pub(super) fn slice(&mut self, series: usize, tone: Tone, path: &str) {
        let edge = escaped(self.style.paper);
        let shape = format!(r#"<path d="{path}" stroke="{edge}" stroke-width="1""#);
        self.part(series, tone, &shape);
    }

    /// A box of one colour.
    fn rect(&mut self, [x, y, width, height]: [f32; 4], radius: f32, fill: &str) {
        let _ = write!(
            self.body,
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" rx="{radius:.1}" fill="{fill}"/>"#
        );
    }

    /// A ring in which nothing is counted.
    pub(super) fn nothing(&mut self, path: &str) {
        let _ = write!(self.body, r##"<path d="{path}" fill="#dddddd"/>"##);
    }

    /// A line of text; `y` is its middle.
    pub(super) fn text(
        &mut self,
        at: (f32, f32),
        anchor: Anchor,
        size: f32,
        bold: bool,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if bold { r#" font-weight="700""# } else { "" };
        let (x, y) = (at.0, at.1 + size * 0.35);
        let _ = write!(
            self.body,
            r#"<text x="{x:.2}" y="{y:.2}" font-size="{size:.2}" text-anchor="{anchor}"{weight}>{}</text>"#,
            escaped(&crate::printable(text))
        );
    }

    /// A number of a part, on a piece of page so that it can be read on any hatching.
    pub(super) fn number(&mut self, (x, y): (f32, f32), text: &str) {
        let size = self.style.size * 0.9;
        let (width, height) = (width(text, size) + size * 0.4, size * 1.25);
        let paper = escaped(self.style.paper);
        self.rect([x - width / 2.0, y - height / 2.0, width, height], 2.0, &paper);
        self.text((x, y), Anchor::Middle, size, true, text);
    }

    /// The whole, so high.
    pub(super) fn finish(self, height: f32, words: &str) -> String {
        let ChartStyle { width, font, ink, .. } = self.style;
        let (words, font, ink) = (escaped(words), escaped(font), escaped(ink));
        let height = height.max(1.0);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2} {height:.2}" width="{width:.2}" height="{height:.2}" role="img" aria-label="{words}" font-family="{font}" fill="{ink}">{}</svg>"#,
            self.body
        )
    }
}

/// About how wide a text is, rather too wide than too narrow.
pub(super) fn width(text: &str, size: f32) -> f32 {
    let widths = text.chars().map(|letter| {
        let columns = crate::safe_text::width(letter.encode_utf8(&mut [0; 4]));
        if columns > 1 { 0.95 } else { 0.6 }
    });
    widths.sum::<f32>() * size
}

/// As much of a text as fits, with `…` where something was cut.
pub(super) fn clipped(text: &str, size: f32, limit: f32) -> String {
    // No name that anybody reads is longer; a longer one need not be measured.
    let text = crate::safe_text::clip(text, 200);
    if width(&text, size) <= limit {
        return text;
    }
    let mut short = String::new();
    for letter in text.chars() {
        if width(&short, size) + width(letter.encode_utf8(&mut [0; 4]), size) + size > limit {
            break;
        }
        short.push(letter);
    }
    short.push('…');
    short
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no way to write these two, escaped or not.
            '\u{fffe}' | '\u{ffff}' => {}
            _ => safe.push(letter),
        }
    }
    safe
}
