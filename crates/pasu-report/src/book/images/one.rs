//! One image: what it is, which layers brought findings, and what is wrong with its configuration.

use crate::book::contents::Contents;
use crate::book::{Block, Cell, Column, ColumnKind, Fact, Row, Table, Tone, guideline, tones};
use crate::images::shared::short;
use crate::patch::size;
use crate::safe_text::clip;
use crate::table::layers::counts;
use crate::words::instruction;
use pasu_model::{Audit, ImageInfo, InspectedImage, Severity, Verdict};

pub(super) fn blocks(contents: &Contents<'_>, number: usize, image: &InspectedImage) -> Vec<Block> {
    let run = &image.run;
    let mut blocks = vec![Block::Heading { level: 2, text: clip(&run.target.name, 200) }];
    if let Some(info) = &run.image {
        blocks.push(Block::Facts(facts(contents, image, info)));
        let counts = counts(run, info);
        if counts.iter().any(|counts| counts.iter().sum::<usize>() > 0) {
            blocks.push(Block::Table(layers(contents, number, info, &counts)));
        }
    }
    let Some(audit) = &image.audit else { return blocks };
    let shown = |verdict| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    let results: Vec<_> = audit.results.iter().filter(|result| shown(result.verdict)).collect();
    let caption =
        contents.pick("이미지 구성에서 취약한 항목", "What is wrong with its configuration");
    let id = format!("image-{number}-items");
    let mut table = guideline::table(contents, id, caption, &results, false);
    table.is_long = false;
    contents
        .pick("취약한 항목이 없습니다.", "Nothing is wrong with its configuration.")
        .clone_into(&mut table.empty);
    blocks.push(Block::Table(table));
    blocks
}

fn facts(contents: &Contents<'_>, image: &InspectedImage, info: &ImageInfo) -> Vec<Fact> {
    let InspectedImage { run, audit } = image;
    let tags: Vec<String> =
        info.repo_tags.iter().chain(&info.repo_digests).take(6).map(|tag| clip(tag, 200)).collect();
    let config = &info.config;
    let platform = [&config.os, &config.architecture, &config.variant];
    let platform: Vec<String> =
        platform.into_iter().filter(|part| !part.is_empty()).map(|part| clip(part, 40)).collect();
    let user = match config.config.user.as_str() {
        "" => "root".to_owned(),
        user => clip(user, 80),
    };
    let created = config.created.as_deref().map(|created| contents.time(created));
    let base = config.base_layers();
    let layers = match base {
        0 => info.layers.len().to_string(),
        _ => format!("{} ({} {base})", info.layers.len(), contents.pick("베이스", "of the base:")),
    };
    let unmatched = match run.unmatched.len() {
        0 => String::new(),
        count => count.to_string(),
    };
    let facts = [
        (contents.pick("이름", "Names"), tags.join("\n")),
        (contents.pick("식별자", "ID"), clip(&info.id, 100)),
        (contents.pick("플랫폼", "Platform"), platform.join("/")),
        (contents.pick("생성 일시", "Made"), created.unwrap_or_default()),
        (
            contents.pick("크기", "Size"),
            if info.size == 0 { String::new() } else { size(info.size) },
        ),
        (contents.pick("레이어", "Layers"), layers),
        (contents.pick("실행 계정", "Runs as"), user),
        (contents.pick("패키지", "Packages"), run.package_count().to_string()),
        (contents.pick("판정하지 못한 패키지", "Packages that nobody judged"), unmatched),
        (contents.pick("취약점", "Findings"), run.findings().count().to_string()),
        (contents.pick("구성 점수", "Score of its configuration"), score(audit.as_ref())),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    facts.map(|(name, value)| Fact::new(name, value)).collect()
}

/// As the machine's: points of what passed of all that was judged.
fn score(audit: Option<&Audit>) -> String {
    let percent = audit.and_then(|audit| audit.score().percent());
    percent.map(|percent| format!("{percent:.1}")).unwrap_or_default()
}

fn layers(
    contents: &Contents<'_>,
    number: usize,
    info: &ImageInfo,
    counts: &[[usize; 5]],
) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let mut columns = vec![
        column("번호", "No.", 0.6, ColumnKind::Number),
        column("레이어", "Layer", 1.4, ColumnKind::Code),
        column("명령", "Instruction", 3.6, ColumnKind::Code),
    ];
    let severities = Severity::ALL.iter().rev();
    columns.extend(severities.map(|s| Column::new(s.name(), 1.0, ColumnKind::Number)));
    let base = info.config.base_layers();
    let layers = info.layers.iter().zip(counts).enumerate();
    let layers = layers.filter(|(_, (_, counts))| counts.iter().sum::<usize>() > 0);
    let row = |(index, (layer, counts)): (usize, (&pasu_model::ImageLayer, &[usize; 5]))| {
        let mut text = clip(instruction::plain(&layer.created_by), 160);
        if index < base {
            text = format!("[{}] {text}", contents.pick("베이스", "base"));
        }
        let mut cells = vec![
            tones::count_cell(index + 1, Tone::Plain),
            Cell::new(short(&layer.diff_id)),
            Cell::new(text),
        ];
        let severities = Severity::ALL.iter().rev();
        cells.extend(
            severities.zip(counts).map(|(s, n)| tones::count_cell(*n, tones::severity(*s))),
        );
        Row { cells }
    };
    Table {
        id: format!("image-{number}-layers"),
        caption: contents.pick("취약점을 가져온 레이어", "Layers that brought them").to_owned(),
        columns,
        rows: layers.map(row).collect(),
        empty: String::new(),
        is_long: false,
    }
}
