//! Whether any host may ask snmpd.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::services::{ServiceState, Sign, SignKind};
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
        tell(settings, &facts.agent, &mut judgement);
    }
    if let Some(cause) = &facts.unseen {
        judgement.unseen(cause);
    }
    tell_use(&mut judgement, "snmp", &facts.agent);
    judgement
}

fn tell(settings: &Snmpd, agent: &ServiceState, judgement: &mut Judgement) {
    // By 199 (SMUX) and 705 (AgentX) parts of the agent speak to it, and nobody asks.
    let is_inner = |sign: &&Sign| {
        sign.what.starts_with("tcp ")
            && (sign.what.ends_with(":199") || sign.what.ends_with(":705"))
    };
    let mut ports = agent.signs.iter().filter(|sign| sign.kind == SignKind::Port);
    let open = ports.find(|sign| !sign.loopback && !is_inner(sign));
    let is_local = settings.is_local() && open.is_none();
    if settings.is_local() {
        let place = settings.addresses.first().map(|address| address.place.clone());
        match open {
            None => judgement.good(reason("agent-local").at(place)),
            Some(sign) => {
                judgement.warn(reason("agent-reachable").arg("what", &sign.what).at(place));
            }
        }
    }
    for community in settings.open_communities() {
        let source = community.source.as_deref().unwrap_or_default();
        let said = |key: &'static str| {
            reason(key)
                .arg("directive", &community.directive)
                .arg("source", source)
                .at(community.place.clone())
        };
        match (community.is_for_everybody(), is_local) {
            (true, false) => judgement.bad(said("source-any")),
            (true, true) => judgement.note(said("source-any")),
            (false, _) => judgement.good(said("source-limited")),
        }
    }
    if settings.open_communities().next().is_none() {
        judgement.good(reason("only-users"));
    }
}
