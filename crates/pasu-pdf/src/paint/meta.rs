//! What the document says of itself: properties, outline, errors.

use super::destination;
use crate::PdfError;
use crate::flow::{Mark, Place};
use crate::text::clean;
use jiff::Timestamp;
use krilla::error::KrillaError;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use pasu_model::Lang;
use pasu_report::book::{Book, Logo};

/// As PDF names a language.
pub fn lang(lang: Lang) -> &'static str {
    match lang {
        Lang::Ko => "ko",
        Lang::En => "en",
    }
}

/// Title, organisation, language and date.
pub fn metadata(book: &Book) -> Metadata {
    let mut metadata = Metadata::new()
        .title(title(book))
        .language(lang(book.lang).to_owned())
        .creator("Pasu".to_owned())
        .producer("Pasu".to_owned());
    let organisation = short(&book.brand.organisation);
    if !organisation.is_empty() {
        metadata = metadata.authors(vec![organisation]);
    }
    match book.created.parse::<Timestamp>() {
        Ok(time) => metadata.creation_date(date(time)),
        // A book without a date has none in its properties either.
        Err(_) => metadata,
    }
}

fn date(time: Timestamp) -> DateTime {
    let time = time.to_zoned(jiff::tz::TimeZone::UTC);
    DateTime::new(time.year().unsigned_abs())
        .month(time.month().unsigned_abs())
        .day(time.day().unsigned_abs())
        .hour(time.hour().unsigned_abs())
        .minute(time.minute().unsigned_abs())
        .second(time.second().unsigned_abs())
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn title(book: &Book) -> String {
    let title = short(&book.cover.title);
    if title.is_empty() { "Pasu".to_owned() } else { title }
}

/// Readers take no more than 32,767 bytes.
fn short(text: &str) -> String {
    clean(text).replace('\n', " ").chars().take(500).collect()
}

/// The cover, and all headings below it.
pub fn outline(book: &Book, marks: &[Mark]) -> Outline {
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(title(book), destination(Place { sheet: 0, y: 0.0 })));
    let mut rest = marks;
    while let Some(mark) = rest.first() {
        outline.push_child(branch(mark.level, &mut rest));
    }
    outline
}

/// The first heading with those that are below it.
fn branch(level: u8, rest: &mut &[Mark]) -> OutlineNode {
    let mut node = match rest.split_first() {
        Some((mark, after)) => {
            *rest = after;
            OutlineNode::new(short(&mark.text), destination(mark.place))
        }
        None => OutlineNode::new(String::new(), destination(Place { sheet: 0, y: 0.0 })),
    };
    while rest.first().is_some_and(|next| next.level > level) {
        let next = rest[0].level;
        node.push_child(branch(next, rest));
    }
    node
}

/// What krilla says, in our words: the only image in a book is the logo.
pub fn explained(error: KrillaError, book: &Book) -> PdfError {
    match error {
        KrillaError::Image(_, _, cause) => {
            let format = match book.brand.logo {
                Some(Logo::Jpeg(_)) => "JPEG",
                _ => "PNG",
            };
            PdfError::Logo { format, cause }
        }
        KrillaError::Validation(errors) => {
            let errors: Vec<_> = errors.iter().take(3).map(|(error, _)| named(error)).collect();
            PdfError::Write(format!("it breaks PDF/UA-1: {}", errors.join(", ")))
        }
        other => PdfError::Write(other.to_string()),
    }
}

/// The error's name, without the font that stands in it.
fn named(error: &krilla::configure::ValidationError) -> String {
    let name = format!("{error:?}");
    name.split('(').next().unwrap_or_default().to_owned()
}
