//! Updates in the history of fixes: who, when, which versions, and how it stands.

use super::journal::{FIXES, Journal, Stage};
use super::{PackagesError, Upgrade};
use pasu_model::{
    FIX_PLAN_SCHEMA, FixPlan, FixRecord, FixRequest, FixState, PlanRisk, Target, TargetKind, Text,
    Tool,
};
use pasu_system::{EntryKind, System};
use std::path::Path;

/// Every update that was begun, in no order.
///
/// # Errors
/// The folder of fixes cannot be read.
pub fn history(system: &dyn System) -> Result<Vec<FixRecord>, PackagesError> {
    let entries = match system.read_dir(Path::new(FIXES)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| PackagesError::Journal {
            path: FIXES.into(),
            why: error.to_string(),
        })?,
    };
    let mut records = Vec::new();
    // The lock and the mark of what is unfinished lie there too, and are files.
    let folders = entries.into_iter().filter(|(_, kind)| *kind == EntryKind::Directory);
    for (name, _) in folders {
        let Some(id) = name.file_name().and_then(|name| name.to_str()) else { continue };
        match Journal::read(system, id) {
            Ok(journal) => records.push(of(journal)),
            // A fix of another kind, or no fix at all.
            Err(PackagesError::Unknown { .. }) => {}
            Err(error) => records.push(damaged(id, &error)),
        }
    }
    Ok(records)
}

/// Whether a name is an update's.
#[must_use]
pub fn is_update(system: &dyn System, id: &str) -> bool {
    !matches!(Journal::read(system, id), Err(PackagesError::Unknown { .. }))
}

fn of(journal: Journal) -> FixRecord {
    let started = jiff::Timestamp::from_second(journal.started);
    FixRecord {
        id: journal.id,
        started: started
            .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default(),
        by: journal.by,
        state: match journal.stage {
            Stage::Done => FixState::Applied,
            Stage::TakenBack => FixState::RolledBack,
            Stage::Preparing | Stage::Installing | Stage::TakingBack => FixState::Open,
        },
        plan: plan(journal.plan.digest.clone()),
        outcomes: Vec::new(),
        notes: journal.plan.upgrades.iter().map(upgraded).collect(),
        undone_because: None,
        conflicts: Vec::new(),
        confirm_until: None,
    }
}

fn upgraded(upgrade: &Upgrade) -> Text {
    let Upgrade { package, from, to, cves, .. } = upgrade;
    let of = if cves.is_empty() { String::new() } else { format!(" ({})", cves.join(", ")) };
    let line = format!("{package} {from} -> {to}{of}");
    Text::new(line.clone(), line)
}

fn damaged(id: &str, error: &PackagesError) -> FixRecord {
    FixRecord {
        id: id.to_owned(),
        started: String::new(),
        by: pasu_model::FixAuthor::default(),
        state: FixState::Damaged,
        plan: plan(String::new()),
        outcomes: Vec::new(),
        notes: Vec::new(),
        undone_because: Some(error.text()),
        conflicts: Vec::new(),
        confirm_until: None,
    }
}

/// Packages are no items of a guideline: of a plan there is only the digest.
fn plan(digest: String) -> FixPlan {
    FixPlan {
        schema_version: FIX_PLAN_SCHEMA,
        tool: Tool { name: "pasu".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        target: Target { kind: TargetKind::Host, name: String::new() },
        machine: None,
        made: String::new(),
        guideline: String::new(),
        request: FixRequest::default(),
        items: Vec::new(),
        files: Vec::new(),
        effects: Vec::new(),
        risk: PlanRisk::Service,
        digest,
    }
}
