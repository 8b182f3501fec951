//! Where things stand: nothing beyond the margins, nothing over something else.

use super::poppler::{File, Word};
use crate::common;
use pasu_model::Lang;
use pasu_report::book::{Block, Book, Cell, Chapter, Column, ColumnKind, Fact, Row, Table};

/// The words of a book, none beyond the page's margins, no two over each other.
fn words(book: &Book) -> Option<Vec<Word>> {
    let file = File::new(&pasu_pdf::render(book).expect("a document"))?;
    let words = file.words();
    for word in &words {
        let is_inside =
            word.left >= 53.5 && word.right <= 542.0 && word.top >= 30.0 && word.bottom <= 825.0;
        assert!(is_inside, "{word:?}");
    }
    for (index, one) in words.iter().enumerate() {
        let nearby = words[index + 1..].iter().take_while(|two| two.page == one.page);
        for two in nearby {
            let wide = one.right.min(two.right) - one.left.max(two.left);
            // Poppler's boxes are as high as the font, which is more than a line's letters.
            let high = one.bottom.min(two.bottom) - one.top.max(two.top);
            let least = (one.bottom - one.top).min(two.bottom - two.top);
            assert!(wide < 0.5 || high < least * 0.4, "{one:?} is over {two:?}");
        }
    }
    Some(words)
}

fn chapter(blocks: Vec<Block>) -> Vec<Chapter> {
    vec![Chapter { id: "one", title: "하나".into(), blocks }]
}

#[test]
fn usual_books_keep_their_margins() {
    for lang in [Lang::Ko, Lang::En] {
        for book in
            [common::book(lang, Vec::new()), common::usual(lang, 0), common::usual(lang, 120)]
        {
            if words(&book).is_none() {
                return;
            }
        }
    }
}

#[test]
fn long_words_and_narrow_columns_keep_them_too() {
    let long = "/usr/lib/x86_64-linux-gnu/libsomething_with_a_long_name.so.1.2.3:".repeat(30);
    let many = |count: usize| Table {
        id: format!("t{count}"),
        caption: "가".repeat(300),
        columns: (0..count).map(|i| Column::new(format!("열{i}"), 1.0, ColumnKind::Code)).collect(),
        rows: vec![Row { cells: vec![Cell::new(&long); count] }, Row::default()],
        empty: String::new(),
        is_long: false,
    };
    let blocks = vec![
        Block::Heading { level: 2, text: "제목".repeat(200) },
        Block::Paragraph("한글단어".repeat(2000)),
        Block::Facts(vec![Fact::new("이름".repeat(50), &long), Fact::new("", "")]),
        Block::Table(many(1)),
        Block::Table(many(7)),
        Block::Table(many(20)),
        Block::Code(long.clone()),
    ];
    let mut book = common::book(Lang::Ko, chapter(blocks));
    book.cover.title = "아주 긴 제목의 보고서 ".repeat(30);
    book.cover.subtitle = long.clone();
    book.cover.warning = Some("확인하지 못한 것이 많습니다. ".repeat(400));
    book.brand.organisation = "기관".repeat(100);
    let _ = words(&book);
}

#[test]
fn no_heading_is_the_last_thing_on_a_page() {
    // Headings at every height of a page, each followed by a paragraph of two lines.
    let text = "머리글 다음에 오는 두 줄짜리 문단입니다. ".repeat(4);
    let blocks = (0..60).flat_map(|index| {
        let heading = Block::Heading { level: 2, text: format!("제목{index}") };
        [heading, Block::Paragraph(format!("본문{index} {text}"))]
    });
    let Some(words) = words(&common::book(Lang::Ko, chapter(blocks.collect()))) else { return };
    let page = |text: &str| words.iter().rfind(|word| word.text == text).map(|word| word.page);
    for index in 0..60 {
        assert_eq!(page(&format!("제목{index}")), page(&format!("본문{index}")), "{index}");
    }
}

#[test]
fn a_row_that_does_not_fit_goes_to_the_next_page_whole_and_a_giant_one_is_split() {
    let rows = [3, 30, 30, 300, 3].iter().enumerate().map(|(index, lines)| {
        let text = (0..*lines).map(|line| format!("r{index}l{line}\n")).collect::<String>();
        Row { cells: vec![Cell::new(text), Cell::new(format!("end{index}"))] }
    });
    let table = Table {
        id: "t".into(),
        caption: "표".into(),
        columns: ["가", "나"].map(|title| Column::new(title, 1.0, ColumnKind::Text)).to_vec(),
        rows: rows.collect(),
        empty: String::new(),
        is_long: false,
    };
    let Some(words) = words(&common::book(Lang::Ko, chapter(vec![Block::Table(table)]))) else {
        return;
    };
    let pages = |row: usize| {
        let start = format!("r{row}l");
        let mut pages: Vec<_> = words
            .iter()
            .filter(|word| word.text.starts_with(&start))
            .map(|word| word.page)
            .collect();
        pages.dedup();
        pages
    };
    assert_eq!((pages(0).len(), pages(1).len(), pages(2).len()), (1, 1, 1));
    assert!(pages(3).len() > 4, "{:?}", pages(3));
    let lines = words.iter().filter(|word| word.text.starts_with("r3l")).count();
    assert_eq!(lines, 300);
}
