//! Zones of BIND that anybody may transfer.

mod fix;
pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::host::bind::{Bind, Reach, Source, Zone};
use crate::host::services::ServiceState;
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell_use;
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many open zones are listed; the rest is counted.
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

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    tell_use(&mut judgement, "bind", &facts.service);
    if let Some(bind) = &facts.bind {
        judge_bind(&mut judgement, bind, params);
    }
    judgement
}

fn judge_bind(judgement: &mut Judgement, bind: &Bind, params: &Params) {
    let ignored: Vec<String> = params.list("ignored_zones").map(str::to_ascii_lowercase).collect();
    let is_ignored = |zone: &&Zone| ignored.contains(&zone.name.to_ascii_lowercase());
    for zone in bind.zones.iter().filter(is_ignored).take(MAX_LISTED) {
        judgement.note(reason("ignored").arg("zone", &zone.name).at(zone.place.clone()));
    }
    let judged: Vec<&Zone> = bind.zones.iter().filter(|zone| !is_ignored(zone)).collect();
    let open: Vec<&&Zone> =
        judged.iter().filter(|zone| zone.transfer.reach == Reach::Anyone).collect();
    for zone in open.iter().take(MAX_LISTED) {
        tell_open(judgement, zone);
    }
    if open.len() > MAX_LISTED {
        judgement.bad(reason("more-open").arg("count", open.len() - MAX_LISTED));
    }
    let unknown = judged.iter().filter_map(|zone| match &zone.transfer.reach {
        Reach::Unknown(what) => Some((zone, what)),
        _ => None,
    });
    let mut is_known = true;
    for (zone, what) in unknown.take(MAX_LISTED) {
        is_known = false;
        let detail = format!("who may transfer zone {} depends on: {what}", zone.name);
        let mut cause = Cause::new(CauseKind::Malformed, detail);
        cause.place = Some(zone.place.clone());
        judgement.unseen(&cause);
    }
    for (what, place) in bind.elsewhere.iter().take(MAX_LISTED) {
        judgement.ask(reason("elsewhere").arg("what", what).at(place.clone()));
    }
    if judged.is_empty() {
        judgement.good(reason("no-zones").file(&bind.path));
    } else if open.is_empty() && is_known {
        judgement.good(reason("restricted").arg("count", judged.len()).file(&bind.path));
    }
}

fn tell_open(judgement: &mut Judgement, zone: &Zone) {
    let name = if zone.view.is_empty() {
        zone.name.clone()
    } else {
        format!("{} (view {})", zone.name, zone.view)
    };
    let Some((place, text)) = &zone.transfer.said else {
        return judgement.bad(reason("open-by-default").arg("zone", name).at(zone.place.clone()));
    };
    let source = match zone.transfer.source {
        Source::Zone => "zone",
        Source::Template => "template",
        Source::View => "view",
        Source::Options | Source::BuiltIn => "options",
    };
    judgement.bad(
        reason("open").arg("zone", name).arg("source", source).at(place.clone()).excerpt(text),
    );
}
