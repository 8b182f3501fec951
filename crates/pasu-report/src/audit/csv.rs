//! CSV (RFC 4180) in the columns in which Korean assessors keep their results. It begins with a byte order mark, without
//! which spreadsheet programs take Korean for another encoding.

use pasu_model::{Audit, Evidence, ItemResult, Lang, Weight};
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
        verdict(result, lang),
        evidence(result, lang),
        result.remedy.get(lang).to_owned(),
    ]
}

fn verdict(result: &ItemResult, lang: Lang) -> String {
    let verdict = result.verdict.text().get(lang).to_owned();
    match &result.accepted {
        Some(accepted) => {
            let until = lang.pick("예외 승인", "accepted until");
            format!("{verdict} ({until} {})", accepted.until)
        }
        None => verdict,
    }
}

fn evidence(result: &ItemResult, lang: Lang) -> String {
    let mut lines = Vec::new();
    if let Some(answer) = &result.answer {
        let said = lang.pick("담당자 확인", "answered by");
        lines.push(format!("{said} {} ({}): {}", answer.by, answer.until, answer.reason));
    }
    if let Some(accepted) = &result.accepted {
        lines.push(format!("{}: {}", lang.pick("예외 사유", "accepted because"), accepted.reason));
    }
    let shown = result.evidence.iter().take(MAX_LINES);
    lines.extend(shown.map(|evidence| line(evidence, lang)));
    let more = result.evidence.len().saturating_sub(MAX_LINES) as u64 + result.more_evidence;
    if more > 0 {
        lines.push(match lang {
            Lang::Ko => format!("그 밖에 {more}건"),
            Lang::En => format!("and {more} more"),
        });
    }
    lines.join("\n")
}

fn line(evidence: &Evidence, lang: Lang) -> String {
    let mark = match evidence.weight {
        Weight::Bad => lang.pick("[취약] ", "[bad] "),
        Weight::Unseen => lang.pick("[점검불가] ", "[not seen] "),
        Weight::Ask => lang.pick("[수동점검] ", "[to check] "),
        Weight::Warning => lang.pick("[참고] ", "[note] "),
        Weight::Good => lang.pick("[양호] ", "[good] "),
        Weight::Note => "",
    };
    let place = evidence.place.as_ref().map(|place| place.shown() + ": ").unwrap_or_default();
    format!("{mark}{place}{}", evidence.message.text.get(lang))
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
