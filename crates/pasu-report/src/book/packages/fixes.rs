//! One row for each step: «upgrade X to Y», how many vulnerabilities that ends, and how bad they are.

use super::{FILES_IN_A_CELL, few, first_of};
use crate::actions::words::percent;
use crate::book::contents::Contents;
use crate::book::{Cell, Column, ColumnKind, Row, Table, Tone, tones};
use crate::safe_text::clip;
use crate::{Action, ActionKind, actions};
use pasu_model::{Lang, Run, TargetKind};

/// The steps over these runs, with the images that each concerns where they are images.
pub(in crate::book) fn table(contents: &Contents<'_>, id: &str, runs: &[&Run]) -> Table {
    let are_images = runs.iter().any(|run| run.target.kind == TargetKind::Image);
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let mut columns = vec![
        column("조치", "Step", 3.0, ColumnKind::Text),
        column("설치된 버전", "Installed", 1.8, ColumnKind::Code),
        column("취약점", "Ends", 0.9, ColumnKind::Number),
        column("악용 중", "Exploited", 0.9, ColumnKind::Number),
        column("최고 심각도", "Worst", 1.2, ColumnKind::Badge),
        column("EPSS", "EPSS", 0.8, ColumnKind::Number),
        column("취약점 목록", "Vulnerabilities", 2.6, ColumnKind::Code),
    ];
    if are_images {
        columns.push(column("이미지", "Images", 1.8, ColumnKind::Code));
    }
    let row = |(action, numbers): (Action, Vec<usize>)| {
        let mut row = row(contents, &action);
        if are_images {
            let names = numbers.iter().filter_map(|number| runs.get(*number));
            row.cells.push(Cell::new(few(contents, names.map(|run| run.target.name.as_str()))));
        }
        row
    };
    Table {
        id: id.to_owned(),
        caption: contents
            .pick("조치별 취약점 (급한 순서)", "By fix, the most pressing first")
            .to_owned(),
        columns,
        rows: actions::fixes(runs).into_iter().map(row).collect(),
        empty: contents
            .pick("패치로 해결할 수 있는 취약점이 없습니다.", "No fix is out for what was found.")
            .to_owned(),
        is_long: true,
    }
}

fn row(contents: &Contents<'_>, action: &Action) -> Row {
    let list = |names: &[String]| few(contents, names.iter().map(String::as_str));
    let epss = action.epss.unwrap_or(-1.0);
    Row {
        cells: vec![
            Cell::new(step(contents, action)),
            Cell::new(list(&action.installed)),
            tones::count_cell(action.vulnerabilities.len(), Tone::Plain),
            tones::count_cell(action.known_exploited, Tone::Alarm),
            tones::severity_cell(action.severity),
            Cell::new(action.epss.map_or("-".to_owned(), percent)).order(epss),
            Cell::new(list(&action.vulnerabilities)),
        ],
    }
}

/// `openssl을 3.0.17-1 이상으로 업그레이드`, with the packages built from it and the files it stands in.
fn step(contents: &Contents<'_>, action: &Action) -> String {
    let package = clip(&action.package, 100);
    let mut text = match (&action.kind, contents.lang) {
        (ActionKind::Upgrade { to }, Lang::Ko) => {
            format!("{package} 업그레이드 → {} 이상", clip(to, 80))
        }
        (ActionKind::Upgrade { to }, Lang::En) => {
            format!("Upgrade {package} to {} or later", clip(to, 80))
        }
        (_, Lang::Ko) => format!("{package} 제거 (악성 코드)"),
        (_, Lang::En) => format!("Remove {package} (malicious code)"),
    };
    let others = action.packages.iter().any(|name| *name != action.package);
    if action.record.is_os() && others {
        let names = few(contents, action.packages.iter().map(String::as_str));
        text.push_str(&format!("\n{}: {names}", contents.pick("설치된 패키지", "installed as")));
    }
    if !action.places.is_empty() {
        let places = action.places.iter().map(String::as_str);
        let places = first_of(contents, places, FILES_IN_A_CELL);
        text.push_str(&format!("\n{}: {places}", contents.pick("위치", "in")));
    }
    text
}
