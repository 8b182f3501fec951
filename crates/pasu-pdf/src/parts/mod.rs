//! A book's parts as strips: cover, contents, chapters; then sheets with running heads and feet.

mod contents;
mod cover;
mod figure;
mod grid;
mod list;
mod note;
mod prose;
mod running;
mod table;

use crate::PdfError;
use crate::flow::{Flow, Mark, Place, Sheet};
use crate::font::Fonts;
use crate::picture::Picture;
use crate::style::{self, Rgb};
use crate::tags::{NodeId, Structure};
use krilla::tagging::Tag;
use pasu_model::Lang;
use pasu_report::book::{Block, Book, Chapter};
use std::collections::BTreeMap;

/// A book on sheets.
pub struct Document {
    /// All of them in order.
    pub sheets: Vec<Sheet>,
    /// What the text is.
    pub structure: Structure,
    /// Headings in order.
    pub marks: Vec<Mark>,
    /// Where the names in links are.
    pub anchors: BTreeMap<String, Place>,
    /// Logo and charts.
    pub pictures: Vec<Picture>,
}

/// What is being made.
pub struct Parts<'a> {
    fonts: &'a Fonts,
    flow: Flow,
    structure: Structure,
    pictures: Vec<Picture>,
    accent: Rgb,
    lang: Lang,
    /// What the next block is part of.
    section: NodeId,
}

/// Lays out a whole book.
pub fn lay(book: &Book, fonts: &Fonts) -> Result<Document, PdfError> {
    let mut structure = Structure::new();
    let front = structure.root(Tag::Section);
    let middle = structure.root(Tag::Section);
    let mut parts = Parts {
        fonts,
        flow: Flow::new(),
        structure,
        pictures: Vec::new(),
        accent: style::accent(book.brand.accent),
        lang: book.lang,
        section: front,
    };
    parts.cover(book)?;
    let cover = parts.taken();
    for (index, chapter) in book.chapters.iter().enumerate() {
        parts.chapter(index + 1, chapter);
    }
    let body = parts.taken();
    parts.section = middle;
    let contents = parts.contents(&body.marks, cover.sheets.len());
    Ok(parts.document(book, cover, contents, body))
}

impl Parts<'_> {
    /// What has been laid out, and a new beginning.
    fn taken(&mut self) -> Flow {
        self.flow.flush();
        std::mem::replace(&mut self.flow, Flow::new())
    }

    fn document(self, book: &Book, cover: Flow, contents: Flow, body: Flow) -> Document {
        let before = cover.sheets.len() + contents.sheets.len();
        let covers = cover.sheets.len();
        let mut sheets = cover.sheets;
        sheets.extend(contents.sheets);
        sheets.extend(body.sheets);
        let moved = |place: Place| Place { sheet: place.sheet + before, ..place };
        let named = body.marks.iter().map(|mark| (contents::name(mark), mark.place));
        let named: Vec<_> = named.chain(body.anchors).collect();
        let marks = body.marks.into_iter().map(|mark| Mark { place: moved(mark.place), ..mark });
        let anchors = named.into_iter().map(|(name, place)| (name, moved(place)));
        let (marks, anchors) = (marks.collect(), anchors.collect());
        running::write(book, self.fonts, &mut sheets, covers);
        let (structure, pictures) = (self.structure, self.pictures);
        Document { sheets, structure, marks, anchors, pictures }
    }

    fn chapter(&mut self, number: usize, chapter: &Chapter) {
        let title = format!("{number}. {}", chapter.title);
        self.section = self.structure.root(Tag::Section);
        self.flow.chapter(&title);
        self.heading(1, &title, Some(chapter.id));
        for block in &chapter.blocks {
            self.block(block);
        }
        self.flow.flush();
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => self.heading((*level).clamp(2, 3), text, None),
            Block::Paragraph(text) => self.paragraph(text),
            Block::Note(note) => self.note(note),
            Block::Facts(facts) => self.facts(facts),
            Block::List(list) => self.list(list),
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => self.chart(chart),
            Block::Code(text) => self.code(text),
            Block::PageBreak => self.flow.page_break(),
        }
    }

    /// One of two texts, by the book's language.
    fn pick<'t>(&self, korean: &'t str, english: &'t str) -> &'t str {
        match self.lang {
            Lang::Ko => korean,
            Lang::En => english,
        }
    }
}
