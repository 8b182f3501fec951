//! A book as GitHub-flavoured Markdown.
//!
//! Every text of the book is escaped ([`escape`]), so nothing of a target becomes a link, a tag, a picture or a cell.

mod escape;
mod table;

use crate::book::{Block, Book, Chapter, Chart, ChartKind, Cover, List, Note};
pub(crate) use escape::cell;
use escape::{address, inline, lines};
use pasu_model::Lang;
use std::io::{self, Write};

/// Writes a book.
///
/// # Errors
/// Only what `out` says.
pub fn render_markdown(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    cover(book, &book.cover, out)?;
    contents(book, out)?;
    for (number, chapter) in book.chapters.iter().enumerate() {
        write_chapter(book, number + 1, chapter, out)?;
    }
    Ok(())
}

fn cover(book: &Book, cover: &Cover, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n\n{}\n", inline(&cover.title), inline(&cover.subtitle))?;
    table::facts(&cover.facts, book.lang, out)?;
    if let Some(warning) = &cover.warning {
        writeln!(out, "> **{}**\n", inline(warning))?;
    }
    Ok(())
}

/// The chapters with links to them.
fn contents(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    for (number, chapter) in book.chapters.iter().enumerate() {
        let link = address(&format!("#{}", chapter.id));
        writeln!(out, "{}. [{}]({link})", number + 1, inline(&chapter.title))?;
    }
    writeln!(out)
}

fn write_chapter(
    book: &Book,
    number: usize,
    chapter: &Chapter,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = inline(&chapter.title);
    writeln!(out, "<a id=\"{}\"></a>\n\n## {number}. {title}\n", escape::id(chapter.id))?;
    chapter.blocks.iter().try_for_each(|block| write_block(book, block, out))
}

fn write_block(book: &Book, block: &Block, out: &mut dyn Write) -> io::Result<()> {
    match block {
        Block::Heading { level, text } => {
            let marks = "#".repeat(usize::from((*level).clamp(2, 5)) + 1);
            writeln!(out, "{marks} {}\n", inline(text))
        }
        Block::Paragraph(text) => writeln!(out, "{}\n", lines(text)),
        Block::Note(note) => write_note(note, out),
        Block::Facts(facts) => table::facts(facts, book.lang, out),
        Block::List(list) => write_list(list, out),
        Block::Table(found) => table::write(found, out),
        Block::Chart(chart) => write_chart(book, chart, out),
        Block::Code(text) => write_code(text, out),
        Block::PageBreak => Ok(()),
    }
}

fn write_note(note: &Note, out: &mut dyn Write) -> io::Result<()> {
    if !note.title.is_empty() {
        writeln!(out, "> **{}**\n>", inline(&note.title))?;
    }
    for line in &note.lines {
        writeln!(out, "> {}", inline(line))?;
    }
    writeln!(out)
}

fn write_list(list: &List, out: &mut dyn Write) -> io::Result<()> {
    for (number, (point, below)) in list.points.iter().enumerate() {
        let mark = if list.is_numbered { format!("{}. ", number + 1) } else { "- ".to_owned() };
        writeln!(out, "{mark}{}", inline(point))?;
        for line in below {
            writeln!(out, "{:indent$}- {}", "", inline(line), indent = mark.len())?;
        }
    }
    writeln!(out)
}

/// Text as it stands, in a fence that nothing in it ends.
fn write_code(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    writeln!(out, "{fence}text\n{}\n{fence}\n", crate::safe_text::clean_lines(text))
}

/// `58.0점`, `58.0 of 100`.
fn centre(book: &Book, number: &str, unit: &str) -> String {
    match book.lang {
        Lang::Ko => format!("{number}{unit}"),
        Lang::En => format!("{number} {unit}"),
    }
}

/// A picture as its numbers.
fn write_chart(book: &Book, chart: &Chart, out: &mut dyn Write) -> io::Result<()> {
    let mut title = inline(&chart.title);
    if let Some((number, unit)) = &chart.centre {
        title.push_str(&format!(": {}", inline(&centre(book, number, unit))));
    }
    writeln!(out, "**{title}**\n")?;
    let series: Vec<String> = chart.series.iter().map(|(name, _)| inline(name)).collect();
    let number = |value: &f64| {
        if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
    };
    let row = |(name, values): &(String, Vec<f64>)| {
        let mut cells = vec![inline(name)];
        cells.extend(values.iter().map(number));
        cells
    };
    let first = match chart.kind {
        ChartKind::Ring => String::new(),
        ChartKind::Bars => book.lang.pick("구분", "What").to_owned(),
    };
    let mut heads = vec![(first, ":---")];
    heads.extend(series.into_iter().map(|name| (name, "---:")));
    table::grid(&heads, &chart.rows.iter().map(row).collect::<Vec<_>>(), out)
}
