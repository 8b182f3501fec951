//! What changed since the last inspection.

use super::contents::Contents;
use super::{Block, Cell, Column, ColumnKind, Fact, Row, Table, tones};
use crate::safe_text::clip;
use pasu_model::{Changes, Lang, Life, LifeState};
use std::collections::BTreeMap;

/// How many changes are listed; `pasu diff` has them all.
const LISTED: usize = 40;

/// Nothing where there is nothing to compare with.
pub(super) fn blocks(contents: &Contents<'_>) -> Vec<Block> {
    let Some(changes) = contents.changes.filter(|changes| !changes.since.is_empty()) else {
        return Vec::new();
    };
    let heading = contents.pick("지난 점검과의 비교", "Change since the last inspection");
    let mut blocks = vec![
        Block::Heading { level: 2, text: heading.to_owned() },
        Block::Facts(facts(contents, changes)),
    ];
    let rows = joined(contents, changes);
    if !rows.is_empty() {
        blocks.push(Block::Table(table(contents, &rows)));
    }
    let more: usize = rows.iter().skip(LISTED).map(|(_, count)| count).sum();
    if more > 0 {
        blocks.push(Block::Paragraph(match contents.lang {
            Lang::Ko => format!("그 밖에 {more}건은 `pasu diff`로 볼 수 있습니다."),
            Lang::En => format!("`pasu diff` shows {more} more."),
        }));
    }
    blocks
}

fn facts(contents: &Contents<'_>, changes: &Changes) -> Vec<Fact> {
    let mut facts = Vec::new();
    let name = contents.pick("지난 점검", "Last inspection");
    facts.push(Fact::new(name, contents.time(&changes.since)));
    let now = contents.inspection.score().and_then(|score| score.percent());
    if let (Some(before), Some(now)) = (changes.score_before, now) {
        let name = contents.pick("보안 설정 점수", "Score of the security settings");
        facts.push(Fact::new(name, format!("{before:.1} → {now:.1} ({:+.1})", now - before)));
    }
    for state in LifeState::ALL {
        let count = contents.number(changes.count(state));
        facts.push(Fact::new(state.text().get(contents.lang), count));
    }
    if changes.not_looked_for > 0 {
        let name = contents.pick("이번에 확인하지 못함", "Not looked for this time");
        facts.push(Fact::new(name, contents.number(changes.not_looked_for)));
    }
    facts
}

/// The same flaw of a package that lies in several places is one line with their number.
fn joined<'a>(contents: &Contents<'_>, changes: &'a Changes) -> Vec<(&'a Life, usize)> {
    let mut rows: Vec<(&Life, usize)> = Vec::new();
    let mut places = BTreeMap::new();
    for life in &changes.lives {
        let same = (life.state, &life.tracked.target, &life.tracked.rule, what(contents, life));
        let place = *places.entry(same).or_insert(rows.len());
        match rows.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => rows.push((life, 1)),
        }
    }
    rows
}

fn table(contents: &Contents<'_>, rows: &[(&Life, usize)]) -> Table {
    let column = |ko, en, share, kind| Column::new(contents.pick(ko, en), share, kind);
    Table {
        id: "changes".to_owned(),
        caption: contents.pick("달라진 것", "What changed").to_owned(),
        columns: vec![
            column("상태", "State", 1.0, ColumnKind::Badge),
            column("심각도", "Severity", 1.2, ColumnKind::Badge),
            column("코드", "Code", 1.6, ColumnKind::Code),
            column("대상", "Target", 1.8, ColumnKind::Code),
            column("내용", "What", 4.0, ColumnKind::Text),
        ],
        rows: rows.iter().take(LISTED).map(|(life, count)| row(contents, life, *count)).collect(),
        empty: String::new(),
        is_long: false,
    }
}

/// The item's title, or the package and the flaw.
fn what(contents: &Contents<'_>, life: &Life) -> String {
    let subject = &life.tracked.subject;
    let title = life.tracked.title.get(contents.lang);
    match (subject.is_empty(), title.is_empty()) {
        (true, _) => title.to_owned(),
        (false, true) => subject.clone(),
        (false, false) => format!("{subject}: {title}"),
    }
}

fn row(contents: &Contents<'_>, life: &Life, count: usize) -> Row {
    let tracked = &life.tracked;
    let order = LifeState::ALL.iter().position(|state| *state == life.state).unwrap_or(0);
    let mut what = clip(&what(contents, life), 200);
    match (count, contents.lang) {
        (1, _) => {}
        (_, Lang::Ko) => what.push_str(&format!(" ({count}곳)")),
        (_, Lang::En) => what.push_str(&format!(" ({count} places)")),
    }
    Row {
        cells: vec![
            Cell::new(life.state.text().get(contents.lang))
                .tone(tones::life(life.state))
                .order(order as f64),
            tones::severity_cell(tracked.severity),
            contents.cell(&tracked.rule, 60),
            contents.cell(&tracked.target, 120),
            Cell::new(what),
        ],
    }
}
