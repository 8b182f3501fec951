//! Tables: rows of the book, and names with what they are.

use super::escape::{address, cell, id, inline};
use crate::book::{Align, Cell, Fact, Table};
use pasu_model::Lang;
use std::io::{self, Write};

/// Writes a table below its caption.
pub(super) fn write(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<a id=\"{}\"></a>\n", id(&table.id))?;
    if !table.caption.is_empty() {
        writeln!(out, "**{}**\n", inline(&table.caption))?;
    }
    if table.rows.is_empty() {
        return writeln!(out, "{}\n", inline(&table.empty));
    }
    let heads: Vec<(String, &str)> = table
        .columns
        .iter()
        .map(|column| {
            let align = match column.kind.align() {
                Align::Left => ":---",
                Align::Middle => ":---:",
                Align::Right => "---:",
            };
            (inline(&column.title), align)
        })
        .collect();
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.cells.iter().map(written).collect()).collect();
    grid(&heads, &rows, out)
}

fn written(of: &Cell) -> String {
    let text = cell(&of.text);
    match &of.link {
        Some(link) if !text.is_empty() => format!("[{text}]({})", address(link)),
        _ => text,
    }
}

/// Writes names and what they are.
pub(super) fn facts(facts: &[Fact], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let heads = [
        (lang.pick("구분", "What").to_owned(), ":---"),
        (lang.pick("내용", "Details").to_owned(), ":---"),
    ];
    let rows: Vec<Vec<String>> =
        facts.iter().map(|fact| vec![cell(&fact.name), cell(&fact.value)]).collect();
    grid(&heads, &rows, out)
}

/// Writes heads with their alignment and rows, all escaped already.
pub(super) fn grid(
    heads: &[(String, &str)],
    rows: &[Vec<String>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let titles: Vec<&str> = heads.iter().map(|(title, _)| title.as_str()).collect();
    let aligns: Vec<&str> = heads.iter().map(|(_, align)| *align).collect();
    writeln!(out, "| {} |\n| {} |", titles.join(" | "), aligns.join(" | "))?;
    for row in rows {
        writeln!(out, "| {} |", row.join(" | "))?;
    }
    writeln!(out)
}
