//! Security updates that wait, and whether anybody sees to it that they do not.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::patching::{Kernel, Patching};
use crate::host::updates::{PackageUpdates, judge_packages};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Weight;
use serde::{Deserialize, Serialize};

/// What waits, and how the system is kept up to date.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    updates: Result<PackageUpdates, Cause>,
    patching: Result<Patching, Cause>,
    is_container: bool,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    Ok(Facts {
        updates: host.updates_of(&[]),
        patching: host.patching(),
        is_container: host.is_container(),
    })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    match &facts.updates {
        Ok(updates) => {
            judge_packages(&mut judgement, updates, params.integer("max_advisory_age_days"));
        }
        Err(cause) => judgement.unseen(cause),
    }
    match &facts.patching {
        Ok(patching) => judge_patching(&mut judgement, patching, facts.is_container, params),
        Err(cause) => judgement.unseen(cause),
    }
    if params.flag("policy_confirmed") {
        judgement.good(reason("policy-confirmed"));
    } else {
        judgement.ask(reason("policy"));
    }
    judgement
}

fn judge_patching(
    judgement: &mut Judgement,
    patching: &Patching,
    is_container: bool,
    params: &Params,
) {
    if is_container {
        judgement.note(reason("container"));
        return;
    }
    judge_transaction(judgement, patching, params.integer("max_days_since_patch"));
    judge_metadata(judgement, patching, params.integer("max_metadata_age_days"));
    if let Some(kernel) = &patching.kernel {
        judge_kernel(judgement, kernel);
    }
    if let Some(packages) = &patching.reboot {
        let packages = packages.join(", ");
        judgement
            .bad(reason("reboot-required").arg("packages", packages).file("/run/reboot-required"));
    }
    for place in &patching.automatic {
        judgement.note(reason("automatic").at(place.clone()));
    }
    if patching.automatic.is_empty() {
        judgement.note(reason("automatic-none"));
    }
}

fn judge_metadata(judgement: &mut Judgement, patching: &Patching, limit: i64) {
    let Some(metadata) = &patching.metadata else {
        return judgement.ask(reason("metadata-none"));
    };
    let said = |key: &'static str| {
        reason(key).arg("days", metadata.days).arg("limit", limit).at(metadata.place.clone())
    };
    if metadata.days > limit {
        judgement.bad(said("metadata-old"));
    } else {
        judgement.note(said("metadata-fresh"));
    }
}

/// A system for which nothing waits needed no transaction: then an old one is only told.
fn judge_transaction(judgement: &mut Judgement, patching: &Patching, limit: i64) {
    let Some(transaction) = &patching.transaction else {
        return judgement.warn(reason("transaction-none"));
    };
    let said = |key: &'static str| {
        reason(key).arg("days", transaction.days).arg("limit", limit).at(transaction.place.clone())
    };
    let is_clean = !judgement
        .statements
        .iter()
        .any(|statement| matches!(statement.weight, Weight::Bad | Weight::Unseen));
    match transaction.days > limit {
        true if is_clean => judgement.warn(said("transaction-old")),
        true => judgement.bad(said("transaction-old")),
        false => judgement.note(said("transaction")),
    }
}

fn judge_kernel(judgement: &mut Judgement, kernel: &Kernel) {
    let running = &kernel.running;
    let Some(newest) = &kernel.newest else {
        return judgement.warn(reason("kernel-unpackaged").arg("running", running));
    };
    let said = |key: &'static str| {
        reason(key).arg("running", running).arg("newest", newest).file("/proc/sys/kernel/osrelease")
    };
    match (kernel.is_behind(), kernel.live_patched) {
        (true, true) => judgement.warn(said("kernel-live-patched")),
        (true, false) => judgement.bad(said("kernel-behind")),
        (false, _) => judgement.note(said("kernel-current")),
    }
}
