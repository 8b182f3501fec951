//! Packages of an image for whose flaws a fixed version is out.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::updates::{PackageUpdates, judge_packages};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// What the advisories say; nothing where the image has no packages of a distribution.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    updates: Option<PackageUpdates>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    host.image()?;
    let software = host.software()?;
    if software.packages.is_empty() && software.problems.is_empty() {
        return Ok(Facts { updates: None });
    }
    let mut updates = host.updates_of(&[])?;
    // Another item speaks of that.
    updates.end_of_life = false;
    Ok(Facts { updates: Some(updates) })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let Some(updates) = &facts.updates else {
        return Judgement::not_applicable(reason("no-packages"));
    };
    let mut judgement = Judgement::new();
    judge_packages(&mut judgement, updates, params.integer("max_advisory_age_days"));
    judgement
}
