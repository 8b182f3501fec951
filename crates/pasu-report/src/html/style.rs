//! The page's style: one sheet, with the company's colour and the names of columns for narrow screens.

use crate::book::{Block, Book, Table};
use std::fmt::Write;

/// The sheet, with places for what depends on the report.
const STYLE: &str = include_str!("../../templates/report.css");

/// The usual colour of headings.
const ACCENT: [u8; 3] = [0x1f, 0x3a, 0x5f];

/// The sheet for a report.
pub(super) fn of(book: &Book) -> String {
    let accent = book.brand.accent.unwrap_or(ACCENT);
    STYLE
        .replace("ACCENT_DARK", &hex(lighter(accent)))
        .replace("ACCENT", &hex(accent))
        .replace("LABELS", &labels(book))
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The colour on a dark page: half way to white.
fn lighter(colour: [u8; 3]) -> [u8; 3] {
    colour.map(|part| part / 2 + 0x7f)
}

/// On a narrow screen a row is a card, and each cell says what it is.
fn labels(book: &Book) -> String {
    let mut text = String::new();
    for table in tables(book).filter(|table| !table.rows.is_empty()) {
        for (number, column) in table.columns.iter().enumerate() {
            let id = string(&table.id);
            let title = string(&column.title);
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "table[id=\"{id}\"] td:nth-child({})::before{{content:\"{title}\"}}",
                number + 1
            );
        }
    }
    text
}

fn tables(book: &Book) -> impl Iterator<Item = &Table> {
    let blocks = book.chapters.iter().flat_map(|chapter| &chapter.blocks);
    blocks.filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    })
}

/// The inside of a CSS string (CSS Syntax 3, section 4.3.5): everything that is not a letter or digit as its number.
fn string(text: &str) -> String {
    let mut safe = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || character == '-' {
            safe.push(character);
        } else {
            let _ = write!(safe, "\\{:x} ", u32::from(character));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn nothing_ends_a_string_or_the_sheet() {
        assert_eq!(string("a\"</style>"), "a\\22 \\3c \\2f style\\3e ");
        assert_eq!(string("취약점"), "취약점");
    }
}
