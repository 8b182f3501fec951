//! The guideline: every item in the columns that assessors use, by category.

use super::contents::Contents;
use super::{Block, Cell, Chapter, Column, ColumnKind, Row, Table, Tone, tones};
use crate::safe_text::clip;
use crate::words::items;
use pasu_model::{Audit, ItemResult, Lang, Score, Text, Verdict, Weight};

/// How many pieces of evidence a row of the table shows; the item's own page has them all.
const SHOWN: usize = 2;

/// After so many characters a remedy ends with its sentence; the item's own page has all of it.
const REMEDY: usize = 120;

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let audit = contents.inspection.audit.as_ref()?;
    let mut blocks = vec![Block::Paragraph(introduction(contents, audit))];
    for chapter in &audit.absent {
        blocks.push(Block::Paragraph(absent(contents, &chapter.name, chapter.items)));
    }
    blocks.push(Block::Table(by_category(contents, audit)));
    for (number, (chapter, category, results)) in audit.categories().into_iter().enumerate() {
        let name = category_name(contents, chapter, category);
        let caption = caption(contents, &results);
        blocks.push(Block::Heading { level: 2, text: name });
        blocks.push(Block::Table(table(
            contents,
            format!("guideline-{}", number + 1),
            &caption,
            &results,
            true,
        )));
    }
    Some(Chapter {
        id: "guideline",
        title: contents.pick("보안 설정 점검 결과", "Security settings").to_owned(),
        blocks,
    })
}

fn introduction(contents: &Contents<'_>, audit: &Audit) -> String {
    let name = clip(audit.guideline.name.get(contents.lang), 200);
    let (count, source) = (audit.results.len(), clip(&audit.guideline.source, 300));
    let mut text = match contents.lang {
        Lang::Ko => format!("점검 기준은 «{name}»이며 {count}개 항목을 점검했습니다({source})."),
        Lang::En => format!("The guideline is \"{name}\" with {count} items ({source})."),
    };
    if let Some(policy) = &audit.policy {
        let policy = clip(policy, 200);
        text.push_str(&match contents.lang {
            Lang::Ko => format!(" 기준값과 예외는 정책 파일 {policy}을(를) 따랐습니다."),
            Lang::En => {
                format!(" Parameters and exceptions are those of the policy file {policy}.")
            }
        });
    }
    text
}

fn absent(contents: &Contents<'_>, name: &Text, items: usize) -> String {
    match contents.lang {
        Lang::Ko => {
            format!("{}: 설치된 서버가 없어 {items}개 항목을 제외했습니다.", clip(&name.ko, 80))
        }
        Lang::En => {
            format!("{}: no such server is installed, {items} items left out.", clip(&name.en, 80))
        }
    }
}

/// A category with the chapter it is of, where that is not the machine's own.
pub(super) fn category_name(contents: &Contents<'_>, chapter: &str, category: &Text) -> String {
    format!("{}{}", items::chapter(chapter, contents.lang), clip(category.get(contents.lang), 80))
}

/// How many items a category has, how many of them failed, and its score.
fn caption(contents: &Contents<'_>, results: &[&ItemResult]) -> String {
    let score = Score::of(results.iter().copied());
    let (count, failed) = (results.len(), score.count(Verdict::Fail));
    let percent = score.percent().map_or("-".to_owned(), |percent| format!("{percent:.1}"));
    match contents.lang {
        Lang::Ko => format!("항목 {count}개, 취약 {failed}개, 점수 {percent}"),
        Lang::En => format!("Items: {count}, failed: {failed}, score: {percent}"),
    }
}

/// How many items of each category have which verdict.
fn by_category(contents: &Contents<'_>, audit: &Audit) -> Table {
    let mut columns = vec![
        Column::new(contents.pick("분류", "Category"), 3.0, ColumnKind::Text),
        Column::new(contents.pick("항목", "Items"), 1.0, ColumnKind::Number),
    ];
    let verdicts = Verdict::ALL.map(|verdict| verdict.text().get(contents.lang).to_owned());
    columns.extend(verdicts.map(|name| Column::new(name, 1.0, ColumnKind::Number)));
    columns.push(Column::new(contents.pick("점수", "Score"), 1.0, ColumnKind::Number));
    let mut rows: Vec<Row> = audit
        .categories()
        .into_iter()
        .map(|(chapter, category, results)| {
            let name = category_name(contents, chapter, category);
            count_row(&name, results.len(), &Score::of(results))
        })
        .collect();
    let all = contents.pick("합계", "All");
    rows.push(count_row(all, audit.results.len(), &audit.score()));
    Table {
        id: "categories".to_owned(),
        caption: contents.pick("분류별 결과", "Results by category").to_owned(),
        columns,
        rows,
        empty: String::new(),
        is_long: false,
    }
}

