//! Cells that no spreadsheet program takes for anything but text.

use std::io::{self, Write};

/// The most characters a spreadsheet's cell takes.
const MAX_CELL: usize = 32_000;

/// The byte order mark, without which spreadsheet programs take Korean for another encoding.
pub(crate) fn begin(out: &mut dyn Write) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())
}

/// One line.
pub(crate) fn row(cells: &[String], out: &mut dyn Write) -> io::Result<()> {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    write!(out, "{}\r\n", quoted.join(","))
}

/// A cell in quotes. What a spreadsheet would take for a formula gets an apostrophe, also at the beginning of a later
/// line; what steers a terminal is shown instead.
fn quoted(cell: &str) -> String {
    let safe: Vec<String> = cell.split('\n').map(defused).collect();
    let text: String = safe.join("\n").chars().take(MAX_CELL).collect();
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Programs skip white space before a formula, and some take full-width letters for the plain ones.
fn defused(line: &str) -> String {
    let begins = |line: &str| line.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let is_formula = line.starts_with(['\t', '\r']) || begins(line.trim_start());
    let line = crate::safe_text::clean(line);
    if is_formula { format!("'{line}") } else { line }
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
            ("\t=1", "\"' =1\""),
            ("\r@x", "\"' @x\""),
            (" +1", "\"' +1\""),
            ("＝1", "\"'＝1\""),
            ("say \"no\", now", "\"say \"\"no\"\", now\""),
            ("\u{1b}[31m", "\"\\u{1b}[31m\""),
        ] {
            assert_eq!(quoted(cell), written, "{cell}");
        }
    }
}
