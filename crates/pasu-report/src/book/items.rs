//! The page of each item that is wrong, that a person must judge or that could not be checked.

use super::contents::Contents;
use super::{Block, Cell, Chapter, Column, ColumnKind, Row, Table, tones};
use crate::safe_text::clip;
use crate::words::items;
use pasu_model::{Evidence, ItemResult, Lang, Verdict};

/// Whether an item has a page of its own.
pub(super) fn has_page(result: &ItemResult) -> bool {
    matches!(result.verdict, Verdict::Fail | Verdict::Manual | Verdict::Blocked)
}

/// The name of an item's page in links: `item-u-01`.
pub(super) fn id(result: &ItemResult) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    format!("item-{}", result.code.chars().take(40).map(plain).collect::<String>())
}

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let audit = contents.inspection.audit.as_ref()?;
    let mut blocks = Vec::new();
    for (chapter, category, results) in audit.categories() {
        let results: Vec<_> = results.into_iter().filter(|result| has_page(result)).collect();
        if results.is_empty() {
            continue;
        }
        let text = super::guideline::category_name(contents, chapter, category);
        blocks.push(Block::Heading { level: 2, text });
        blocks.extend(results.into_iter().map(|result| Block::Table(page(contents, result))));
    }
    if blocks.is_empty() {
        return None;
    }
    let title =
        contents.pick("취약·수동점검·점검불가 항목 상세", "Failed, manual and blocked items");
    Some(Chapter { id: "items", title: title.to_owned(), blocks })
}

fn page(contents: &Contents<'_>, result: &ItemResult) -> Table {
    let lang = contents.lang;
    let title = clip(result.title.get(lang), 200);
    let mut rows = vec![
        row(contents.pick("점검 결과", "Result"), verdict(contents, result)),
        row(contents.pick("중요도", "Importance"), tones::importance_cell(result.importance, lang)),
        row(
            contents.pick("판단 근거", "Reason"),
            contents.cell(result.reason.text.get(lang), 1000),
        ),
        row(contents.pick("현황", "Evidence"), Cell::new(evidence(contents, result))),
        row(contents.pick("조치 방법", "Remedy"), Cell::new(clip_lines(result.remedy.get(lang)))),
    ];
    let people = items::people(result, lang);
    if !people.is_empty() {
        let lines: Vec<String> = people.iter().map(|line| clip(line, 1000)).collect();
        let name = contents.pick("예외·답변", "Exceptions and answers");
        rows.push(row(name, Cell::new(lines.join("\n"))));
    }
    Table {
        id: id(result),
        caption: format!("{} {title}", clip(&result.code, 20)),
        columns: vec![
            Column::new(contents.pick("구분", "What"), 1.0, ColumnKind::Text),
            Column::new(contents.pick("내용", "Details"), 6.0, ColumnKind::Text),
        ],
        rows,
        empty: String::new(),
        is_long: false,
    }
}

fn row(name: &str, cell: Cell) -> Row {
    Row { cells: vec![Cell::new(name), cell] }
}

/// The verdict, and the check's own where an answer stands over it; until when an exception counts and which file says so.
fn verdict(contents: &Contents<'_>, result: &ItemResult) -> Cell {
    let lang = contents.lang;
    let mut cell = tones::verdict_cell(result, lang);
    if let Some(checked) = result.checked.filter(|checked| *checked != result.verdict) {
        let label = contents.pick("자동 점검의 판정", "the check's own verdict");
        cell.text.push_str(&format!("\n{label}: {}", checked.text().get(lang)));
    }
    if let Some(accepted) = result.accepted.as_ref().filter(|accepted| !accepted.source.is_empty())
    {
        let label = contents.pick("예외를 정한 파일", "the exception is in");
        cell.text.push_str(&format!("\n{label}: {}", clip(&accepted.source, 200)));
    }
    cell
}

/// Everything found, one piece a line, with the text that stands there.
fn evidence(contents: &Contents<'_>, result: &ItemResult) -> String {
    let line = |evidence: &Evidence| {
        let mut line = clip(&items::line(evidence, contents.lang), 500);
        if let Some(excerpt) = evidence.excerpt.as_ref().filter(|excerpt| !excerpt.is_empty()) {
            line.push_str(&format!("  ← {}", clip(excerpt, 300)));
        }
        line
    };
    let mut lines: Vec<String> = result.evidence.iter().map(line).collect();
    if result.more_evidence > 0 {
        lines.push(items::and_more(result.more_evidence, contents.lang));
    }
    if lines.is_empty() {
        let none = match contents.lang {
            Lang::Ko => "기록된 현황이 없습니다.",
            Lang::En => "nothing was recorded.",
        };
        lines.push(none.to_owned());
    }
    lines.join("\n")
}

/// A long text, its lines kept.
fn clip_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().take(200).map(|line| clip(line, 4000)).collect();
    lines.join("\n")
}