fn count_row(name: &str, count: usize, score: &Score) -> Row {
    let mut cells = vec![Cell::new(name), tones::count_cell(count, Tone::Plain)];
    for verdict in Verdict::ALL {
        let count = usize::try_from(score.count(verdict)).unwrap_or(usize::MAX);
        cells.push(tones::count_cell(count, tones::verdict(verdict)));
    }
    let percent = score.percent();
    let text = percent.map_or("-".to_owned(), |percent| format!("{percent:.1}"));
    cells.push(Cell::new(text).order(percent.unwrap_or(-1.0)));
    Row { cells }
}

/// Items in the columns of assessors; a code leads to the page of its item where there are pages.
pub(super) fn table(
    contents: &Contents<'_>,
    id: String,
    caption: &str,
    results: &[&ItemResult],
    have_pages: bool,
) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    Table {
        id,
        caption: caption.to_owned(),
        columns: vec![
            column("항목코드", "Code", 1.1, ColumnKind::Code),
            column("점검 항목", "Item", 2.4, ColumnKind::Text),
            column("중요도", "Importance", 0.9, ColumnKind::Badge),
            column("점검 결과", "Result", 1.2, ColumnKind::Badge),
            column("현황 및 근거", "Evidence", 3.6, ColumnKind::Text),
            column("조치 방법", "Remedy", 3.0, ColumnKind::Text),
        ],
        rows: results.iter().map(|result| row(contents, result, have_pages)).collect(),
        empty: String::new(),
        is_long: true,
    }
}

fn row(contents: &Contents<'_>, result: &ItemResult, have_pages: bool) -> Row {
    let lang = contents.lang;
    let mut code = contents.cell(&result.code, 20);
    if have_pages && super::items::has_page(result) {
        code = code.link(format!("#{}", super::items::id(result)));
    }
    let remedy = match result.verdict {
        Verdict::Pass | Verdict::NotApplicable => "-",
        _ if have_pages => items::beginning(result.remedy.get(lang), REMEDY),
        _ => result.remedy.get(lang),
    };
    Row {
        cells: vec![
            code,
            contents.cell(result.title.get(lang), 200),
            tones::importance_cell(result.importance, lang),
            tones::verdict_cell(result, lang),
            Cell::new(evidence(contents, result)),
            contents.cell(remedy, 1500),
        ],
    }
}

/// What decided, with its place, and what else is wrong: short.
fn evidence(contents: &Contents<'_>, result: &ItemResult) -> String {
    let lang = contents.lang;
    let is_wrong = |weight| matches!(weight, Weight::Bad | Weight::Unseen | Weight::Ask);
    let (first, others): (Vec<_>, Vec<_>) =
        result.evidence.iter().partition(|evidence| evidence.message == result.reason);
    let decided = first.first().map_or_else(
        || result.reason.text.get(lang).to_owned(),
        |first| items::placed(first, lang),
    );
    let mut lines = vec![clip(&decided, 300)];
    let more = first.iter().skip(1).chain(others.iter().filter(|other| is_wrong(other.weight)));
    let more: Vec<_> = more.collect();
    let shown = more.iter().take(SHOWN.saturating_sub(1));
    lines.extend(shown.map(|evidence| clip(&items::placed(evidence, lang), 300)));
    let rest = more.len().saturating_sub(SHOWN - 1) as u64 + result.more_evidence;
    if rest > 0 && result.verdict != Verdict::Pass {
        lines.push(items::and_more(rest, lang));
    }
    lines.extend(items::people(result, lang).iter().map(|line| clip(line, 300)));
    lines.join("\n")
}
