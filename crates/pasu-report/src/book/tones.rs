//! What verdicts, severities and states are coloured like; the same in every chapter.

use super::{Cell, Tone};
use crate::words::items;
use pasu_model::{FixState, Importance, ItemResult, Lang, LifeState, Severity, Verdict};

/// The tone of a verdict.
pub(super) const fn verdict(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Fail => Tone::Bad,
        Verdict::NotApplicable => Tone::Faint,
        Verdict::Manual => Tone::Warning,
        Verdict::Blocked => Tone::Info,
    }
}

/// The tone of a severity.
pub(super) const fn severity(severity: Severity) -> Tone {
    match severity {
        Severity::Critical => Tone::Alarm,
        Severity::High => Tone::Bad,
        Severity::Medium => Tone::Warning,
        Severity::Low => Tone::Faint,
        Severity::Unknown => Tone::Plain,
    }
}

/// The tone of a life.
pub(super) const fn life(state: LifeState) -> Tone {
    match state {
        LifeState::New | LifeState::Reopened => Tone::Bad,
        LifeState::Open | LifeState::Accepted => Tone::Warning,
        LifeState::Fixed => Tone::Good,
    }
}

/// The tone of a fix.
pub(super) const fn fix(state: FixState) -> Tone {
    match state {
        FixState::Applied => Tone::Good,
        FixState::AwaitingConfirmation => Tone::Warning,
        FixState::Undone | FixState::RolledBack => Tone::Faint,
        FixState::Open | FixState::Damaged => Tone::Alarm,
    }
}

/// The cell of an item's verdict.
pub(super) fn verdict_cell(result: &ItemResult, lang: Lang) -> Cell {
    let tone = if result.accepted.is_some() { Tone::Warning } else { verdict(result.verdict) };
    let order = Verdict::ALL.iter().position(|verdict| *verdict == result.verdict);
    Cell::new(items::verdict(result, lang)).tone(tone).order(order.unwrap_or(0) as f64)
}

/// The cell of an item's importance.
pub(super) fn importance_cell(importance: Importance, lang: Lang) -> Cell {
    let tone = match importance {
        Importance::High => Tone::Bad,
        Importance::Medium => Tone::Warning,
        Importance::Low => Tone::Faint,
    };
    Cell::new(importance.text().get(lang)).tone(tone).order(f64::from(importance.weight()))
}

/// The cell of a severity.
pub(super) fn severity_cell(of: Severity) -> Cell {
    let order = Severity::ALL.iter().position(|severity| *severity == of).unwrap_or(0);
    Cell::new(of.name()).tone(severity(of)).order(order as f64)
}

/// The cell of a number, faint where it is 0.
pub(super) fn count_cell(count: usize, tone: Tone) -> Cell {
    let tone = if count == 0 { Tone::Faint } else { tone };
    Cell::new(count.to_string()).tone(tone).order(count as f64)
}
