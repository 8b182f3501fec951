//! The report as one HTML file that asks nobody for anything: style, script and pictures are in it.
//!
//! Its content security policy allows only this very style and script, by their hashes, so that nothing that stands in a
//! finding can ever run or fetch, even if an escape were forgotten. Without the script everything is there to read.

mod filters;
mod style;

use crate::book::{Block, Book, ColumnKind, Logo};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pasu_model::Lang;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The page's script, with a place for its words.
const SCRIPT: &str = include_str!("../../templates/report.js");

/// The page. The template does not escape what it is told is safe: the style, the script, the policy and the pictures,
/// all of which are made here.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    book: &'a Book,
    lang: &'static str,
    title: String,
    organisation: &'a str,
    logo: Option<String>,
    policy: String,
    style: String,
    script: String,
    words: Words,
}

impl Page<'_> {
    /// Begins the ids of a chart, the chapter's block of this number.
    fn chart_id(&self, chapter: &str, block: &usize) -> String {
        format!("{chapter}-{block}")
    }
}

/// Words of the page itself.
struct Words {
    skip: &'static str,
    contents: &'static str,
    made: String,
}

/// Writes the report as an HTML file.
///
/// # Errors
/// Only what `out` says.
pub fn render_html(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    let style = style::of(book);
    let script = script(book.lang);
    let page = Page {
        book,
        lang: book.lang.pick("ko", "en"),
        title: format!("{} - {}", book.cover.title, book.cover.subtitle),
        organisation: &book.brand.organisation,
        logo: book.brand.logo.as_ref().map(data_uri),
        policy: policy(&style, &script),
        style,
        script,
        words: words(book),
    };
    page.write_into(out)?;
    writeln!(out)
}

/// Nothing but this style, this script and pictures that are in the file.
fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn data_uri(logo: &Logo) -> String {
    let (kind, bytes) = match logo {
        Logo::Png(bytes) => ("png", bytes.as_slice()),
        Logo::Jpeg(bytes) => ("jpeg", bytes.as_slice()),
        // As a picture, an SVG file runs no script.
        Logo::Svg(text) => ("svg+xml", text.as_bytes()),
    };
    format!("data:image/{kind};base64,{}", STANDARD.encode(bytes))
}

fn script(lang: Lang) -> String {
    let words = serde_json::json!({
        "search": lang.pick("찾기", "Search"),
        "all": lang.pick("전체", "all"),
        "none": lang.pick("없음", "none"),
    });
    SCRIPT.replace("WORDS", &words.to_string())
}

fn words(book: &Book) -> Words {
    let lang = book.lang;
    Words {
        skip: lang.pick("본문으로 건너뛰기", "Skip to the content"),
        contents: lang.pick("목차", "Contents"),
        made: match lang {
            Lang::Ko => format!("{}에 Pasu로 작성한 보고서입니다.", book.created),
            Lang::En => format!("Made by Pasu, {}.", book.created),
        },
    }
}
