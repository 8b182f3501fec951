//! What no version ends: one row for each package and what its maker says about a fix.

use super::few;
use crate::actions::has_fix;
use crate::actions::words::percent;
use crate::book::contents::Contents;
use crate::book::{Cell, Column, ColumnKind, Row, Table, Tone, tones};
use crate::words;
use pasu_model::{Run, Severity, Status, TargetKind};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The findings of a package that have the same status.
#[derive(Default)]
struct Group<'a> {
    versions: BTreeSet<&'a str>,
    rules: BTreeSet<(Reverse<Severity>, &'a str)>,
    exploited: BTreeSet<&'a str>,
    severity: Severity,
    epss: Option<f64>,
    images: BTreeSet<&'a str>,
}

/// The packages of these runs, by status, the worst first.
pub(in crate::book) fn table(contents: &Contents<'_>, id: &str, runs: &[&Run]) -> Table {
    let are_images = runs.iter().any(|run| run.target.kind == TargetKind::Image);
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let mut columns = vec![
        column("패키지", "Package", 2.2, ColumnKind::Code),
        column("설치된 버전", "Installed", 1.8, ColumnKind::Code),
        column("상태", "Status", 1.3, ColumnKind::Badge),
        column("취약점", "Count", 0.9, ColumnKind::Number),
        column("악용 중", "Exploited", 0.9, ColumnKind::Number),
        column("최고 심각도", "Worst", 1.2, ColumnKind::Badge),
        column("EPSS", "EPSS", 0.8, ColumnKind::Number),
        column("취약점 목록", "Vulnerabilities", 2.6, ColumnKind::Code),
    ];
    if are_images {
        columns.push(column("이미지", "Images", 1.8, ColumnKind::Code));
    }
    let mut groups: Vec<((Status, &str), Group<'_>)> = groups(runs).into_iter().collect();
    groups.sort_by(|((a_status, a_name), a), ((b_status, b_name), b)| {
        (b.exploited.len(), b.severity)
            .cmp(&(a.exploited.len(), a.severity))
            .then_with(|| b.rules.len().cmp(&a.rules.len()))
            .then_with(|| (a_name, a_status).cmp(&(b_name, b_status)))
    });
    let rows = groups.iter().map(|((status, name), group)| {
        let mut row = row(contents, *status, name, group);
        if are_images {
            row.cells.push(Cell::new(few(contents, group.images.iter().copied())));
        }
        row
    });
    Table {
        id: id.to_owned(),
        caption: contents
            .pick("패치가 없는 취약점 (심각한 순서)", "Without a fix, the worst first")
            .to_owned(),
        columns,
        rows: rows.collect(),
        empty: contents
            .pick("패치가 없는 취약점은 없습니다.", "Everything that was found has a fix.")
            .to_owned(),
        is_long: true,
    }
}

fn groups<'a>(runs: &[&'a Run]) -> BTreeMap<(Status, &'a str), Group<'a>> {
    let mut groups: BTreeMap<(Status, &str), Group<'_>> = BTreeMap::new();
    for run in runs {
        for (set, finding) in run.findings().filter(|(set, finding)| !has_fix(set, finding)) {
            let package = set.package_of(finding).map(pasu_model::Package::source_or_self);
            let (name, version) = package.unwrap_or(("-", ""));
            let found = finding.vulnerability();
            let status = found.map_or(Status::Unknown, |found| found.status);
            let group = groups.entry((status, name)).or_default();
            group.versions.extend(Some(version).filter(|version| !version.is_empty()));
            group.rules.insert((Reverse(finding.severity), &finding.rule));
            group.severity = group.severity.max(finding.severity);
            group.images.insert(&run.target.name);
            if found.is_some_and(|found| found.known_exploited.is_some()) {
                group.exploited.insert(&finding.rule);
            }
            let epss = found.and_then(|found| found.epss).map(|epss| epss.score);
            group.epss = match (group.epss, epss) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
        }
    }
    groups
}

fn row(contents: &Contents<'_>, status: Status, name: &str, group: &Group<'_>) -> Row {
    let tone = match status {
        Status::EndOfLife | Status::WillNotFix => Tone::Bad,
        _ => Tone::Plain,
    };
    let rules: BTreeSet<&str> = group.rules.iter().map(|(_, rule)| *rule).collect();
    // The worst first, each once, although two packages of a source may rate it differently.
    let mut seen = BTreeSet::new();
    let listed = group.rules.iter().map(|(_, rule)| *rule).filter(|rule| seen.insert(*rule));
    Row {
        cells: vec![
            contents.cell(name, 120),
            Cell::new(few(contents, group.versions.iter().copied())),
            Cell::new(words::status(status, contents.lang)).tone(tone),
            tones::count_cell(rules.len(), Tone::Plain),
            tones::count_cell(group.exploited.len(), Tone::Alarm),
            tones::severity_cell(group.severity),
            Cell::new(group.epss.map_or("-".to_owned(), percent)).order(group.epss.unwrap_or(-1.0)),
            Cell::new(few(contents, listed)),
        ],
    }
}
