//! Images that were patched: what is fixed, what is still open and why, and whether the patched one starts as before.

use super::contents::Contents;
use super::packages::few;
use super::{Block, Cell, Chapter, Column, ColumnKind, Fact, List, Row, Table, Tone};
use crate::patch::{counts, outcome, size};
use crate::safe_text::clip;
use pasu_model::{
    ImagePatch, Lang, OpenReason, PatchFinding, PatchOutcome, PatchRoute, PatchUpgrade,
    StartVerdict,
};
use std::collections::BTreeMap;

/// How many notes and reasons of a patch are told; its own record has them all.
const TOLD: usize = 20;

pub(super) fn chapter(contents: &Contents<'_>) -> Option<Chapter> {
    let patches = &contents.inspection.patches;
    if patches.is_empty() {
        return None;
    }
    let mut blocks = vec![Block::Table(overview(contents, patches))];
    for (number, patch) in patches.iter().enumerate() {
        blocks.extend(one(contents, number + 1, patch));
    }
    let title = contents.pick("이미지 패치 결과", "Patched images");
    Some(Chapter { id: "patches", title: title.to_owned(), blocks })
}

fn overview(contents: &Contents<'_>, patches: &[ImagePatch]) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let row = |patch: &ImagePatch| Row {
        cells: vec![
            Cell::new(contents.time(&patch.started)),
            contents.cell(&patch.image.name, 200),
            Cell::new(outcome(patch.outcome).get(contents.lang)).tone(tone(patch.outcome)),
            Cell::new(counts(&patch.before)),
            Cell::new(patch.after.as_ref().map_or_else(|| "-".to_owned(), counts)),
            start_test(contents, patch),
        ],
    };
    Table {
        id: "patches-overview".to_owned(),
        caption: contents.pick("패치한 이미지", "Images that were patched").to_owned(),
        columns: vec![
            column("일시", "When", 1.8, ColumnKind::Text),
            column("이미지", "Image", 2.0, ColumnKind::Code),
            column("결과", "Result", 1.6, ColumnKind::Badge),
            column("패치 전 취약점", "Before", 2.0, ColumnKind::Text),
            column("패치 후 취약점", "After", 2.0, ColumnKind::Text),
            column("시작 시험", "Start test", 1.1, ColumnKind::Badge),
        ],
        rows: patches.iter().map(row).collect(),
        empty: String::new(),
        is_long: false,
    }
}

fn tone(outcome: PatchOutcome) -> Tone {
    match outcome {
        PatchOutcome::Patched | PatchOutcome::Nothing => Tone::Good,
        PatchOutcome::Planned => Tone::Warning,
        PatchOutcome::Different => Tone::Bad,
    }
}

fn start_test(contents: &Contents<'_>, patch: &ImagePatch) -> Cell {
    let Some(test) = &patch.start_test else { return Cell::new("-").tone(Tone::Faint) };
    let tone = match test.verdict {
        StartVerdict::Same => Tone::Good,
        StartVerdict::Different => Tone::Bad,
        StartVerdict::NotTestable => Tone::Warning,
    };
    Cell::new(test.verdict.text().get(contents.lang)).tone(tone)
}

fn one(contents: &Contents<'_>, number: usize, patch: &ImagePatch) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading { level: 2, text: clip(&patch.image.name, 200) },
        Block::Facts(facts(contents, patch)),
    ];
    if !patch.upgrades.is_empty() {
        blocks.push(Block::Table(upgrades(contents, number, patch)));
    }
    let points = open(contents, patch);
    if !points.is_empty() {
        let text = contents.pick("남은 취약점과 이유", "Still open, and why");
        blocks.push(Block::Heading { level: 3, text: text.to_owned() });
        blocks.push(Block::List(List { is_numbered: false, points }));
    }
    let told = patch.start_test.iter().flat_map(|test| &test.reasons).chain(&patch.notes);
    let points: Vec<(String, Vec<String>)> =
        told.take(TOLD).map(|note| (clip(note.get(contents.lang), 1000), Vec::new())).collect();
    if !points.is_empty() {
        let text = contents.pick("참고", "Notes");
        blocks.push(Block::Heading { level: 3, text: text.to_owned() });
        blocks.push(Block::List(List { is_numbered: false, points }));
    }
    blocks
}

