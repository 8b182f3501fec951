//! Services that must not be in use: `kind = "service"`.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::fix::{Fix, services};
use crate::host::Host;
use crate::host::services::{ServiceState, Sign, SignKind};
use crate::judgement::{Judgement, Reason, UNUSED, reason};
use pasu_model::Weight;
use serde::{Deserialize, Serialize};

/// Which services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Names of `host/services.toml`: any of them in use breaks the item.
    services: Vec<String>,
    /// Services that are only told of.
    #[serde(default)]
    warn: Vec<String>,
    /// Services about which a person decides.
    #[serde(default)]
    ask: Vec<String>,
    /// Services about which a person decides where other machines reach them.
    #[serde(default)]
    reachable: Vec<String>,
    /// The same of programs that serve only beside being clients: without an open port they serve nobody.
    #[serde(default)]
    clients: Vec<String>,
    /// Whether a person decides about another program on a port of `services`.
    #[serde(default)]
    others: bool,
}

/// What is seen of each service, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    services: Vec<(String, ServiceState)>,
    warn: Vec<(String, ServiceState)>,
    ask: Vec<(String, ServiceState)>,
    reachable: Vec<(String, ServiceState)>,
    clients: Vec<(String, ServiceState)>,
    /// Whether open ports could be seen at all.
    live: bool,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        Ok(spec.try_into()?)
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        let states = |names: &[String]| {
            names
                .iter()
                .map(|name| Ok((name.clone(), host.service(name)?)))
                .collect::<Result<Vec<_>, Cause>>()
        };
        Ok(Facts {
            services: states(&self.services)?,
            warn: states(&self.warn)?,
            ask: states(&self.ask)?,
            reachable: states(&self.reachable)?,
            clients: states(&self.clients)?,
            live: host.is_live(),
        })
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        let mut judgement = Judgement::new();
        for (name, state) in &facts.services {
            tell(&mut judgement, name, state, Weight::Bad);
            for sign in state.others.iter().filter(|_| self.others) {
                if sign.kind == SignKind::PortOfOther {
                    judgement.ask(reason_of(name, sign));
                }
            }
        }
        for (name, state) in &facts.ask {
            tell(&mut judgement, name, state, Weight::Ask);
        }
        for (name, state) in &facts.warn {
            tell(&mut judgement, name, state, Weight::Warning);
        }
        for (name, state) in &facts.reachable {
            tell_reachable(&mut judgement, name, state, facts.live, Weight::Ask);
        }
        for (name, state) in &facts.clients {
            tell_reachable(&mut judgement, name, state, facts.live, Weight::Note);
        }
        judgement
    }

    fn plan(&self, facts: &Facts) -> Fix {
        let mut fix = Fix::new();
        for (name, state) in &facts.services {
            services::switch_off(&mut fix, name, state);
        }
        fix
    }
}

fn reason_of(name: &str, sign: &Sign) -> Reason {
    let what = format!("{name}: {}", sign.what);
    reason(sign.kind.key()).arg("what", what).at(sign.place.clone())
}

/// Asks about a service that other machines reach. Where ports cannot be seen, its being switched on has the weight
/// that is given.
fn tell_reachable(
    judgement: &mut Judgement,
    name: &str,
    state: &ServiceState,
    live: bool,
    unknown: Weight,
) {
    let is_hidden = |sign: &Sign| sign.kind == SignKind::PortOfUnknown && !sign.loopback;
    if state.is_reachable() == Some(true) {
        let ports = state.signs.iter().filter(|sign| sign.kind == SignKind::Port && !sign.loopback);
        for sign in ports {
            judgement.ask(reason_of(name, sign));
        }
    } else if state.is_used()
        && live
        && state.unseen.is_empty()
        && !state.signs.iter().any(is_hidden)
    {
        judgement.good(reason("service-unreachable").arg("name", name));
    } else {
        // A resolver of this machine alone may hold the port, or a process that we may not see.
        let mut open = state.clone();
        open.signs.retain(|sign| sign.kind != SignKind::PortOfUnknown || !sign.loopback);
        tell(judgement, name, &open, unknown);
    }
}

/// Says of one service what shows it, with the weight of its being in use; or that it is not used.
pub fn tell(judgement: &mut Judgement, name: &str, state: &ServiceState, weight: Weight) {
    for cause in &state.unseen {
        judgement.unseen(cause);
    }
    for sign in &state.others {
        judgement.note(reason_of(name, sign));
    }
    for sign in &state.signs {
        let reason = reason_of(name, sign);
        match (sign.kind, weight) {
            (SignKind::InetdIdle, _) => judgement.warn(reason),
            (SignKind::PortOfUnknown, Weight::Warning) => judgement.warn(reason),
            (SignKind::PortOfUnknown, _) => {
                let mut cause =
                    Cause::new(crate::CauseKind::Permission, format!("{name}: {}", sign.what));
                cause.place.clone_from(&sign.place);
                judgement.unseen(&cause);
            }
            (_, Weight::Bad) => judgement.bad(reason),
            (_, Weight::Ask) => judgement.ask(reason),
            (_, Weight::Note) => judgement.note(reason),
            (_, _) => judgement.warn(reason),
        }
    }
    if state.is_surely_unused() {
        judgement.good(reason(UNUSED).arg("name", name));
    }
}

/// Says of one service that it is in use, by its signs, or that it is not. Neither is bad by itself.
pub fn tell_use(judgement: &mut Judgement, name: &str, state: &ServiceState) {
    if !state.is_used() {
        return tell(judgement, name, state, Weight::Note);
    }
    // In use already: whose an unknown port is decides nothing.
    for sign in state.signs.iter().filter(|sign| sign.kind != SignKind::PortOfUnknown) {
        let what = format!("{name}: {}", sign.what);
        judgement.note(reason(sign.kind.key()).arg("what", what).at(sign.place.clone()));
    }
}

/// The same, as statements of one part of an item.
pub fn tell_use_of_part(
    judgement: &mut Judgement,
    name: &str,
    state: &ServiceState,
    part: Option<&'static str>,
) {
    let mut own = Judgement::new();
    tell_use(&mut own, name, state);
    for statement in &mut own.statements {
        statement.reason.part = part;
    }
    judgement.extend(own);
}
