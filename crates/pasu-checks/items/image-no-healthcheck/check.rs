//! Images that do not say how their health is asked.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// What the configuration says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facts {
    Set,
    Missing,
    /// `HEALTHCHECK NONE`.
    Off,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let health = host.image()?.config().healthcheck.as_ref();
    // Docker takes an empty test as «inherit», which a finished image has nothing to inherit from.
    Ok(match health.and_then(|health| health.test.first()).map(String::as_str) {
        None => Facts::Missing,
        Some("NONE") => Facts::Off,
        Some(_) => Facts::Set,
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    match facts {
        Facts::Set => judgement.good(reason("set")),
        Facts::Missing => judgement.bad(reason("missing")),
        Facts::Off => judgement.bad(reason("none")),
    }
    judgement
}
