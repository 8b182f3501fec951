//! A book as text, for tests that look for something in it.

use pasu_report::book::{Block, Book, Chapter, Table};

/// Every text of a book, in order.
pub fn texts(book: &Book) -> Vec<String> {
    let mut all = vec![book.cover.title.clone(), book.cover.subtitle.clone()];
    for fact in &book.cover.facts {
        all.extend([fact.name.clone(), fact.value.clone()]);
    }
    all.extend(book.cover.warning.clone());
    for chapter in &book.chapters {
        all.extend(chapter_texts(chapter));
    }
    all
}

/// Every text of a chapter, in order.
pub fn chapter_texts(chapter: &Chapter) -> Vec<String> {
    let mut all = vec![chapter.title.clone()];
    for block in &chapter.blocks {
        block_texts(block, &mut all);
    }
    all
}

fn block_texts(block: &Block, all: &mut Vec<String>) {
    match block {
        Block::Heading { text, .. } | Block::Paragraph(text) | Block::Code(text) => {
            all.push(text.clone());
        }
        Block::Note(note) => {
            all.push(note.title.clone());
            all.extend(note.lines.iter().cloned());
        }
        Block::Facts(facts) => {
            all.extend(facts.iter().flat_map(|fact| [fact.name.clone(), fact.value.clone()]));
        }
        Block::List(list) => {
            for (point, below) in &list.points {
                all.push(point.clone());
                all.extend(below.iter().cloned());
            }
        }
        Block::Table(table) => {
            all.extend([table.caption.clone(), table.empty.clone()]);
            all.extend(table.columns.iter().map(|column| column.title.clone()));
            all.extend(table.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.text.clone()));
        }
        Block::Chart(chart) => {
            all.push(chart.title.clone());
            all.extend(chart.series.iter().map(|(name, _)| name.clone()));
            all.extend(chart.rows.iter().map(|(name, _)| name.clone()));
            all.extend(chart.centre.iter().flat_map(|(a, b)| [a.clone(), b.clone()]));
        }
        Block::PageBreak => {}
    }
}

/// Every table of a book.
pub fn tables(book: &Book) -> Vec<&Table> {
    let blocks = book.chapters.iter().flat_map(|chapter| &chapter.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
        .collect()
}

/// The table of a name.
pub fn table<'a>(book: &'a Book, id: &str) -> &'a Table {
    let found = tables(book).into_iter().find(|table| table.id == id);
    found.unwrap_or_else(|| panic!("no table {id}"))
}

/// The texts of a row's cells.
pub fn cells(table: &Table, row: usize) -> Vec<&str> {
    table.rows[row].cells.iter().map(|cell| cell.text.as_str()).collect()
}
