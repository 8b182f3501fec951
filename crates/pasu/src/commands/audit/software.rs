//! The packages of the target and what the advisories say of them, for the items about patches.

use crate::database;
use anyhow::{Context, Result};
use pasu_advisory::matching;
use pasu_checks::Software;
use pasu_model::{ImageInfo, Inventory, Run, Support, Target, Tool};
use pasu_system::System;
use std::path::Path;

/// Reads packages and judges them. A database that was named and cannot be opened is an error; anything else that goes
/// wrong is told by the items concerned.
pub fn read(system: &dyn System, target: &Target, named: Option<&Path>) -> Result<Software> {
    judge(pasu_packages::installed(system), target, None, named).map(|run| Software::of(&run))
}

/// Judges packages that were found.
pub fn judge(
    found: Inventory,
    target: &Target,
    image: Option<ImageInfo>,
    named: Option<&Path>,
) -> Result<Run> {
    let chosen = database::choose(named)?;
    let today = database::today();
    let os = found.os.clone();
    let mut unseen = found.unseen.clone();
    let matched =
        matching::find(&chosen.database, found, &target.name).with_context(|| chosen.name())?;
    unseen.extend(matched.unseen.clone());
    Ok(Run {
        tool: tool(),
        started: String::new(),
        target: target.clone(),
        os_end_of_life: os.as_ref().and_then(|os| os.support(today)).is_some_and(Support::is_over),
        os,
        database: Some(chosen.info(today)),
        sets: matched.sets,
        unseen,
        left_out: Vec::new(),
        narrowed: Vec::new(),
        suppressed: Vec::new(),
        unmatched: matched.unmatched,
        image,
    })
}

/// This program.
pub fn tool() -> Tool {
    Tool { name: "pasu".into(), version: env!("CARGO_PKG_VERSION").into() }
}
