//! Changes as Markdown, for a comment under a merge request.

use super::table::what;
use super::{Comparison, counts, not_looked_for, score};
use crate::markdown::cell;
use pasu_model::Lang;
use std::io::{self, Write};

pub(super) fn write(
    comparison: &Comparison<'_>,
    lang: Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "# {}\n", lang.pick("점검 결과 비교", "Change between inspections"))?;
    for (words, name, inspection) in [
        (lang.pick("이전", "Before"), comparison.before_name, comparison.before),
        (lang.pick("이후", "After"), comparison.after_name, comparison.after),
    ] {
        let (name, target) = (cell(name), cell(&inspection.target.name));
        writeln!(out, "- {words}: {name}, {}, {target}", cell(&inspection.started))?;
    }
    if let Some(score) = score(comparison, lang) {
        writeln!(out, "- {score}")?;
    }
    writeln!(out, "- {}", counts(comparison.changes, lang))?;
    if let Some(note) = not_looked_for(comparison.changes) {
        writeln!(out, "- {}", note.get(lang))?;
    }
    if comparison.changes.lives.is_empty() {
        return writeln!(out, "\n{}", lang.pick("달라진 것이 없습니다.", "Nothing changed."));
    }
    let headings = match lang {
        Lang::Ko => "| 상태 | 심각도 | 코드 | 대상 | 내용 |",
        Lang::En => "| State | Severity | Code | Target | What |",
    };
    writeln!(out, "\n{headings}\n| --- | --- | --- | --- | --- |")?;
    for life in &comparison.changes.lives {
        let tracked = &life.tracked;
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            life.state.text().get(lang),
            tracked.severity.name(),
            cell(&tracked.rule),
            cell(&tracked.target),
            cell(&what(tracked, lang)),
        )?;
    }
    Ok(())
}
