//! The first page.

use super::Parts;
use super::prose::Column;
use crate::PdfError;
use crate::flow::{Area, Kind, Shape, Strip};
use crate::picture;
use crate::style::{BODY, GREY, SIDE, SUBTITLE, Style, TITLE};
use crate::text::clean;
use krilla::tagging::Tag;
use pasu_report::book::{Book, Note, Tone};

impl Parts<'_> {
    pub(super) fn cover(&mut self, book: &Book) -> Result<(), PdfError> {
        let logo = book.brand.logo.as_ref().map(|logo| picture::logo(logo, self.fonts));
        self.top(logo.transpose()?, &clean(&book.brand.organisation));
        let title = self.structure.add(self.section, Tag::Title);
        let shapes = self.set(title, &clean(&book.cover.title), TITLE, Column::PAGE);
        let line = Shape::ground(Area::new(SIDE, 0.0, 46.0, 3.5), self.accent);
        self.flow.push(Strip {
            height: 20.0,
            shapes: vec![line],
            is_glued: true,
            ..Strip::default()
        });
        self.push_lines(shapes, TITLE.leading, 0.0);
        if !book.cover.subtitle.is_empty() {
            let node = self.structure.add(self.section, Tag::P);
            let shapes = self.set(node, &clean(&book.cover.subtitle), SUBTITLE, Column::PAGE);
            self.push_lines(shapes, SUBTITLE.leading, 6.0);
        }
        self.flow.push(Strip { height: 44.0, ..Strip::default() });
        self.facts(&book.cover.facts);
        if let Some(warning) = &book.cover.warning {
            let title = self.pick("확인하지 못한 것", "What could not be checked").to_owned();
            self.note(&Note { tone: Tone::Warning, title, lines: vec![warning.clone()] });
        }
        Ok(())
    }

    /// Logo and organisation, and the air below them.
    fn top(&mut self, logo: Option<picture::Picture>, organisation: &str) {
        let mut height = 0.0;
        let mut shapes = Vec::new();
        if let Some(logo) = logo {
            let (width, high) = logo.size();
            let scale = (180.0 / width).min(48.0 / high);
            let area = Area::new(SIDE, 0.0, width * scale, high * scale);
            let words = format!("{organisation} {}", self.pick("로고", "logo"));
            let node = self.structure.add(self.section, Tag::Figure(Some(words.trim().to_owned())));
            shapes.push(Shape { node, kind: Kind::Picture { area, index: self.pictures.len() } });
            self.pictures.push(logo);
            height = area.height + 8.0;
        }
        self.flow.push(Strip { height, shapes, is_glued: true, ..Strip::default() });
        let style = Style { size: 11.0, leading: 17.0, ..BODY }.bold().colour(GREY);
        let node = self.structure.add(self.section, Tag::P);
        let lines = self.set(node, organisation, style, Column::PAGE);
        height += lines.len() as f32 * style.leading;
        self.push_lines(lines, style.leading, 0.0);
        self.flow.push(Strip { height: (190.0 - height).max(30.0), ..Strip::default() });
    }
}
