//! The history: what was applied, undone and taken back, and one entry of it in full.

use super::text::Page;
use crate::RenderOptions;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use pasu_model::{FixAuthor, FixEnd, FixRecord, FixState, Severity};
use std::io::{self, Write};

/// Writes the entries, the newest last.
///
/// # Errors
/// Only what `out` says.
pub fn render_fix_history(
    records: &[FixRecord],
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(options, out);
    if records.is_empty() {
        let none = page.pick("적용한 조치가 없습니다.", "Nothing was applied.").to_owned();
        return page.line(&none);
    }
    for record in records {
        let id = page.paint.text(Ink::Bold, &record.id);
        let state = page.paint.text(ink(record.state), record.state.text().get(page.lang));
        let codes: Vec<&str> =
            record.outcomes.iter().map(|outcome| outcome.code.as_str()).collect();
        let line = format!(
            "{id}  {}  {}  [{state}]  {}",
            record.started,
            author(&record.by),
            codes.join(", ")
        );
        page.line(&line)?;
        if let Some(why) = &record.undone_because {
            page.paragraph("    ", &clip(why.get(page.lang), 500))?;
        }
    }
    Ok(())
}

/// Writes one entry: who, when, what became of each item, what tools said, and every edit.
///
/// # Errors
/// Only what `out` says.
pub fn render_fix_record(
    record: &FixRecord,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(options, out);
    let lang = page.lang;
    let id = page.paint.text(Ink::Bold, &record.id);
    let state = page.paint.text(ink(record.state), record.state.text().get(lang));
    page.line(&format!("{id}  [{state}]"))?;
    page.line(&format!("{} {}", page.pick("시각:", "when:"), record.started))?;
    page.line(&format!("{} {}", page.pick("실행자:", "by:"), author(&record.by)))?;
    page.line(&format!(
        "{} {}",
        page.pick("대상:", "target:"),
        clip(&record.plan.target.name, 200)
    ))?;
    page.line(&format!("{} {}", page.pick("계획 지문:", "digest:"), record.plan.digest))?;
    if let Some(until) = &record.confirm_until {
        page.line(&format!("{} {until}", page.pick("확인 기한:", "to be confirmed until:")))?;
    }
    if let Some(why) = &record.undone_because {
        let first = page.pick("되돌린 이유: ", "undone because: ").to_owned();
        page.paragraph(&first, &clip(why.get(lang), 1000))?;
    }
    for path in &record.conflicts {
        let first =
            page.pick("그대로 둔 파일 (이후 변경됨): ", "left alone, changed since: ").to_owned();
        page.paragraph(&first, &clip(path, 400))?;
    }
    outcomes(record, &mut page)?;
    notes(record, &mut page)?;
    page.files(&record.plan)?;
    page.effects(&record.plan.effects)
}

fn outcomes(record: &FixRecord, page: &mut Page<'_>) -> io::Result<()> {
    if record.outcomes.is_empty() {
        return Ok(());
    }
    page.heading("항목", "Items")?;
    let lang = page.lang;
    for outcome in &record.outcomes {
        let ink = match outcome.end {
            FixEnd::Fixed | FixEnd::FixedAfterReboot => Ink::Severity(Severity::Low),
            FixEnd::Undone | FixEnd::NeedsPerson => Ink::Severity(Severity::High),
        };
        let end = page.paint.text(ink, outcome.end.text().get(lang));
        let verdict = outcome.verdict.map(|verdict| format!(" ({})", verdict.text().get(lang)));
        page.line(&format!(
            "  {}  {end}{}  {}",
            outcome.code,
            verdict.unwrap_or_default(),
            outcome.item
        ))?;
        let planned = record.plan.items.iter().find(|item| item.item == outcome.item);
        for evidence in planned.iter().flat_map(|item| &item.why).take(5) {
            let place =
                evidence.place.as_ref().map(|place| place.shown() + ": ").unwrap_or_default();
            let first = page.pick("      근거: ", "      evidence: ").to_owned();
            page.paragraph(
                &first,
                &clip(&format!("{place}{}", evidence.message.text.get(lang)), 400),
            )?;
        }
        if let Some(why) = &outcome.why {
            page.paragraph("      ", &clip(why.get(lang), 500))?;
        }
    }
    Ok(())
}

fn notes(record: &FixRecord, page: &mut Page<'_>) -> io::Result<()> {
    if record.notes.is_empty() {
        return Ok(());
    }
    page.heading("확인 기록", "What was checked")?;
    for note in &record.notes {
        page.paragraph("  ", &clip(note.get(page.lang), 500))?;
    }
    Ok(())
}

fn ink(state: FixState) -> Ink {
    match state {
        FixState::Applied => Ink::Severity(Severity::Low),
        FixState::Open | FixState::Damaged => Ink::Alarm,
        FixState::AwaitingConfirmation => Ink::Severity(Severity::Medium),
        FixState::Undone | FixState::RolledBack => Ink::Dim,
    }
}

/// `kim (root), 203.0.113.9, pts/0`.
pub(crate) fn author(by: &FixAuthor) -> String {
    let mut shown = clip(&by.login, 64);
    if by.account != by.login {
        shown.push_str(&format!(" ({})", clip(&by.account, 64)));
    }
    for more in [&by.from, &by.terminal].into_iter().flatten() {
        shown.push_str(&format!(", {}", clip(more, 64)));
    }
    shown
}
