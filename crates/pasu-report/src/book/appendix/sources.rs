//! Which feeds the advisories came from, with their dates and licences.

use super::title;
use crate::book::contents::Contents;
use crate::book::{Block, Cell, Chapter, Column, ColumnKind, Row, Table};
use pasu_model::{DatabaseInfo, SourceInfo};

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let mut databases: Vec<&DatabaseInfo> = Vec::new();
    for found in contents.inspection.runs().filter_map(|run| run.database.as_ref()) {
        if !databases
            .iter()
            .any(|known| known.built == found.built && known.sources == found.sources)
        {
            databases.push(found);
        }
    }
    if databases.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    for (number, found) in databases.into_iter().enumerate() {
        let origin = crate::words::database::origin(found, contents.lang);
        let built = contents.time(&found.built);
        let label = contents.pick("작성 일시", "built");
        blocks.push(Block::Paragraph(format!("{origin}, {label} {built}")));
        blocks.push(Block::Table(table(contents, number + 1, &found.sources)));
    }
    let title = title(contents, "취약점 정보의 출처", "sources of the advisories");
    Some(Chapter { id: "sources", title, blocks })
}

fn table(contents: &Contents<'_>, number: usize, sources: &[SourceInfo]) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let row = |source: &SourceInfo| Row {
        cells: vec![
            contents.cell(&source.name, 120).link(source.url.as_str()),
            contents.cell(source.newest.get(..10).unwrap_or(&source.newest), 20),
            Cell::new(source.records.to_string()).order(source.records as f64),
            Cell::new(source.skipped.to_string()).order(source.skipped as f64),
            contents.cell(&source.license, 400),
        ],
    };
    Table {
        id: format!("sources-{number}"),
        caption: contents.pick("출처와 기준일", "Sources and their dates").to_owned(),
        columns: vec![
            column("출처", "Source", 2.4, ColumnKind::Text),
            column("가장 새 자료", "Newest record", 1.3, ColumnKind::Text),
            column("자료 수", "Records", 1.0, ColumnKind::Number),
            column("형식 오류", "Malformed", 1.0, ColumnKind::Number),
            column("이용 조건", "Licence", 3.6, ColumnKind::Text),
        ],
        rows: sources.iter().map(row).collect(),
        empty: contents.pick("출처 기록이 없습니다.", "The database names no source.").to_owned(),
        is_long: false,
    }
}
