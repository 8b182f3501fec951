//! Changes and lives for the person at the terminal.

use super::{Comparison, counts, not_looked_for, score};
use crate::RenderOptions;
use crate::safe_text::clip;
use crate::table::grid::{Cell, Grid, Row};
use crate::table::paint::{Ink, Paint};
use crate::table::{LEAST_WIDTH, WIDTH_IN_A_PIPE};
use pasu_model::{Lang, Life, LifeState, Severity, Tracked};
use std::io::{self, Write};

pub(super) fn write(
    comparison: &Comparison<'_>,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lang = options.lang;
    let paint = Paint { color: options.color };
    for (words, name, inspection) in [
        (lang.pick("이전:", "Before:"), comparison.before_name, comparison.before),
        (lang.pick("이후:", "After: "), comparison.after_name, comparison.after),
    ] {
        let name = paint.text(Ink::Bold, &clip(name, 200));
        let target = clip(&inspection.target.name, 200);
        writeln!(out, "{words} {name}  {}  {target}", clip(&inspection.started, 40))?;
    }
    if let Some(score) = score(comparison, lang) {
        writeln!(out, "{score}")?;
    }
    writeln!(out, "{}", counts(comparison.changes, lang))?;
    if let Some(note) = not_looked_for(comparison.changes) {
        writeln!(out, "{}", note.get(lang))?;
    }
    if comparison.changes.lives.is_empty() {
        return writeln!(out, "{}", lang.pick("달라진 것이 없습니다.", "Nothing changed."));
    }
    lives(&comparison.changes.lives, false, options, out)
}

/// Writes findings and where each stands; with their days where they are asked for.
///
/// # Errors
/// Only what `out` says.
pub fn lives(
    lives: &[Life],
    with_days: bool,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lang = options.lang;
    let pick = |ko: &str, en: &str| lang.pick(ko, en).to_owned();
    let mut headings = vec![
        pick("상태", "State"),
        pick("심각도", "Severity"),
        pick("코드", "Code"),
        pick("대상", "Target"),
        pick("내용", "What"),
    ];
    if with_days {
        headings.extend([pick("처음 발견", "First seen"), pick("마지막 확인", "Last seen")]);
    }
    let rows = lives.iter().map(|life| Row { cells: row(life, with_days, lang), merged: 0 });
    let grid = Grid { headings, flexible: vec![(4, 20), (3, 12), (2, 10)], rows: rows.collect() };
    let width = options.width.unwrap_or(WIDTH_IN_A_PIPE).max(LEAST_WIDTH);
    grid.draw(Paint { color: options.color }, width, out)
}

fn row(life: &Life, with_days: bool, lang: Lang) -> Vec<Cell> {
    let Tracked { severity, rule, target, .. } = &life.tracked;
    let cell = |ink, text: &str, limit| vec![(ink, clip(text, limit))];
    let state_ink = match life.state {
        LifeState::New | LifeState::Reopened => Ink::Severity(Severity::High),
        LifeState::Fixed => Ink::Dim,
        LifeState::Open | LifeState::Accepted => Ink::Plain,
    };
    let mut cells = vec![
        cell(state_ink, life.state.text().get(lang), 40),
        cell(Ink::Severity(*severity), severity.name(), 20),
        cell(Ink::Plain, rule, 60),
        cell(Ink::Plain, target, 120),
        cell(Ink::Plain, &what(&life.tracked, lang), 200),
    ];
    if with_days {
        let day = |time: &str| time.chars().take(10).collect::<String>();
        cells.push(cell(Ink::Plain, &day(&life.first_seen), 20));
        cells.push(cell(Ink::Plain, &day(&life.last_seen), 20));
    }
    cells
}

/// `openssl: title`, with a word where it is exploited.
pub(super) fn what(tracked: &Tracked, lang: Lang) -> String {
    let title = tracked.title.get(lang);
    let words = match (tracked.subject.is_empty(), title.is_empty()) {
        (true, _) => title.to_owned(),
        (false, true) => tracked.subject.clone(),
        (false, false) => format!("{}: {title}", tracked.subject),
    };
    match tracked.exploited {
        true => format!("[{}] {words}", lang.pick("악용 중", "exploited")),
        false => words,
    }
}
