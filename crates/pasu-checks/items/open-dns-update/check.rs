//! Zones of BIND that anybody may update.

mod fix;
pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::host::bind::{Bind, Reach, Zone};
use crate::host::services::ServiceState;
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::service::tell_use;
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many zones are listed; the rest is counted.
const MAX_LISTED: usize = 50;

/// Whether BIND is in use, and what it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    service: ServiceState,
    /// `None` where it is not in use.
    bind: Option<Bind>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let service = host.service("bind")?;
    let bind = if service.is_used() { Some(used(host)?) } else { None };
    Ok(Facts { service, bind })
}

fn used(host: &Host) -> Result<Bind, Cause> {
    let missing = || Cause::new(CauseKind::Io, "BIND is in use and its named.conf was not found");
    (*host.bind()?).clone().ok_or_else(missing)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    tell_use(&mut judgement, "bind", &facts.service);
    if let Some(bind) = &facts.bind {
        judge_bind(&mut judgement, bind);
    }
    judgement
}

fn judge_bind(judgement: &mut Judgement, bind: &Bind) {
    let of = |reach: Reach| bind.zones.iter().filter(move |zone| zone.update.reach == reach);
    let open = of(Reach::Anyone).count();
    for zone in of(Reach::Anyone).take(MAX_LISTED) {
        judgement.bad(said("open", zone));
    }
    if open > MAX_LISTED {
        judgement.bad(reason("more-open").arg("count", open - MAX_LISTED));
    }
    for zone in of(Reach::Addresses).take(MAX_LISTED) {
        judgement.warn(said("by-address", zone));
    }
    let mut is_known = true;
    let unknown = bind.zones.iter().filter_map(|zone| match &zone.update.reach {
        Reach::Unknown(what) => Some((zone, what)),
        _ => None,
    });
    for (zone, what) in unknown.take(MAX_LISTED) {
        is_known = false;
        let detail = format!("who may update zone {} depends on: {what}", zone.name);
        let mut cause = Cause::new(CauseKind::Malformed, detail);
        cause.place = Some(zone.place.clone());
        judgement.unseen(&cause);
    }
    for (what, place) in bind.elsewhere.iter().take(MAX_LISTED) {
        judgement.ask(reason("elsewhere").arg("what", what).at(place.clone()));
    }
    if bind.zones.is_empty() {
        judgement.good(reason("no-zones").file(&bind.path));
    } else if open == 0 && is_known {
        judgement.good(reason("controlled").arg("count", bind.zones.len()).file(&bind.path));
    }
}

fn said(key: &'static str, zone: &Zone) -> Reason {
    let reason = reason(key).arg("zone", &zone.name);
    match &zone.update.said {
        Some((place, text)) => reason.at(place.clone()).excerpt(text),
        None => reason.at(zone.place.clone()),
    }
}
