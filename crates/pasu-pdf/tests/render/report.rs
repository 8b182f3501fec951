//! The report of an inspection, as the tests of `pasu-report` know them: all that it says can be read in the PDF.

use super::poppler::{File, letters};
use crate::reports::{inspection, text};
use pasu_model::Lang;
use pasu_report::BookOptions;
use pasu_report::book::{Block, Book};

#[test]
fn every_text_of_a_report_can_be_read_in_its_pdf() {
    let inspections = [inspection::empty(), inspection::usual(), inspection::not_root()];
    for (inspection, lang) in inspections.iter().flat_map(|one| [(one, Lang::Ko), (one, Lang::En)])
    {
        let options = BookOptions { lang, ..BookOptions::default() };
        let book = pasu_report::book(inspection, None, &options);
        let Some(file) = File::new(&pasu_pdf::render(&book).expect("a document")) else { return };
        let area = ["-raw", "-x", "0", "-y", "60", "-W", "600", "-H", "725"];
        let printed = letters(&file.ask("pdftotext", &area));
        for said in text::texts(&without_charts(book)) {
            // A paragraph that goes on over two pages may have a table's head between its halves.
            for line in said.lines().map(letters) {
                assert!(printed.contains(&line), "{line:?} is not in the PDF");
            }
        }
    }
}

/// Charts cut long names, and what they say is in tables, too; what an empty table says is not said of a full one.
fn without_charts(mut book: Book) -> Book {
    for chapter in &mut book.chapters {
        chapter.blocks.retain(|block| !matches!(block, Block::Chart(_)));
        for block in &mut chapter.blocks {
            if let Block::Table(table) = block
                && !table.rows.is_empty()
            {
                table.empty.clear();
            }
        }
    }
    book
}
