//! What is said in a book is in the document.

use super::poppler::{File, letters};
use crate::common;
use pasu_model::Lang;
use pasu_report::book::{Block, Book};

fn printed(book: &Book) -> Option<File> {
    File::new(&pasu_pdf::render(book).expect("a document"))
}

#[test]
fn every_cell_of_a_long_table_is_there_in_order() {
    for lang in [Lang::Ko, Lang::En] {
        let book = common::usual(lang, 300);
        let Some(file) = printed(&book) else { return };
        // Running heads and feet stand between the rows of two pages.
        let text =
            file.ask("pdftotext", &["-raw", "-y", "60", "-x", "0", "-W", "600", "-H", "725"]);
        let text = letters(&text);
        let mut from = 0;
        for row in &common::findings(lang, 300).rows {
            for cell in row.cells.iter().filter(|cell| !cell.text.is_empty()) {
                let words = letters(&cell.text);
                let at = text[from..].find(&words);
                // Cells break in lines beside each other only where one is higher than another; raw text keeps them.
                let at = at.unwrap_or_else(|| {
                    panic!("{words} is not after {}", &text[..from][from.saturating_sub(200)..])
                });
                from += at + words.len();
            }
        }
    }
}

#[test]
fn table_heads_are_repeated_on_each_page() {
    let Some(file) = printed(&common::usual(Lang::Ko, 60)) else { return };
    let words = file.words();
    let pages = |text: &str| {
        let pages: Vec<_> =
            words.iter().filter(|word| word.text == text).map(|word| word.page).collect();
        pages
    };
    let mut rows: Vec<usize> = words
        .iter()
        .filter(|word| word.text.starts_with("CVE-2026-"))
        .map(|word| word.page)
        .collect();
    rows.dedup();
    assert!(rows.len() > 3, "{rows:?}");
    assert_eq!(pages("CVSS"), rows);
    assert_eq!(pages("심각도"), rows);
}

#[test]
fn letters_that_the_fonts_do_not_have_are_shown_and_can_be_copied() {
    let mut book = common::book(Lang::Ko, Vec::new());
    book.cover.subtitle = "한자 一二三, 그림 😀, עברית 끝".into();
    let Some(file) = printed(&book) else { return };
    let text = file.text();
    for word in ["한자 一二三, 그림 😀, ", " 끝"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

#[test]
fn headings_are_numbered_and_listed_with_their_pages() {
    let Some(file) = printed(&common::usual(Lang::Ko, 40)) else { return };
    let contents = file.ask("pdftotext", &["-f", "2", "-l", "2", "-layout"]);
    for (title, page) in
        [("1. 점검 결과 요약", 3), ("2. 항목별 점검 결과", 4), ("3. 패키지 취약점", 5)]
    {
        let line = contents.lines().find(|line| line.contains(title)).expect(title);
        assert!(line.trim_end().ends_with(&page.to_string()), "{line}");
        let found = file.ask("pdftotext", &["-f", &page.to_string(), "-l", &page.to_string()]);
        assert!(found.contains(title), "{found}");
    }
}

#[test]
fn charts_have_their_text_and_a_description() {
    let Some(file) = printed(&common::usual(Lang::Ko, 1)) else { return };
    let text = file.letters();
    for word in ["운영체제패키지", "186", "72.5", "해당없음"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

#[test]
fn code_keeps_its_lines_and_indents() {
    let code = "first\n    second\n\n  third";
    let mut book = common::usual(Lang::En, 1);
    book.chapters[0].blocks = vec![Block::Code(code.into())];
    let Some(file) = printed(&book) else { return };
    let words = file.words();
    let place = |text: &str| words.iter().find(|word| word.text == text).expect(text).clone();
    let (first, second, third) = (place("first"), place("second"), place("third"));
    assert!(second.left > third.left && third.left > first.left + 2.0);
    assert!((third.top - second.top - 2.0 * (second.top - first.top)).abs() < 0.1);
}