fn facts(contents: &Contents<'_>, patch: &ImagePatch) -> Vec<Fact> {
    let route = match patch.route {
        PatchRoute::Engine => contents.pick(
            "컨테이너 엔진에서 이미지의 패키지 관리자로 설치",
            "the image's own package manager, in a build by an engine",
        ),
        PatchRoute::Offline => contents
            .pick("패키지 파일로 새 레이어를 작성", "a layer that was written from package files"),
    };
    let is_done = patch.after.is_some();
    let fixed = if is_done {
        contents.pick("고쳐진 취약점", "Fixed")
    } else {
        contents.pick("고쳐질 취약점", "Would be fixed")
    };
    let ids = |findings: &[PatchFinding]| {
        let names = few(contents, findings.iter().map(|finding| finding.id.as_str()));
        let count = contents.number(findings.len());
        if findings.is_empty() { count } else { format!("{count}: {names}") }
    };
    let mut facts = vec![
        Fact::new(contents.pick("방법", "How"), route),
        Fact::new(contents.pick("원본", "Original"), clip(&patch.image.pinned, 300)),
        Fact::new(fixed, ids(&patch.fixed)),
        Fact::new(contents.pick("새로 생긴 취약점", "Newly introduced"), ids(&patch.introduced)),
        Fact::new(contents.pick("남은 취약점", "Still open"), contents.number(patch.open.len())),
    ];
    if let Some(written) = &patch.written {
        let place = written.file.as_ref().map_or_else(
            || contents.pick("컨테이너 엔진", "in the engine").to_owned(),
            |file| clip(file, 300),
        );
        let tags: Vec<String> = written.tags.iter().map(|tag| clip(tag, 200)).collect();
        let lines = [clip(&written.id, 100), place, tags.join(", ")];
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        facts.push(Fact::new(contents.pick("패치한 이미지", "Patched image"), lines.join("\n")));
        let (old, new, added) = (size(patch.image.size), size(written.size), size(written.added));
        facts.push(Fact::new(
            contents.pick("크기", "Size"),
            match contents.lang {
                Lang::Ko => format!("{old} → {new} (새 레이어 {added})"),
                Lang::En => format!("{old} → {new} (new layers {added})"),
            },
        ));
    }
    if let Some(test) = &patch.start_test {
        let seconds = match contents.lang {
            Lang::Ko => format!("{} ({}초 동안 비교)", test.verdict.text().ko, test.seconds),
            Lang::En => format!("{} (compared for {} s)", test.verdict.text().en, test.seconds),
        };
        facts.push(Fact::new(contents.pick("시작 시험", "Start test"), seconds));
    }
    facts
}

fn upgrades(contents: &Contents<'_>, number: usize, patch: &ImagePatch) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    let row = |upgrade: &PatchUpgrade| Row {
        cells: vec![
            contents.cell(&upgrade.package, 120),
            contents.cell(&upgrade.from, 80),
            contents.cell(&upgrade.to, 80),
            Cell::new(few(contents, upgrade.fixes.iter().map(String::as_str))),
        ],
    };
    Table {
        id: format!("patch-{number}"),
        caption: contents.pick("업데이트한 패키지", "Packages that were upgraded").to_owned(),
        columns: vec![
            column("패키지", "Package", 2.0, ColumnKind::Code),
            column("이전 버전", "From", 1.8, ColumnKind::Code),
            column("새 버전", "To", 1.8, ColumnKind::Code),
            column("고친 취약점", "Fixes", 3.0, ColumnKind::Code),
        ],
        rows: patch.upgrades.iter().map(row).collect(),
        empty: String::new(),
        is_long: false,
    }
}

/// The open ones by reason.
fn open(contents: &Contents<'_>, patch: &ImagePatch) -> Vec<(String, Vec<String>)> {
    let mut reasons: BTreeMap<OpenReason, Vec<&str>> = BTreeMap::new();
    for finding in &patch.open {
        reasons.entry(finding.why.unwrap_or(OpenReason::NotTried)).or_default().push(&finding.id);
    }
    let point = |(reason, ids): (OpenReason, Vec<&str>)| {
        let title = format!("{}: {}", reason.text().get(contents.lang), contents.number(ids.len()));
        (title, vec![few(contents, ids)])
    };
    reasons.into_iter().map(point).collect()
}
