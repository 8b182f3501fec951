//! What became of patching an image, for the person at the terminal.

mod findings;
mod packages;
mod start;

use crate::RenderOptions;
use crate::fix::text::Page;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use pasu_model::{ImagePatch, Lang, PatchOutcome, Severity, Text};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The published schema of the record's JSON (JSON Schema 2020-12).
pub const IMAGE_PATCH_SCHEMA: &str = include_str!("../../schema/pasu-image-patch-1.json");

/// Writes the report for people.
///
/// # Errors
/// Only what `out` says.
pub fn render_image_patch(
    patch: &ImagePatch,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(options, out);
    head(patch, &mut page)?;
    packages::write(patch, &mut page)?;
    start::write(patch, &mut page)?;
    findings::write(patch, &mut page)?;
    notes(patch, &mut page)?;
    dockerfile(patch, &mut page)
}

fn head(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    let name = page.paint.text(Ink::Bold, &clip(&patch.image.name, 200));
    page.line(&format!("{} {name}  {}", page.pick("이미지:", "Image:"), short(&patch.image.id)))?;
    if patch.image.pinned != patch.image.id {
        page.line(&format!("  {}", clip(&patch.image.pinned, 300)))?;
    }
    if let Some(os) = &patch.os {
        let name = os.pretty_name.clone().unwrap_or_else(|| format!("{} {}", os.id, os.version));
        let end = if patch.os_end_of_life {
            page.pick(" (지원 종료)", " (out of support)")
        } else {
            ""
        };
        page.line(&format!("  {}{end}", clip(&name, 200)))?;
    }
    let ink = match patch.outcome {
        PatchOutcome::Patched | PatchOutcome::Nothing => Ink::Severity(Severity::Low),
        PatchOutcome::Planned => Ink::Severity(Severity::Medium),
        PatchOutcome::Different => Ink::Severity(Severity::High),
    };
    let outcome = outcome(patch.outcome);
    let outcome = page.paint.text(ink, outcome.get(page.lang));
    page.line(&format!("{} {outcome}", page.pick("결과:", "Result:")))?;
    let before = counts(&patch.before);
    let line = match &patch.after {
        Some(after) => format!("{before} -> {}", counts(after)),
        None => before,
    };
    page.line(&format!("{} {line}", page.pick("취약점:", "Vulnerabilities:")))?;
    written(patch, page)
}

fn written(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    let Some(written) = &patch.written else { return Ok(()) };
    let place = match &written.file {
        Some(file) => clip(file, 300),
        None => page.pick("엔진", "in the engine").to_owned(),
    };
    let tags = if written.tags.is_empty() {
        String::new()
    } else {
        format!("  {}", clip(&written.tags.join(", "), 300))
    };
    let label = page.pick("패치한 이미지:", "Patched image:");
    page.line(&format!("{label} {}  {place}{tags}", written.id))?;
    let (old, new, added) = (size(patch.image.size), size(written.size), size(written.added));
    let line = match page.lang {
        Lang::Ko => format!("크기: {old} -> {new} (새 레이어 {added})"),
        Lang::En => format!("Size: {old} -> {new} (new layers {added})"),
    };
    page.line(&line)
}

pub(crate) fn outcome(outcome: PatchOutcome) -> Text {
    match outcome {
        PatchOutcome::Patched => Text::new("패치했습니다", "patched"),
        PatchOutcome::Nothing => {
            Text::new("설치할 업데이트가 없습니다", "there is nothing to upgrade")
        }
        PatchOutcome::Planned => Text::new("계획만 세웠습니다", "planned only"),
        PatchOutcome::Different => Text::new(
            "원본처럼 시작하지 않아 내보내지 않았습니다",
            "it does not start as the original does, so it was not handed out",
        ),
    }
}

/// `81 (CRITICAL 2, HIGH 30)`.
pub(crate) fn counts(counts: &BTreeMap<Severity, usize>) -> String {
    let total: usize = counts.values().sum();
    let each: Vec<String> = counts
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| format!("{} {count}", severity.name()))
        .collect();
    if each.is_empty() { total.to_string() } else { format!("{total} ({})", each.join(", ")) }
}

fn notes(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    if !patch.notes.is_empty() {
        page.heading("참고", "Notes")?;
        for note in &patch.notes {
            page.paragraph("  ", &clip(note.get(page.lang), 2000))?;
        }
    }
    if patch.unseen.is_empty() {
        return Ok(());
    }
    page.heading("보지 못한 것", "Not seen")?;
    for unseen in &patch.unseen {
        let text = format!("{}: {} {}", unseen.path, unseen.reason.key(), unseen.detail);
        page.paragraph("  ", &clip(&text, 1000))?;
    }
    Ok(())
}

fn dockerfile(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    let Some(text) = &patch.dockerfile else { return Ok(()) };
    page.heading("Dockerfile", "Dockerfile")?;
    for line in text.lines() {
        page.line(&format!("  {}", crate::safe_text::clean(line)))?;
    }
    Ok(())
}

/// The first digits of an ID.
fn short(id: &str) -> &str {
    id.get(..19).unwrap_or(id)
}

pub(crate) fn size(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}
