//! Fixes that were applied to the machine: who, when, what became of them, which files.

use super::contents::Contents;
use super::{Block, Cell, Chapter, Column, ColumnKind, Row, Table, tones};
use crate::fix::author;
use crate::safe_text::clip;
use pasu_model::{FixRecord, Lang};

/// How many files of a fix are named.
const FILES: usize = 12;

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let fixes = &contents.inspection.fixes;
    if fixes.is_empty() {
        return None;
    }
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let table = Table {
        id: "fix-history".to_owned(),
        caption: contents
            .pick("조치 이력 (최근 순)", "History of fixes, the newest first")
            .to_owned(),
        columns: vec![
            column("일시", "When", 1.6, ColumnKind::Text),
            column("번호", "Entry", 1.5, ColumnKind::Code),
            column("실행자", "By", 1.7, ColumnKind::Text),
            column("상태", "State", 1.1, ColumnKind::Badge),
            column("항목과 결과", "Items", 2.4, ColumnKind::Text),
            column("변경한 파일과 작업", "Files and actions", 2.6, ColumnKind::Code),
        ],
        rows: fixes.iter().map(|record| row(contents, record)).collect(),
        empty: String::new(),
        is_long: false,
    };
    let text = contents.pick(
        "Pasu로 적용한 조치입니다. 변경 전 파일이 보관되어 있으므로 `pasu fix rollback 번호`로 되돌릴 수 있고, `pasu fix show 번호`로 변경 내용을 모두 볼 수 있습니다.",
        "What was put right with Pasu. The files as they were are kept: `pasu fix rollback ENTRY` takes a fix back, and `pasu fix show ENTRY` shows every change.",
    );
    let title = contents.pick("적용한 조치와 이력", "Applied fixes");
    Some(Chapter {
        id: "fix-records",
        title: title.to_owned(),
        blocks: vec![Block::Paragraph(text.to_owned()), Block::Table(table)],
    })
}

fn row(contents: &Contents<'_>, record: &FixRecord) -> Row {
    let lang = contents.lang;
    let mut outcomes: Vec<String> = Vec::new();
    for outcome in &record.outcomes {
        let mut line = format!("{}: {}", clip(&outcome.code, 20), outcome.end.text().get(lang));
        if let Some(verdict) = outcome.verdict {
            line.push_str(&format!(" ({})", verdict.text().get(lang)));
        }
        if let Some(why) = &outcome.why {
            line.push_str(&format!(" - {}", clip(why.get(lang), 300)));
        }
        outcomes.push(line);
    }
    if let Some(why) = &record.undone_because {
        outcomes.push(format!(
            "{}: {}",
            contents.pick("되돌린 이유", "undone because"),
            clip(why.get(lang), 400)
        ));
    }
    if !record.conflicts.is_empty() {
        let paths: Vec<String> = record.conflicts.iter().map(|path| clip(path, 200)).collect();
        let label = contents.pick("그 뒤 변경되어 두고 온 파일", "changed since and left alone");
        outcomes.push(format!("{label}: {}", paths.join(", ")));
    }
    Row {
        cells: vec![
            Cell::new(contents.time(&record.started)),
            contents.cell(&record.id, 40),
            Cell::new(author(&record.by)),
            Cell::new(record.state.text().get(lang)).tone(tones::fix(record.state)),
            Cell::new(outcomes.join("\n")),
            Cell::new(changes(record, lang)),
        ],
    }
}

/// The files that it planned to change, and what it did besides.
fn changes(record: &FixRecord, lang: Lang) -> String {
    let mut lines: Vec<String> =
        record.plan.files.iter().take(FILES).map(|file| clip(&file.path, 300)).collect();
    let more = record.plan.files.len().saturating_sub(FILES);
    if more > 0 {
        lines.push(crate::words::items::and_more(more as u64, lang));
    }
    lines.extend(record.plan.effects.iter().map(|effect| clip(&effect.shown(), 200)));
    lines.join("\n")
}
