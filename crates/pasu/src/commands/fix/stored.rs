//! A plan that was written to a file: it must be whole, of this machine, and what would be planned now.

use super::choice::{Bench, machine};
use anyhow::{Context, Result, bail};
use pasu_checks::fix::{Planned, digest};
use pasu_model::{FIX_PLAN_SCHEMA, FixPlan};
use std::collections::BTreeSet;
use std::path::Path;

/// The largest plan that is read, in bytes.
const MAX_PLAN: u64 = 64 << 20;

/// Whether an argument is a plan's file and not an item.
pub fn is_plan(name: &str) -> bool {
    name.ends_with(".json") || name.contains('/') || Path::new(name).is_file()
}

/// Reads a plan and makes sure that nobody changed it.
pub fn read(path: &Path) -> Result<FixPlan> {
    let shown = path.display();
    let found = std::fs::metadata(path).with_context(|| {
        format!(
            "cannot read the plan {shown}; hint: make one with `pasu fix plan --format json --output FILE`"
        )
    })?;
    // A FIFO would keep us waiting for ever.
    if !found.is_file() {
        bail!("{shown}: not a regular file; hint: write the plan to one with --output");
    }
    let size = found.len();
    if size > MAX_PLAN {
        bail!("{shown}: {size} bytes, more than the {MAX_PLAN} that a plan may have");
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let plan: FixPlan = serde_json::from_slice(&bytes).with_context(|| {
        format!(
            "{shown}: not a plan; hint: make one with `pasu fix plan --format json --output FILE`"
        )
    })?;
    if plan.schema_version != FIX_PLAN_SCHEMA {
        bail!(
            "{shown}: made by another release of Pasu (schema {}); hint: plan again",
            plan.schema_version
        );
    }
    if digest(&plan) != plan.digest {
        bail!(
            "{shown}: does not fit its own digest: it was changed after it was made; hint: plan again"
        );
    }
    Ok(plan)
}

/// Refuses a plan of another machine or target.
pub fn is_of(plan: &FixPlan, bench: &Bench, path: &Path) -> Result<()> {
    let here = machine(bench.host.system());
    let shown = path.display();
    if plan.machine != here {
        bail!("{shown}: a plan of another machine ({}); hint: plan on this one", plan.target.name);
    }
    if plan.target != bench.target {
        bail!("{shown}: a plan of {}, not of {}", plan.target.name, bench.target.name);
    }
    Ok(())
}

/// Refuses a plan that would not be made now, and says what moved.
pub fn is_current(plan: &FixPlan, now: &Planned, path: &Path) -> Result<()> {
    let now = &now.plan;
    if plan.digest == now.digest {
        return Ok(());
    }
    let mut moved = BTreeSet::new();
    for file in plan.files.iter().filter(|file| !now.files.contains(file)) {
        moved.insert(file.path.clone());
    }
    for file in now.files.iter().filter(|file| !plan.files.contains(file)) {
        moved.insert(file.path.clone());
    }
    for item in plan.items.iter().filter(|item| !now.items.contains(item)) {
        moved.insert(if item.code.is_empty() { item.item.clone() } else { item.code.clone() });
    }
    let moved: Vec<String> = moved.into_iter().take(10).collect();
    let moved = if moved.is_empty() { "services".to_owned() } else { moved.join(", ") };
    bail!(
        "{}: stale, this is no longer as it was planned for: {moved}; hint: plan again",
        path.display()
    );
}
