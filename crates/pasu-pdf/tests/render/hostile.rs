//! Books that somebody made to break a printer.

use super::poppler::File;
use crate::common;
use pasu_model::Lang;
use pasu_report::book::{
    Block, Book, Cell, Chapter, Chart, ChartKind, Column, ColumnKind, Cover, Fact, List, Note, Row,
    Table, Tone,
};

const TEXTS: &[&str] = &[
    "",
    " ",
    "\n\n\n",
    "\0\u{1}\u{1b}]0;x\u{7}\r\n\t",
    "\u{202e}dlrow olleh\u{202c}",
    "\u{feff}\u{fffe}\u{ffff}\u{200b}\u{200d}",
    "e\u{301}\u{301}\u{301}\u{301} \u{1112}\u{1161}\u{11ab}",
    "<script>alert(1)</script> & \" '",
    "一二三 日本語 العربية 😀👨‍👩‍👧 \u{e000} \u{10ffff}",
    "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
    "))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
    "\u{a0}\u{3000}\u{2003}x\u{2028}y\u{2029}z",
];

/// A book in which every text is this one.
fn everywhere(text: &str) -> Book {
    let own = || text.to_owned();
    let cell = |tone| Cell { text: own(), tone, order: None, link: Some(format!("#{text}")) };
    let kinds = [ColumnKind::Text, ColumnKind::Number, ColumnKind::Code, ColumnKind::Badge];
    let table = |rows: usize, columns: usize| Table {
        id: own(),
        caption: own(),
        columns: kinds[..columns]
            .iter()
            .map(|kind| Column { title: own(), share: f32::NAN, kind: *kind })
            .collect(),
        rows: vec![
            Row { cells: vec![cell(Tone::Alarm), cell(Tone::Good), cell(Tone::Faint)] };
            rows
        ],
        empty: own(),
        is_long: true,
    };
    let chart = |kind| Chart {
        title: own(),
        kind,
        series: vec![(own(), Tone::Bad), (own(), Tone::Good)],
        rows: vec![(own(), vec![1.0, f64::NAN]), (own(), vec![])],
        centre: Some((own(), own())),
    };
    let blocks = vec![
        Block::Heading { level: 0, text: own() },
        Block::Heading { level: 200, text: own() },
        Block::Paragraph(own()),
        Block::Note(Note { tone: Tone::Bad, title: own(), lines: vec![own(), own()] }),
        Block::Note(Note { tone: Tone::Plain, title: String::new(), lines: vec![] }),
        Block::Facts(vec![Fact { name: own(), value: own() }]),
        Block::Facts(vec![]),
        Block::List(List { is_numbered: true, points: vec![(own(), vec![own()])] }),
        Block::List(List { is_numbered: false, points: vec![] }),
        Block::Table(table(2, 4)),
        Block::Table(table(0, 4)),
        Block::Table(table(2, 0)),
        Block::PageBreak,
        Block::PageBreak,
        Block::Chart(chart(ChartKind::Bars)),
        Block::Chart(chart(ChartKind::Ring)),
        Block::Code(own()),
    ];
    let mut book = common::book(Lang::Ko, vec![Chapter { id: "a", title: own(), blocks }]);
    book.created = own();
    book.brand.organisation = own();
    book.cover = Cover {
        title: own(),
        subtitle: own(),
        facts: vec![Fact { name: own(), value: own() }],
        warning: Some(own()),
    };
    book
}

#[test]
fn no_text_breaks_the_document() {
    for text in TEXTS {
        let bytes =
            pasu_pdf::render(&everywhere(text)).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        if let Some(file) = File::new(&bytes) {
            let text = file.text();
            assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text:?}");
        }
    }
}

#[test]
fn words_of_a_hundred_thousand_letters_are_printed() {
    for word in ["x", "가", "一", "/a"] {
        let mut book = common::book(Lang::Ko, Vec::new());
        let text = word.repeat(100_000);
        let table = Table {
            id: "t".into(),
            caption: text.clone(),
            columns: vec![
                Column::new(&text, 1.0, ColumnKind::Code),
                Column::new("b", 9.0, ColumnKind::Badge),
            ],
            rows: vec![Row { cells: vec![Cell::new(&text), Cell::new("b")] }],
            empty: String::new(),
            is_long: false,
        };
        let blocks = vec![Block::Paragraph(text.clone()), Block::Table(table)];
        book.chapters = vec![Chapter { id: "a", title: "a".into(), blocks }];
        pasu_pdf::render(&book).unwrap_or_else(|error| panic!("{word}: {error}"));
    }
}

#[test]
fn a_book_of_nothing_is_a_document() {
    let book = Book {
        lang: Lang::En,
        created: String::new(),
        brand: Default::default(),
        cover: Cover::default(),
        chapters: Vec::new(),
    };
    pasu_pdf::render(&book).expect("a document");
}
