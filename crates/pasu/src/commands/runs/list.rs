//! `pasu runs`: a line a run.

use super::{none_kept, say, say_json};
use crate::args::{RunsFormat, RunsListArgs};
use crate::exit::Exit;
use anyhow::Result;
use pasu_model::{Lang, LifeState};
use pasu_report::printable;
use pasu_store::RunRow;
use unicode_width::UnicodeWidthStr;

/// Lists the runs, the newest first.
pub fn run(args: &RunsListArgs) -> Result<Exit> {
    let runs = match args.store.existing()? {
        Some(store) => store.runs()?,
        None => Vec::new(),
    };
    match args.format {
        RunsFormat::Json => say_json(&runs)?,
        RunsFormat::Table => say(&text(&runs, args.store.lang()))?,
    }
    Ok(Exit::Clean)
}

/// Columns, as wide as what stands in them.
fn text(runs: &[RunRow], lang: Lang) -> String {
    if runs.is_empty() {
        return none_kept(lang).to_owned();
    }
    let pick = |ko: &str, en: &str| lang.pick(ko, en).to_owned();
    let mut rows = vec![vec![
        pick("번호", "Run"),
        pick("일시", "Date"),
        pick("점수", "Score"),
        pick("신규", "New"),
        pick("재발생", "Reopened"),
        pick("조치됨", "Fixed"),
        pick("미조치", "Open"),
        pick("완전성", "Complete"),
        pick("대상", "Target"),
    ]];
    rows.extend(runs.iter().map(|run| row(run, lang)));
    let count = rows[0].len();
    let widths: Vec<usize> = (0..count)
        .map(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(run: &RunRow, lang: Lang) -> Vec<String> {
    let count = |state| run.counts.state(state).to_string();
    // What is new or came back is open as well.
    let open: usize = [LifeState::New, LifeState::Reopened, LifeState::Open]
        .into_iter()
        .map(|state| run.counts.state(state))
        .sum();
    vec![
        run.id.0.to_string(),
        printable(&run.started).replace('T', " ").trim_end_matches('Z').to_owned(),
        run.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.1}")),
        count(LifeState::New),
        count(LifeState::Reopened),
        count(LifeState::Fixed),
        open.to_string(),
        match run.complete {
            true => lang.pick("전체", "yes").to_owned(),
            false => lang.pick("일부", "no").to_owned(),
        },
        printable(&run.target),
    ]
}
