//! The history as data: what the caller wrote down, what the engine knows, put together.

use pasu_model::{FixAuthor, FixOutcome, FixPlan, FixRecord, FixState, Text};
use pasu_system::System;
use pasu_system::transaction::{Account, Error, History, Record, Standing, Why};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The longest text that goes into one record of the journal, in characters.
const MAX_TEXT: usize = 2000;

#[derive(Serialize, Deserialize)]
struct Header {
    author: FixAuthor,
    started: String,
    plan: FixPlan,
}

/// What is written down when a transaction begins.
pub(super) fn header(author: &FixAuthor, started: &str, plan: &FixPlan) -> Value {
    json!({ "author": author, "started": started, "plan": plan })
}

/// What a tool or probe said.
pub(super) fn said(text: &Text) -> Value {
    json!({ "said": Text::new(short(&text.ko), short(&text.en)) })
}

/// What became of an item.
pub(super) fn outcome(outcome: &FixOutcome) -> Value {
    let mut outcome = outcome.clone();
    outcome.why = outcome.why.map(|why| Text::new(short(&why.ko), short(&why.en)));
    json!({ "outcome": outcome })
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// Every entry, the newest last. One that is damaged says so.
///
/// # Errors
/// The folder cannot be read.
pub fn history(system: &dyn System) -> Result<Vec<FixRecord>, Error> {
    let history = History::new(system);
    let mut records = Vec::new();
    for summary in history.list()? {
        let account = history.show(&summary.id);
        records.push(match account {
            Ok(account) => of_account(&summary.id, account),
            Err(error) => damaged(&summary.id, &error),
        });
    }
    let of_packages = crate::packages::history(system);
    records.extend(of_packages.unwrap_or_default());
    // Stable: those of one second stay in the order of their numbers.
    records.sort_by(|one, other| one.started.cmp(&other.started));
    Ok(records)
}

/// One entry.
///
/// # Errors
/// There is none of this name, or it is damaged.
pub fn record(system: &dyn System, id: &str) -> Result<FixRecord, Error> {
    let of_packages = crate::packages::history(system).unwrap_or_default();
    if let Some(found) = of_packages.into_iter().find(|record| record.id == id) {
        return Ok(found);
    }
    Ok(of_account(id, History::new(system).show(id)?))
}

fn of_account(id: &str, account: Account) -> FixRecord {
    let header: Option<Header> = serde_json::from_value(account.header).ok();
    let (author, started, plan) = header.map_or_else(
        || (FixAuthor::default(), String::new(), empty_plan()),
        |header| (header.author, header.started, header.plan),
    );
    let mut found = FixRecord {
        id: id.to_owned(),
        started,
        by: author,
        state: state(&account.standing),
        plan,
        outcomes: Vec::new(),
        notes: Vec::new(),
        undone_because: None,
        conflicts: Vec::new(),
        confirm_until: None,
    };
    for record in account.journal {
        add(&mut found, record);
    }
    if let Standing::AwaitingConfirmation { until, .. } = account.standing {
        found.confirm_until = jiff::Timestamp::from_second(until).ok().map(|time| time.to_string());
    }
    found
}

fn add(found: &mut FixRecord, record: Record) {
    match record {
        Record::Note { note } => {
            if let Some(text) = text_of(&note) {
                found.notes.push(text);
            }
            if let Some(outcome) = note.get("outcome").cloned()
                && let Ok(outcome) = serde_json::from_value::<FixOutcome>(outcome)
            {
                found.outcomes.retain(|known| known.item != outcome.item);
                found.outcomes.push(outcome);
            }
        }
        Record::Undone { why } => found.undone_because = Some(because(&why)),
        Record::Conflict { conflict } => {
            let path = conflict.path.display().to_string();
            if !found.conflicts.contains(&path) {
                found.conflicts.push(path);
            }
        }
        _ => {}
    }
}

fn text_of(note: &Value) -> Option<Text> {
    serde_json::from_value(note.get("said")?.clone()).ok()
}

/// Why something was undone, in words.
#[must_use]
pub(super) fn because(why: &Why) -> Text {
    match why {
        Why::Interrupted => Text::new(
            "작업 중에 프로그램이나 시스템이 중단되었습니다",
            "the program or the machine died in the middle",
        ),
        Why::NotConfirmed => Text::new(
            "정해진 시간 안에 `pasu fix confirm`으로 확인하지 않았습니다",
            "nobody confirmed it in time with `pasu fix confirm`",
        ),
        Why::Rebooted => Text::new(
            "확인하기 전에 시스템이 다시 시작되었습니다",
            "the machine was started again before it was confirmed",
        ),
        Why::Failed { error } => Text::new(
            format!("변경 중에 실패했습니다: {error}"),
            format!("a change failed: {error}"),
        ),
        Why::Asked { reason } => text_of(reason)
            .unwrap_or_else(|| Text::new("되돌리라는 요청이 있었습니다", "it was asked for")),
    }
}

fn state(standing: &Standing) -> FixState {
    match standing {
        Standing::Open | Standing::RollingBack => FixState::Open,
        Standing::AwaitingConfirmation { .. } => FixState::AwaitingConfirmation,
        Standing::Confirmed | Standing::Committed => FixState::Applied,
        Standing::Undone { .. } => FixState::Undone,
        Standing::RolledBack | Standing::Conflict { .. } => FixState::RolledBack,
        Standing::Damaged { .. } => FixState::Damaged,
    }
}

fn damaged(id: &str, error: &Error) -> FixRecord {
    FixRecord {
        id: id.to_owned(),
        started: String::new(),
        by: FixAuthor::default(),
        state: FixState::Damaged,
        plan: empty_plan(),
        outcomes: Vec::new(),
        notes: Vec::new(),
        undone_because: Some(Text::new(
            format!("기록이 손상되었거나 변조되었습니다: {error}"),
            format!("what is kept of it is damaged or was tampered with: {error}"),
        )),
        conflicts: Vec::new(),
        confirm_until: None,
    }
}

fn empty_plan() -> FixPlan {
    FixPlan {
        schema_version: pasu_model::FIX_PLAN_SCHEMA,
        tool: pasu_model::Tool { name: String::new(), version: String::new() },
        target: pasu_model::Target { kind: pasu_model::TargetKind::Host, name: String::new() },
        machine: None,
        made: String::new(),
        guideline: String::new(),
        request: pasu_model::FixRequest::default(),
        items: Vec::new(),
        files: Vec::new(),
        effects: Vec::new(),
        risk: pasu_model::PlanRisk::Safe,
        digest: String::new(),
    }
}
