//! What a chapter is made of.

/// One thing in a chapter, from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading below the chapter's.
    Heading {
        /// 2 or 3; the chapter's own is 1.
        level: u8,
        /// Its words.
        text: String,
    },
    /// Running text.
    Paragraph(String),
    /// Something to be noticed.
    Note(Note),
    /// Names and what they are, side by side.
    Facts(Vec<Fact>),
    /// Points.
    List(List),
    /// Rows and columns.
    Table(Table),
    /// A picture of numbers.
    Chart(Chart),
    /// Text as it stands in a file or terminal, line by line.
    Code(String),
    /// What follows begins on a new page, where there are pages.
    PageBreak,
}

/// What a colour stands for. No printer may say something by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Good: 양호, fixed.
    Good,
    /// Worth knowing.
    Info,
    /// Medium: manual, accepted.
    Warning,
    /// Bad: 취약, high.
    Bad,
    /// The worst: critical, exploited.
    Alarm,
    /// Of little weight: not applicable, low.
    Faint,
}

/// A paragraph with a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How it is meant.
    pub tone: Tone,
    /// Its first words, in bold; may be empty.
    pub title: String,
    /// What it says, one paragraph each.
    pub lines: Vec<String>,
}

/// A name and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The name: 점검 대상.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// Points, one below the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Whether they are numbered.
    pub is_numbered: bool,
    /// Each with what is said below it, smaller.
    pub points: Vec<(String, Vec<String>)>,
}

/// Rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name in links, unique in the book.
    pub id: String,
    /// What it shows; stands above it.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with as many cells as there are columns.
    pub rows: Vec<Row>,
    /// What stands there where it has no rows.
    pub empty: String,
    /// Whether a reader would want to sort and filter it.
    pub is_long: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its share of the width, against the others'.
    pub share: f32,
    /// What is in it.
    pub kind: ColumnKind,
}

/// What is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColumnKind {
    /// Words.
    #[default]
    Text,
    /// Numbers, to the right.
    Number,
    /// Names of files, packages and versions, which break anywhere.
    Code,
    /// One short word, in the middle, with its tone: a verdict or severity. A reader filters by it.
    Badge,
}

impl ColumnKind {
    /// To which side it is set.
    #[must_use]
    pub const fn align(self) -> Align {
        match self {
            Self::Text | Self::Code => Align::Left,
            Self::Number => Align::Right,
            Self::Badge => Align::Middle,
        }
    }
}

/// To which side text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Left.
    Left,
    /// In the middle.
    Middle,
    /// Right.
    Right,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What it says; lines are kept.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// By what it is sorted, where its text is not it: 4 for CRITICAL.
    pub order: Option<f64>,
    /// Where it leads: `https://…`, or `#` and the id of a chapter or table.
    pub link: Option<String>,
}

/// A picture of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// How.
    pub kind: ChartKind,
    /// What the parts of a bar are.
    pub series: Vec<(String, Tone)>,
    /// The bars, or the slices' only row: a name, and a number for each series.
    pub rows: Vec<(String, Vec<f64>)>,
    /// The number in the middle of a ring, with what it is: `82.5`, `점`.
    pub centre: Option<(String, String)>,
}

/// How numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Horizontal bars, each made of its series.
    Bars,
    /// A ring of one row.
    Ring,
}

impl Cell {
    /// A cell that says this.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: crate::safe_text::clean_lines(&text.into()), ..Self::default() }
    }

    /// The same with a tone.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// The same, sorted by a number.
    #[must_use]
    pub fn order(mut self, order: f64) -> Self {
        self.order = Some(order);
        self
    }

    /// The same, leading somewhere; only web addresses and places in the book are taken.
    #[must_use]
    pub fn link(mut self, link: impl Into<String>) -> Self {
        let link = link.into();
        let leads = ["https://", "http://", "#"].iter().any(|start| link.starts_with(start));
        let is_plain = !link.chars().any(|c| c.is_control() || c.is_whitespace());
        self.link = (leads && is_plain && link.len() <= 2048).then_some(link);
        self
    }
}

impl Table {
    /// How much of the width each column has, in whole per cent, at least 1.
    pub fn widths(&self) -> impl Iterator<Item = u8> {
        let whole: f32 = self.columns.iter().map(|column| column.share).sum();
        self.columns
            .iter()
            .map(move |column| (column.share * 100.0 / whole).clamp(1.0, 100.0) as u8)
    }

    /// A row's cells, each with what its column holds.
    pub fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (ColumnKind, &'a Cell)> {
        self.columns.iter().map(|column| column.kind).zip(&row.cells)
    }
}

impl Column {
    /// A column.
    pub fn new(title: impl Into<String>, share: f32, kind: ColumnKind) -> Self {
        Self { title: title.into(), share, kind }
    }
}

impl Fact {
    /// A name and what it is.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: crate::safe_text::clean_lines(&value.into()) }
    }
}
