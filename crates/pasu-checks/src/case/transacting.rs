//! What every planned case is held to as a transaction: applied it is what was predicted, rolled back it is what was
//! there, and killed at any moment it is one of the two.

use super::Case;
use crate::audit::judge;
use crate::catalogue::Item;
use crate::fix::{PathChange, Planned};
use crate::host::Host;
use pasu_system::transaction::{Change, NoActions, Transactions};
use pasu_system::{Fault, MemoryDisk, Snapshot, System};
use std::path::Path;

/// Where transactions are kept: no part of the target.
const STATE: &str = "/var/lib/pasu";

const ID: &str = "20261125-120000";

/// How the machine dies, in turn.
const DEATHS: [Fault; 3] = [Fault::DiesBefore, Fault::DiesWithin, Fault::DiesAfter];

/// Carries a case's plan out, in memory.
pub(super) fn check(item: &Item, case: &Case, planned: &Planned) -> Vec<String> {
    let changes: Vec<Change> = planned.changes.iter().map(PathChange::step).collect();
    if changes.is_empty() {
        return Vec::new();
    }
    let (system, options) = case.host.test_host().parts();
    // Folders that only the transaction's own state needs are no change of the target.
    let system = if system.exists(Path::new("/var/lib")) {
        system
    } else {
        system.with_directory("/var/lib")
    };
    let disk = MemoryDisk::from(system);
    let before = disk.snapshot(&[STATE]);
    let whole = disk.clone();
    if let Err(error) = apply(&whole, &changes) {
        return vec![format!("not applied: {error}")];
    }
    let mut problems = Vec::new();
    let after = whole.snapshot(&[STATE]).timeless();
    // What tools of a case answer tells of the state before.
    if planned.plan.effects.is_empty() && case.host.tools.is_empty() {
        let host = Host::new(whole.system(), options);
        let params = planned.params.get(item.slug).cloned().unwrap_or_default();
        let verdict = judge(item, &host, &params).verdict();
        if Some(verdict) != planned.plan.items[0].expected {
            problems.push(format!(
                "{verdict:?} when applied, predicted {:?}",
                planned.plan.items[0].expected
            ));
        }
    }
    problems.extend(rolled_back(&whole, &before));
    problems.extend(killed(&disk, &changes, &before, &after, whole.calls()));
    problems
}

fn apply(disk: &MemoryDisk, changes: &[Change]) -> Result<(), pasu_system::transaction::Error> {
    let transactions = Transactions::open(disk)?;
    let header = serde_json::Value::Null;
    let mut transaction = transactions.begin(ID, &header, changes.to_vec())?;
    transaction.apply(&NoActions)?;
    transaction.commit(serde_json::Value::Null)
}

fn rolled_back(disk: &MemoryDisk, before: &Snapshot) -> Vec<String> {
    let done = Transactions::open(disk).and_then(|all| all.rollback(ID, &NoActions));
    let now = disk.snapshot(&[STATE]);
    match done {
        Err(error) => vec![format!("not rolled back: {error}")],
        // Directories are touched by making and removing what is in them.
        Ok(_) if now.clone().timeless() != before.clone().timeless() => {
            vec![format!("rolled back, these differ: {:?}", now.differences(before))]
        }
        Ok(_) => Vec::new(),
    }
}

/// Kills the machine at every call that writes, and recovers.
fn killed(
    disk: &MemoryDisk,
    changes: &[Change],
    before: &Snapshot,
    after: &Snapshot,
    calls: u64,
) -> Vec<String> {
    let before = before.clone().timeless();
    let mut problems = Vec::new();
    for call in 0..calls {
        let fault = DEATHS[(call % 3) as usize];
        let dying = disk.clone().failing_at(call, fault);
        // It dies, or has done all that counts before it would have.
        let _ = apply(&dying, changes);
        dying.reboot();
        let recovered = Transactions::open(&dying)
            .and_then(|all| all.recover(&NoActions, 0, "boot", false).map(drop));
        let now = dying.snapshot(&[STATE]).timeless();
        match recovered {
            Err(error) => {
                problems.push(format!("killed at {call} ({fault:?}): not recovered: {error}"))
            }
            Ok(()) if now != before && now != *after => problems.push(format!(
                "killed at {call} ({fault:?}): neither before nor after: {:?}",
                now.differences(&before)
            )),
            Ok(()) => {}
        }
    }
    problems
}
