//! The report as a PDF: a small flow layout of our own over krilla, which writes the document.
//!
//! A [`Book`] is laid out into sheets of shapes (`parts` makes strips of blocks, `flow` puts strips on sheets), and only
//! then painted: page numbers are known before the first page is written. It knows no finding, reads no clock and no
//! file; the same book gives the same bytes.

mod error;
mod flow;
mod font;
mod paint;
mod parts;
mod picture;
mod style;
mod tags;
mod text;

pub use error::PdfError;

use font::Fonts;
use pasu_report::book::Book;

/// The book as an A4 document, tagged as PDF/UA-1 wants it, with its fonts embedded as subsets.
///
/// # Errors
/// Where the brand's logo cannot be read or is too big, and where the document cannot be written.
pub fn render(book: &Book) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::new()?;
    let document = parts::lay(book, &fonts)?;
    paint::paint(book, &fonts, document)
}
