//! CSV (RFC 4180) in the columns in which Korean assessors keep their results. It begins with a byte order mark, without
//! which spreadsheet programs take Korean for another encoding.

use crate::words::items;
use pasu_model::{Audit, ItemResult, Lang};
use std::io::{self, Write};

/// How many lines of evidence a cell holds.
const MAX_LINES: usize = 20;

/// The most characters a spreadsheet's cell takes.
const MAX_CELL: usize = 32_000;

/// Writes the whole table.
pub(super) fn write(audit: &Audit, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let headings = match lang {
        Lang::Ko => ["항목코드", "항목명", "중요도", "결과", "현황/근거", "조치방안"],
        Lang::En => ["Code", "Item", "Importance", "Result", "Evidence", "Remedy"],
    };
    out.write_all("\u{feff}".as_bytes())?;
    row(&headings.map(str::to_owned), out)?;
    for result in &audit.results {
        row(&cells(result, lang), out)?;
    }
    Ok(())
}

fn cells(result: &ItemResult, lang: Lang) -> [String; 6] {
    [
        result.code.clone(),
        result.title.get(lang).to_owned(),
        result.importance.text().get(lang).to_owned(),
        items::verdict(result, lang),
        items::evidence(result, lang, MAX_LINES),
        result.remedy.get(lang).to_owned(),
    ]
}

fn row(cells: &[String; 6], out: &mut dyn Write) -> io::Result<()> {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    write!(out, "{}\r\n", quoted.join(","))
}

/// A cell in quotes. What a spreadsheet would take for a formula gets an apostrophe, also at the beginning of a later
/// line; what steers a terminal is shown instead.
fn quoted(cell: &str) -> String {
    let safe: Vec<String> = cell
        .split('\n')
        .map(|line| {
            let line = crate::safe_text::clean(line);
            let is_formula = line.starts_with(['=', '+', '-', '@', '\t', '\r']);
            if is_formula { format!("'{line}") } else { line }
        })
        .collect();
    let text: String = safe.join("\n").chars().take(MAX_CELL).collect();
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn cells_hold_no_formula_and_no_quote_ends_them() {
        for (cell, written) in [
            ("plain", "\"plain\""),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("a\n=1+1", "\"a\n'=1+1\""),
            ("say \"no\", now", "\"say \"\"no\"\", now\""),
            ("\u{1b}[31m", "\"\\u{1b}[31m\""),
        ] {
            assert_eq!(quoted(cell), written, "{cell}");
        }
    }
}
