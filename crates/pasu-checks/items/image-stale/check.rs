//! Images that were built long ago.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Times before this are no times of a build: 0, and the first of 1980, which tools write so that builds are the same
/// byte for byte.
const EARLIEST: i64 = 400_000_000;

/// How many days ago it was built; `None` where it does not say.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    days: Option<i64>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let config = &host.image()?.info.config;
    let steps = config.history.iter().filter_map(|entry| entry.created.as_deref());
    let times = config.created.as_deref().into_iter().chain(steps);
    let seconds = times.filter_map(|time| time.parse::<jiff::Timestamp>().ok());
    let newest = seconds.map(jiff::Timestamp::as_second).filter(|at| *at > EARLIEST).max();
    Ok(Facts { days: newest.map(|at| (host.now() - at).div_euclid(DAY).max(0)) })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let limit = params.integer("max_days");
    let Some(days) = facts.days else {
        judgement.ask(reason("unknown"));
        return judgement;
    };
    let said = |key: &'static str| reason(key).arg("days", days).arg("limit", limit);
    if days > limit {
        judgement.bad(said("old"));
    } else {
        judgement.good(said("fresh"));
    }
    judgement
}
