//! CSV in the columns in which Korean assessors keep their results.

use crate::csv;
use crate::words::items;
use pasu_model::{Audit, ItemResult, Lang};
use std::io::{self, Write};

/// How many lines of evidence a cell holds.
const MAX_LINES: usize = 20;

/// Writes the whole table.
pub(super) fn write(audit: &Audit, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let headings = match lang {
        Lang::Ko => ["항목코드", "항목명", "중요도", "결과", "현황/근거", "조치방안"],
        Lang::En => ["Code", "Item", "Importance", "Result", "Evidence", "Remedy"],
    };
    csv::begin(out)?;
    csv::row(&headings.map(str::to_owned), out)?;
    for result in &audit.results {
        csv::row(&cells(result, lang), out)?;
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
