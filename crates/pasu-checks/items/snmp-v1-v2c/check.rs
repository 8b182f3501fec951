//! Whether snmpd accepts versions 1 or 2c.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::services::ServiceState;
use crate::host::snmpd::Snmpd;
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell_use;
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The agent and what it is told, if it is in use.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    agent: ServiceState,
    settings: Option<Snmpd>,
    unseen: Option<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts { agent: host.service("snmp")?, settings: None, unseen: None };
    if facts.agent.is_used() {
        match host.snmpd() {
            Ok(settings) => facts.settings = Some(settings),
            Err(cause) => facts.unseen = Some(cause),
        }
    }
    Ok(facts)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    if let Some(settings) = &facts.settings {
        tell(settings, &mut judgement);
    }
    if let Some(cause) = &facts.unseen {
        judgement.unseen(cause);
    }
    tell_use(&mut judgement, "snmp", &facts.agent);
    judgement
}

fn tell(settings: &Snmpd, judgement: &mut Judgement) {
    for community in settings.open_communities() {
        judgement.bad(
            reason("community-open")
                .arg("directive", &community.directive)
                .at(community.place.clone()),
        );
    }
    for community in settings.idle_communities() {
        judgement.warn(
            reason("community-idle")
                .arg("directive", &community.directive)
                .at(community.place.clone()),
        );
    }
    for user in &settings.users {
        let key = if user.level == "priv" { "user-v3" } else { "user-weak" };
        let said =
            reason(key).arg("name", &user.name).arg("level", &user.level).at(user.place.clone());
        if user.level == "priv" { judgement.note(said) } else { judgement.warn(said) }
    }
    if settings.open_communities().next().is_none() {
        let file = settings.files.first();
        let place = file.map(|path| pasu_model::Place::File { path: path.clone(), line: None });
        judgement.good(reason("only-v3").at(place));
    }
}
