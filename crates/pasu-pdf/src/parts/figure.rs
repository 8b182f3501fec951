//! Charts.

use super::Parts;
use super::prose::Column;
use crate::flow::{Area, Kind, Shape, Strip};
use crate::font::Face;
use crate::picture;
use crate::style::{BOTTOM, CAPTION, MEASURE, SIDE, TOP};
use crate::text::{clean, is_mark};
use krilla::tagging::Tag;
use pasu_report::book::{Chart, chart_in_words};

/// How much of a sheet a chart may take.
const MOST: f32 = (BOTTOM - TOP) * 0.8;

impl Parts<'_> {
    pub(super) fn chart(&mut self, chart: &Chart) {
        let chart = &self.readable(chart);
        let title = clean(&chart.title);
        if !title.trim().is_empty() {
            let node = self.structure.add(self.section, Tag::P);
            let shapes = self.set(node, &title, CAPTION, Column::PAGE);
            for (index, shape) in shapes.into_iter().enumerate() {
                let gap = if index == 0 { 12.0 } else { 0.0 };
                let shapes = vec![shape];
                let height = CAPTION.leading;
                self.flow.push(Strip { height, gap, shapes, is_glued: true, ..Strip::default() });
            }
        }
        match picture::chart(chart, MEASURE, self.pictures.len(), self.fonts) {
            Some(drawn) => self.figure(drawn, &chart_in_words(chart)),
            None => self.paragraph(&chart_in_words(chart)),
        }
    }

    fn figure(&mut self, drawn: picture::Picture, words: &str) {
        let words: String = words.chars().take(8000).collect();
        let words = if words.trim().is_empty() { "–".to_owned() } else { words };
        let node = self.structure.add(self.section, Tag::Figure(Some(words)));
        let (width, height) = drawn.size();
        let scale = (MEASURE / width).min(MOST / height).min(1.0);
        let area = Area::new(SIDE, 4.0, width * scale, height * scale);
        let index = self.pictures.len();
        self.pictures.push(drawn);
        let shapes = vec![Shape { node, kind: Kind::Picture { area, index } }];
        self.flow.push(Strip { height: area.height + 10.0, gap: 4.0, shapes, ..Strip::default() });
    }

    /// A chart whose letters the font has, each by itself: in a picture no box can stand for one, and marks that are put
    /// on letters get lost on their way through SVG.
    fn readable(&self, chart: &Chart) -> Chart {
        let mut chart = chart.clone();
        let names = chart.rows.iter_mut().map(|row| &mut row.0);
        let series = chart.series.iter_mut().map(|series| &mut series.0);
        let centre = chart.centre.iter_mut().flat_map(|(number, unit)| [number, unit]);
        names.chain(series).chain(centre).for_each(|text| *text = self.spelled(text));
        chart
    }

    fn spelled(&self, text: &str) -> String {
        let text = clean(text).replace('\n', " ");
        let mut spelled = String::with_capacity(text.len());
        for letter in text.chars() {
            let has = |face: &Face| face.glyph(letter).is_some();
            match has(&self.fonts.bold) && has(&self.fonts.regular) && !is_mark(letter) {
                true => spelled.push(letter),
                false => spelled.push_str(&format!("[U+{:04X}]", u32::from(letter))),
            }
        }
        spelled
    }
}
