//! Text before it is anywhere: made safe, and broken into lines.

mod clean;
mod lines;

pub use clean::clean;
pub use lines::{is_mark, lines};

use crate::font::Face;

/// As much of a line as fits, with `…` where something was cut.
pub fn clipped(text: &str, face: &Face, size: f32, width: f32) -> String {
    let mut text = clean(text).replace('\n', " ");
    let mut wide = 0.0;
    let dots = face.advance('…');
    let mut room = 0;
    for (at, letter) in text.char_indices() {
        if (wide + dots) * size <= width {
            room = at;
        }
        wide += face.advance(letter);
        if wide * size > width {
            text.truncate(room);
            text.push('…');
            return text;
        }
    }
    text
}
