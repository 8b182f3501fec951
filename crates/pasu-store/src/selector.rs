//! The words by which a run is named: `12`, `last`, `last-2`, `2026-11-30`.

use crate::{RunId, RunRow, StoreError};

/// How many runs an error lists.
const LISTED: usize = 8;

/// Which run is meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Selector<'a> {
    Number(i64),
    /// How many before the newest.
    Last(usize),
    /// The beginning of a time.
    Date(&'a str),
    /// Nothing that could be a run.
    Nothing,
}

impl<'a> Selector<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        if let Some(rest) = text.strip_prefix("last") {
            let back = if rest.is_empty() { Some("0") } else { rest.strip_prefix('-') };
            return back.and_then(|back| back.parse().ok()).map_or(Self::Nothing, Self::Last);
        }
        // A year alone is four digits, and so is a number: it is a number.
        if let Ok(number) = text.parse() {
            return Self::Number(number);
        }
        let is_date = text.len() >= 7
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z'));
        if is_date { Self::Date(text) } else { Self::Nothing }
    }

    /// The one run that is meant among all, the newest first.
    pub(crate) fn choose(self, text: &str, runs: Vec<RunRow>) -> Result<RunRow, StoreError> {
        let all = list(&runs);
        let none = || StoreError::NoSuchRun {
            selector: text.chars().filter(|c| !c.is_control()).take(60).collect(),
            there: match all.is_empty() {
                true => "no run is kept yet".to_owned(),
                false => format!("there are {all}"),
            },
        };
        match self {
            Self::Number(number) => {
                runs.into_iter().find(|run| run.id == RunId(number)).ok_or_else(none)
            }
            Self::Last(back) => runs.into_iter().nth(back).ok_or_else(none),
            Self::Date(date) => {
                let mut found: Vec<RunRow> =
                    runs.into_iter().filter(|run| run.started.starts_with(date)).collect();
                match found.len() {
                    0 => Err(none()),
                    1 => Ok(found.remove(0)),
                    _ => {
                        Err(StoreError::Ambiguous { selector: text.to_owned(), runs: list(&found) })
                    }
                }
            }
            Self::Nothing => Err(none()),
        }
    }
}

/// `12 (2026-11-30T03:00:00Z web01), …`.
fn list(runs: &[RunRow]) -> String {
    let mut lines: Vec<String> = runs
        .iter()
        .take(LISTED)
        .map(|run| format!("{} ({} {})", run.id.0, run.started, run.target))
        .collect();
    if runs.len() > LISTED {
        lines.push(format!("{} more", runs.len() - LISTED));
    }
    lines.join(", ")
}
