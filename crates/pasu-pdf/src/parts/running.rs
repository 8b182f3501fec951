//! Running heads and feet.

use crate::flow::{Area, Shape, Sheet};
use crate::font::Fonts;
use crate::style::{BOTTOM, HAIR, MEASURE, RUNNING, SIDE, TOP};
use crate::tags::ARTIFACT;
use crate::text::clipped;
use pasu_report::book::Book;

/// Writes them on all sheets but the covers: organisation and chapter above, title and page below.
pub fn write(book: &Book, fonts: &Fonts, sheets: &mut [Sheet], covers: usize) {
    let face = &fonts.regular;
    let clip = |text: &str, width: f32| clipped(text, face, RUNNING.size, width);
    let (organisation, title) = (&book.brand.organisation, &book.cover.title);
    let owner = if organisation.is_empty() { title } else { organisation };
    let owner = clip(owner, MEASURE * 0.48);
    let about = [title.as_str(), book.cover.subtitle.as_str()].map(str::trim);
    let about = about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let about = clip(&about, MEASURE * 0.8);
    let pages = sheets.len();
    for (index, sheet) in sheets.iter_mut().enumerate().skip(covers) {
        let mut put = |text: &str, is_right: bool, y: f32| {
            let free = MEASURE - face.width(text, RUNNING.size);
            let x = SIDE + if is_right { free } else { 0.0 };
            sheet.shapes.push(Shape::text(ARTIFACT, (x, y), RUNNING, text));
        };
        let (head, foot) = (TOP - 30.0, BOTTOM + 28.0);
        put(&owner, false, head);
        put(&clip(&sheet.chapter.clone(), MEASURE * 0.48), true, head);
        put(&about, false, foot);
        put(&format!("{} / {pages}", index + 1), true, foot);
        for y in [head + 6.0, foot - 13.0] {
            sheet.shapes.push(Shape::ground(Area::new(SIDE, y, MEASURE, 0.5), HAIR));
        }
    }
}
