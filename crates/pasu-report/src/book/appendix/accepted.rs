//! What somebody decided to leave as it is: accepted items and answers, and findings that a file took out.

use super::title;
use crate::book::contents::Contents;
use crate::book::{Block, Cell, Chapter, Column, ColumnKind, Row, Table, tones};
use pasu_model::{Audit, ItemResult, Run, Suppressed};

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let inspection = contents.inspection;
    let items: Vec<Row> = inspection.audits().flat_map(|audit| items(contents, audit)).collect();
    let findings: Vec<Row> = inspection.runs().flat_map(|run| findings(contents, run)).collect();
    let mut blocks = Vec::new();
    if !items.is_empty() {
        blocks.push(Block::Table(item_table(contents, items)));
    }
    if !findings.is_empty() {
        blocks.push(Block::Table(finding_table(contents, findings)));
    }
    if blocks.is_empty() {
        return None;
    }
    let title = title(contents, "예외와 담당자 답변", "exceptions and answers");
    Some(Chapter { id: "accepted", title, blocks })
}

fn item_table(contents: &Contents<'_>, rows: Vec<Row>) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    Table {
        id: "accepted-items".to_owned(),
        caption: contents
            .pick("예외 승인과 담당자 답변 (점검 항목)", "Accepted and answered items")
            .to_owned(),
        columns: vec![
            column("대상", "Target", 1.5, ColumnKind::Code),
            column("항목코드", "Code", 1.1, ColumnKind::Code),
            column("점검 항목", "Item", 2.2, ColumnKind::Text),
            column("구분", "Kind", 1.2, ColumnKind::Badge),
            column("사유", "Reason", 2.6, ColumnKind::Text),
            column("근거와 담당", "By", 2.0, ColumnKind::Text),
            column("기한", "Until", 1.1, ColumnKind::Text),
        ],
        rows,
        empty: String::new(),
        is_long: false,
    }
}

fn items(contents: &Contents<'_>, audit: &Audit) -> Vec<Row> {
    let mut rows = Vec::new();
    for result in &audit.results {
        if let Some(accepted) = &result.accepted {
            let kind = contents.pick("예외 승인", "accepted");
            rows.push(row(
                contents,
                audit,
                result,
                (kind, &accepted.reason, &accepted.source, &accepted.until),
            ));
        }
        if let Some(answer) = &result.answer {
            let kind = contents.pick("담당자 답변", "answered");
            rows.push(row(
                contents,
                audit,
                result,
                (kind, &answer.reason, &answer.by, &answer.until),
            ));
        }
        if let Some(answer) = &result.expired_answer {
            let kind = contents.pick("만료된 답변", "expired answer");
            rows.push(row(
                contents,
                audit,
                result,
                (kind, &answer.reason, &answer.by, &answer.until),
            ));
        }
    }
    rows
}

fn row(
    contents: &Contents<'_>,
    audit: &Audit,
    result: &ItemResult,
    (kind, reason, by, until): (&str, &str, &str, &str),
) -> Row {
    Row {
        cells: vec![
            contents.cell(&audit.target.name, 120),
            contents.cell(&result.code, 20),
            contents.cell(result.title.get(contents.lang), 200),
            Cell::new(kind),
            contents.cell(reason, 500),
            contents.cell(by, 200),
            contents.cell(until, 20),
        ],
    }
}

fn finding_table(contents: &Contents<'_>, rows: Vec<Row>) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    Table {
        id: "suppressed".to_owned(),
        caption: contents
            .pick("무시 파일이나 VEX에 따라 뺀 취약점", "Taken out by an ignore file or VEX")
            .to_owned(),
        columns: vec![
            column("대상", "Target", 1.5, ColumnKind::Code),
            column("취약점", "Vulnerability", 1.7, ColumnKind::Code),
            column("심각도", "Severity", 1.1, ColumnKind::Badge),
            column("패키지", "Package", 2.2, ColumnKind::Code),
            column("구분", "Kind", 1.3, ColumnKind::Badge),
            column("사유", "Reason", 2.6, ColumnKind::Text),
            column("근거 파일", "Source", 1.8, ColumnKind::Code),
        ],
        rows,
        empty: String::new(),
        is_long: true,
    }
}

fn findings(contents: &Contents<'_>, run: &Run) -> Vec<Row> {
    let row = |suppressed: &Suppressed| Row {
        cells: vec![
            contents.cell(&run.target.name, 120),
            contents.cell(&suppressed.finding.rule, 60),
            tones::severity_cell(suppressed.finding.severity),
            contents.cell(&suppressed.package, 160),
            Cell::new(kind(contents, &suppressed.status)),
            contents.cell(&suppressed.statement, 500),
            contents.cell(&suppressed.source, 200),
        ],
    };
    run.suppressed.iter().map(row).collect()
}

/// The statuses of an ignore file and of VEX.
fn kind(contents: &Contents<'_>, status: &str) -> String {
    let text = match status {
        "ignored" => contents.pick("무시함", "ignored"),
        "not_affected" => contents.pick("영향 없음", "not affected"),
        "fixed" => contents.pick("이미 고쳐짐", "fixed"),
        other => return crate::safe_text::clip(other, 40),
    };
    text.to_owned()
}
