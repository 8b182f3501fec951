//! The images: one row each, what they have in common once, then each in short.

mod one;

use super::contents::Contents;
use super::packages::{few, fixes, heading, unfixed};
use super::{Block, Cell, Chapter, Column, ColumnKind, Row, Table, Tone, tones};
use crate::images::shared::{Shared, shared_layers, short};
use crate::patch::size;
use crate::safe_text::clip;
use crate::words::instruction;
use pasu_model::{InspectedImage, OperatingSystem, Run, Severity, Status};

/// As many layers as one rebuilds in a day.
const LAYERS: usize = 10;

/// The severities that have a column, the worst first.
pub(super) const SEVERITIES: [Severity; 4] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let images = &contents.inspection.images;
    if images.is_empty() {
        return None;
    }
    let runs: Vec<&Run> = images.iter().map(|image| &image.run).collect();
    let mut blocks = vec![Block::Table(overview(contents, images))];
    if runs.iter().any(|run| run.findings().next().is_some()) {
        blocks.push(heading(contents, "조치별 취약점 (모든 이미지)", "By fix, over all images"));
        blocks.push(Block::Table(fixes(contents, "image-fixes", &runs)));
        blocks.push(heading(
            contents,
            "패치가 없는 취약점 (모든 이미지)",
            "Without a fix, over all images",
        ));
        blocks.push(Block::Table(unfixed(contents, "image-unfixed", &runs)));
    }
    let shared = shared_layers(&runs);
    if !shared.is_empty() {
        blocks.push(heading(
            contents,
            "여러 이미지에 함께 있는 레이어",
            "Layers that images share",
        ));
        blocks.push(Block::Table(layers(contents, &runs, &shared)));
    }
    for (number, image) in images.iter().enumerate() {
        blocks.extend(one::blocks(contents, number + 1, image));
    }
    let title = contents.pick("컨테이너 이미지 점검 결과", "Container images");
    Some(Chapter { id: "images", title: title.to_owned(), blocks })
}

/// One row an image.
fn overview(contents: &Contents<'_>, images: &[InspectedImage]) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let mut columns = vec![
        column("이미지", "Image", 2.6, ColumnKind::Code),
        column("운영체제", "System", 1.6, ColumnKind::Text),
        column("크기", "Size", 1.1, ColumnKind::Number),
        column("레이어", "Layers", 0.9, ColumnKind::Number),
    ];
    columns
        .extend(SEVERITIES.map(|severity| Column::new(severity.name(), 1.0, ColumnKind::Number)));
    columns.extend([
        column("패치 있음", "Fixable", 1.0, ColumnKind::Number),
        column("취약 설정", "Failed items", 1.0, ColumnKind::Number),
        column("못 봄", "Unseen", 0.8, ColumnKind::Number),
    ]);
    Table {
        id: "image-overview".to_owned(),
        caption: contents.pick("이미지별 결과", "Results by image").to_owned(),
        columns,
        rows: images.iter().map(|image| row(contents, image)).collect(),
        empty: String::new(),
        is_long: true,
    }
}

fn row(contents: &Contents<'_>, image: &InspectedImage) -> Row {
    let run = &image.run;
    let info = run.image.as_ref();
    let bytes = info.map_or(0, |info| info.size);
    let layers = info.map_or(0, |info| info.layers.len());
    let mut cells = vec![
        contents.cell(&run.target.name, 200),
        system(contents, run),
        Cell::new(if bytes == 0 { "-".to_owned() } else { size(bytes) }).order(bytes as f64),
        tones::count_cell(layers, Tone::Plain),
    ];
    cells.extend(SEVERITIES.map(|of| tones::count_cell(severity(run, of), tones::severity(of))));
    let is_fixed = |found: &pasu_model::Vulnerability| found.status == Status::Fixed;
    let fixable =
        run.findings().filter(|(_, finding)| finding.vulnerability().is_some_and(is_fixed)).count();
    let failed = image.audit.iter().flat_map(|audit| &audit.results);
    cells.push(tones::count_cell(fixable, Tone::Plain));
    cells.push(match image.audit {
        Some(_) => {
            tones::count_cell(failed.filter(|item| item.is_open_failure()).count(), Tone::Bad)
        }
        None => Cell::new("-").tone(Tone::Faint).order(-1.0),
    });
    cells.push(tones::count_cell(run.unseen.len(), Tone::Alarm));
    Row { cells }
}

fn severity(run: &Run, of: Severity) -> usize {
    run.findings().filter(|(_, finding)| finding.severity == of).count()
}

/// `debian 12.11`, and that it is out of support.
fn system(contents: &Contents<'_>, run: &Run) -> Cell {
    let name = run.os.as_ref().map_or_else(|| "-".to_owned(), os_name);
    if run.os_end_of_life {
        let end = contents.pick("지원 종료", "out of support");
        return Cell::new(format!("{name}\n{end}")).tone(Tone::Alarm);
    }
    Cell::new(name)
}

fn os_name(os: &OperatingSystem) -> String {
    format!("{} {}", os.family.name(), clip(&os.version, 30)).trim_end().to_owned()
}

/// The layers that bring most to most images.
fn layers(contents: &Contents<'_>, runs: &[&Run], shared: &[(&str, Shared<'_>)]) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let row = |(diff_id, layer): &(&str, Shared<'_>)| {
        let names = layer.images.iter().filter_map(|number| runs.get(*number));
        Row {
            cells: vec![
                Cell::new(short(diff_id)),
                Cell::new(clip(instruction::plain(layer.created_by), 160)),
                tones::count_cell(layer.findings, Tone::Plain),
                tones::count_cell(layer.fixable, Tone::Plain),
                tones::severity_cell(layer.worst),
                Cell::new(few(contents, names.map(|run| run.target.name.as_str()))),
            ],
        }
    };
    Table {
        id: "shared-layers".to_owned(),
        caption: contents
            .pick(
                "다시 빌드하면 여러 이미지가 함께 나아지는 레이어",
                "Layers whose rebuilding mends several images at once",
            )
            .to_owned(),
        columns: vec![
            column("레이어", "Layer", 1.3, ColumnKind::Code),
            column("명령", "Instruction", 3.0, ColumnKind::Code),
            column("취약점", "Findings", 0.9, ColumnKind::Number),
            column("패치 있음", "Fixable", 0.9, ColumnKind::Number),
            column("최고 심각도", "Worst", 1.2, ColumnKind::Badge),
            column("이미지", "Images", 2.4, ColumnKind::Code),
        ],
        rows: shared.iter().take(LAYERS).map(row).collect(),
        empty: String::new(),
        is_long: false,
    }
}
