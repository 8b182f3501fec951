//! Whether any host may ask snmpd.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::services::{ServiceState, Sign, SignKind};
use crate::host::snmpd::{SnmpAgent, Snmpd};
use crate::judgement::{Judgement, reason};
use crate::params::Params;

pub fn collect(host: &Host, _params: &Params) -> Result<SnmpAgent, Cause> {
    SnmpAgent::read(host)
}

pub fn judge(facts: &SnmpAgent, _params: &Params) -> Judgement {
    facts.judge(|settings, judgement| tell(settings, &facts.agent, judgement))
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
