//! The report as a document: chapters of headings, paragraphs, tables and charts, before anybody decides how they look.
//!
//! PDF, HTML and Markdown print the same [`Book`], so none of them can say something else than the others. Text in a
//! book is plain and already in the reader's language; what steers a terminal or a browser is taken out when it is put
//! in ([`crate::printable`]), and each printer escapes for its own format.

mod appendix;
mod block;
mod changes;
mod chart;
mod contents;
mod cover;
mod first;
mod fixes;
mod guideline;
mod images;
mod items;
mod packages;
mod patches;
mod summary;
mod tones;
mod unseen;

pub use block::{
    Align, Block, Cell, Chart, ChartKind, Column, ColumnKind, Fact, List, Note, Row, Table, Tone,
};
pub use chart::{ChartStyle, chart_in_words, chart_svg};
pub use contents::{BookOptions, book};

use pasu_model::Lang;

/// A report, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// Its language.
    pub lang: Lang,
    /// When it was made, RFC 3339, for the document's properties; never the clock of the one who prints it.
    pub created: String,
    /// Whose it is and how it looks.
    pub brand: Brand,
    /// The first page.
    pub cover: Cover,
    /// What follows, in order.
    pub chapters: Vec<Chapter>,
}

/// What a company sets of its reports (`[report]` in `pasu.toml`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    /// The organisation's name; empty where none is set.
    pub organisation: String,
    /// Its logo.
    pub logo: Option<Logo>,
    /// The colour of headings and lines, red, green and blue; the usual one where none is set.
    pub accent: Option<[u8; 3]>,
}

/// A logo, as the bytes of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logo {
    /// PNG.
    Png(Vec<u8>),
    /// JPEG.
    Jpeg(Vec<u8>),
    /// SVG.
    Svg(String),
}

/// The first page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cover {
    /// What the document is: 취약점 점검 결과 보고서.
    pub title: String,
    /// What was inspected.
    pub subtitle: String,
    /// Organisation, host, dates, versions, who ran it.
    pub facts: Vec<Fact>,
    /// What could not be seen, where something could not: it belongs on page one.
    pub warning: Option<String>,
}

/// A numbered part of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Chapter {
    /// Its name in links, unique in the book: `summary`.
    pub id: &'static str,
    /// Its heading, without a number.
    pub title: String,
    /// What is in it.
    pub blocks: Vec<Block>,
}
