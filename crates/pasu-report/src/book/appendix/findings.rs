//! Every finding in one line; what several images have in common stands there once and names them.

use super::title;
use crate::actions::words::percent;
use crate::book::contents::Contents;
use crate::book::{Block, Cell, Chapter, Column, ColumnKind, Row, Table, Tone, tones};
use crate::safe_text::clip;
use crate::{order, place, words};
use pasu_model::{Finding, FindingSet, Run, Severity, Vulnerability};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Titles longer than this say no more to somebody who scans a list; the page behind the link does.
const TITLE: usize = 160;

/// How many images a row names.
const NAMED: usize = 8;

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let inspection = contents.inspection;
    let mut blocks = Vec::new();
    if let Some(run) = inspection.packages.as_ref().filter(|run| run.findings().next().is_some()) {
        let caption = contents.pick("이 시스템의 취약점", "Of the machine itself");
        blocks.push(Block::Table(own(contents, run, caption)));
    }
    let images: Vec<&Run> = inspection.images.iter().map(|image| &image.run).collect();
    if images.iter().any(|run| run.findings().next().is_some()) {
        blocks.push(Block::Table(of_images(contents, &images)));
    }
    if blocks.is_empty() {
        return None;
    }
    let title = title(contents, "전체 취약점 목록", "all findings");
    Some(Chapter { id: "findings", title, blocks })
}

fn own(contents: &Contents<'_>, run: &Run, caption: &str) -> Table {
    let mut found: Vec<(&FindingSet, &Finding)> = run
        .sets
        .iter()
        .flat_map(|set| order::findings(set).into_iter().map(move |finding| (set, finding)))
        .collect();
    // The worst first; among equals the order of all reports.
    found.sort_by_key(|(_, finding)| Reverse(finding.severity));
    let rows = found.into_iter().map(|(set, finding)| Row { cells: cells(contents, set, finding) });
    table(contents, "all-findings", caption, rows.collect(), false)
}

/// What makes findings of two images the same row.
type Same<'a> = (Reverse<Severity>, &'a str, &'a str, &'a str, &'a str, &'a str);

fn of_images(contents: &Contents<'_>, runs: &[&Run]) -> Table {
    let mut rows: BTreeMap<Same<'_>, (Vec<Cell>, Vec<&str>)> = BTreeMap::new();
    for run in runs {
        for (set, finding) in run.findings() {
            let package = set.package_of(finding);
            let same = (
                Reverse(finding.severity),
                package.map_or("", |package| package.name.as_str()),
                package.map_or("", |package| package.version.as_str()),
                place::file(set, package),
                finding.rule.as_str(),
                finding.vulnerability().map_or("", |found| found.status.name()),
            );
            let row =
                rows.entry(same).or_insert_with(|| (cells(contents, set, finding), Vec::new()));
            if row.1.last() != Some(&run.target.name.as_str()) {
                row.1.push(&run.target.name);
            }
        }
    }
    let row = |(mut cells, names): (Vec<Cell>, Vec<&str>)| {
        cells.push(Cell::new(images(contents, &names)));
        Row { cells }
    };
    let caption = contents.pick("컨테이너 이미지의 취약점", "Of the container images");
    table(contents, "all-image-findings", caption, rows.into_values().map(row).collect(), true)
}

fn images(contents: &Contents<'_>, names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| clip(name, 120)).collect();
    let mut text = shown.join(", ");
    if names.len() > NAMED {
        let more = (names.len() - NAMED) as u64;
        text.push_str(&format!(", {}", words::items::and_more(more, contents.lang)));
    }
    text
}

fn table(
    contents: &Contents<'_>,
    id: &str,
    caption: &str,
    rows: Vec<Row>,
    with_images: bool,
) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let mut columns = vec![
        column("취약점", "Vulnerability", 1.7, ColumnKind::Code),
        column("심각도", "Severity", 1.2, ColumnKind::Badge),
        column("패키지", "Package", 1.8, ColumnKind::Code),
        column("설치된 버전", "Installed", 1.5, ColumnKind::Code),
        column("고쳐진 버전", "Fixed in", 1.5, ColumnKind::Code),
        column("상태", "Status", 1.1, ColumnKind::Badge),
        column("악용", "Exploited", 0.9, ColumnKind::Badge),
        column("EPSS", "EPSS", 0.8, ColumnKind::Number),
        column("제목", "Title", 3.2, ColumnKind::Text),
    ];
    if with_images {
        columns.push(column("이미지", "Images", 1.8, ColumnKind::Code));
    }
    Table {
        id: id.to_owned(),
        caption: caption.to_owned(),
        columns,
        rows,
        empty: String::new(),
        is_long: true,
    }
}

fn cells(contents: &Contents<'_>, set: &FindingSet, finding: &Finding) -> Vec<Cell> {
    let package = set.package_of(finding);
    let found = finding.vulnerability();
    let mut name = package.map_or_else(|| "-".to_owned(), |package| clip(&package.name, 120));
    if !set.kind.is_os() {
        name.push_str(&format!("\n{}", clip(place::file(set, package), 300)));
    }
    let epss = found.and_then(|found| found.epss).map(|epss| epss.score);
    let exploited = found.is_some_and(|found| found.known_exploited.is_some());
    let mark = if exploited { contents.pick("악용 중", "yes") } else { "-" };
    let tone = if exploited { Tone::Alarm } else { Tone::Faint };
    vec![
        contents.cell(&finding.rule, 60).link(found.map_or("", |found| &found.primary_url)),
        tones::severity_cell(finding.severity),
        Cell::new(name),
        contents.cell(package.map_or("", |package| &package.version), 100),
        contents.cell(&found.map(|found| found.fixed_versions.join(", ")).unwrap_or_default(), 120),
        Cell::new(found.map_or("", |found| words::status(found.status, contents.lang))),
        Cell::new(mark).tone(tone).order(f64::from(u8::from(exploited))),
        Cell::new(epss.map_or("-".to_owned(), percent)).order(epss.unwrap_or(-1.0)),
        contents.cell(found.map_or("", one_line), TITLE),
    ]
}

/// The title, or the description where it has none.
fn one_line(found: &Vulnerability) -> &str {
    let title = found.title.trim();
    if title.is_empty() { found.description.trim() } else { title }
}
