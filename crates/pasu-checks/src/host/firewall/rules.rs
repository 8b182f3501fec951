//! Chains of a packet filter, whatever tool printed them, and what they let in.

use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many rules are walked, and how deep chains may call others.
const MAX_STEPS: usize = 100_000;
const MAX_DEPTH: usize = 24;

/// How many openings are kept of one base chain.
const MAX_OPENINGS: usize = 500;

/// Interfaces between this machine and its own guests and tunnels, by the beginning of their names.
const INNER: [&str; 11] =
    ["docker", "br-", "virbr", "veth", "cni", "flannel", "lxc", "lxd", "podman", "wg", "tailscale"];

/// Which of IPv4 and IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Families {
    /// IPv4.
    pub v4: bool,
    /// IPv6.
    pub v6: bool,
}

impl Families {
    /// IPv4 alone.
    pub const V4: Self = Self { v4: true, v6: false };
    /// IPv6 alone.
    pub const V6: Self = Self { v4: false, v6: true };
    /// Both.
    pub const BOTH: Self = Self { v4: true, v6: true };
}

/// What a rule asks of a packet, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Match {
    /// Only what cannot begin a connection from outside: the loopback, answers, ICMP.
    pub harmless: bool,
    /// A source that is not everybody.
    pub source: Option<String>,
    /// Everybody but this source.
    pub others_than: Option<String>,
    /// Destination ports.
    pub ports: Option<Vec<(u16, u16)>>,
    /// `tcp`, `udp`.
    pub protocol: Option<String>,
    /// The interface it came by.
    pub interface: Option<String>,
    /// Only one of IPv4 and IPv6.
    pub family: Option<Families>,
    /// Something else that is not understood here.
    pub other: bool,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Accept,
    Refuse,
    Return,
    Jump(String),
    Goto(String),
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub matches: Match,
    pub action: Action,
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    pub refuses_by_policy: bool,
    pub rules: Vec<Rule>,
}

/// One packet filter's chains by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Chains(pub BTreeMap<String, Chain>);

/// What one base chain does with packets for this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Its name: `nft inet filter input`, `ufw`.
    pub name: String,
    /// Where it was read.
    pub place: Place,
    /// Which packets it sees.
    pub families: Families,
    /// Whether what no rule lets in is refused.
    pub refuses: bool,
    /// What rules let in.
    pub openings: Vec<Opening>,
}

/// What a rule lets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// `tcp`, `udp`; none for all.
    pub protocol: Option<String>,
    /// Ports from and to; none for all.
    pub ports: Option<Vec<(u16, u16)>>,
    /// From where; none for everybody.
    pub source: Option<String>,
    /// By which interface; none for all.
    pub interface: Option<String>,
    /// Whether the rule asks for something that is not understood here.
    pub is_unclear: bool,
    /// Only one of IPv4 and IPv6.
    pub families: Families,
    /// The rule.
    pub text: String,
}

impl Match {
    /// Whether it takes every packet.
    fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Both at once.
    fn and(&self, other: &Self) -> Self {
        Self {
            harmless: self.harmless || other.harmless,
            source: other.source.clone().or_else(|| self.source.clone()),
            others_than: other.others_than.clone().or_else(|| self.others_than.clone()),
            ports: other.ports.clone().or_else(|| self.ports.clone()),
            protocol: other.protocol.clone().or_else(|| self.protocol.clone()),
            interface: other.interface.clone().or_else(|| self.interface.clone()),
            family: other.family.or(self.family),
            other: self.other || other.other,
        }
    }

    /// Whether it takes every TCP packet of everybody.
    fn is_everything(&self) -> bool {
        let is_tcp = self.protocol.as_deref().is_none_or(|protocol| protocol == "tcp");
        let narrowed = self.harmless || self.other || self.source.is_some();
        let all_but = self.others_than.is_some();
        let all_ports = self.ports.as_ref().is_none_or(|ports| are_all(ports));
        let here = self.interface.is_none() && self.family.is_none();
        is_tcp && !narrowed && !all_but && all_ports && here
    }

    /// Whether it takes ports of everybody, or of everybody outside some source, and asks for nothing else.
    fn is_of_ports(&self) -> bool {
        let narrowed = self.harmless || self.other || self.source.is_some();
        self.ports.is_some() && !narrowed && self.interface.is_none()
    }
}

/// Whether every port is among them.
fn are_all(ports: &[(u16, u16)]) -> bool {
    ports.iter().any(|(from, to)| *from <= 1 && *to == u16::MAX)
}

/// Whether an interface is between this machine and its own guests and tunnels.
pub(super) fn is_inner(name: &str) -> bool {
    INNER.iter().any(|inner| name.starts_with(inner))
}

/// Whether a rule's interface, `eth0`, `eth+` or `eth*`, takes the one that is named.
fn takes_interface(own: &str, name: &str) -> bool {
    match own.strip_suffix(['+', '*']) {
        Some(beginning) => name.starts_with(beginning),
        None => own == name,
    }
}

/// How a chain ends for packets that reach its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Accepted,
    Refused,
    GoesOn,
}

impl Chains {
    /// What a base chain does.
    ///
    /// # Errors
    /// There are too many rules, or chains call each other too deep.
    pub(super) fn inbound(
        &self,
        base: &str,
        name: String,
        place: Place,
        families: Families,
    ) -> Result<Inbound, Cause> {
        let mut walk = Walk {
            chains: self,
            steps: 0,
            openings: Vec::new(),
            shut: Vec::new(),
            may_leave: false,
            families,
        };
        let end = walk.chain(base, &Match::default(), 0)?;
        let by_policy = self.0.get(base).is_some_and(|chain| chain.refuses_by_policy);
        let refuses = match end {
            End::Accepted => false,
            End::Refused => true,
            End::GoesOn => by_policy,
        };
        Ok(Inbound { name, place, families, refuses, openings: walk.openings })
    }
}

struct Walk<'a> {
    chains: &'a Chains,
    steps: usize,
    openings: Vec<Opening>,
    shut: Vec<Shut>,
    /// Whether some packets left a chain before its end, so that what is shut behind does not hold for them.
    may_leave: bool,
    families: Families,
}

/// Ports that a rule before refuses, to everybody or to all but one source.
struct Shut {
    protocol: Option<String>,
    ports: Vec<(u16, u16)>,
    families: Families,
    others_than: Option<String>,
}

impl Shut {
    /// Whether it holds for all of what an opening lets in.
    fn covers(&self, opening: &Opening) -> bool {
        let same = self.protocol.is_none() || self.protocol == opening.protocol;
        let within = |(from, to): &(u16, u16)| {
            self.ports.iter().any(|(first, last)| first <= from && to <= last)
        };
        same && opening.ports.as_ref().is_some_and(|ports| ports.iter().all(within))
    }
}

impl Walk<'_> {
    fn chain(&mut self, name: &str, context: &Match, depth: usize) -> Result<End, Cause> {
        if depth > MAX_DEPTH {
            return Err(Cause::new(CauseKind::Limit, format!("chains too deep at {name}")));
        }
        let Some(chain) = self.chains.0.get(name) else { return Ok(End::GoesOn) };
        // After a conditional return the end of the chain is no longer that of every packet.
        let mut may_leave = false;
        for rule in &chain.rules {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(Cause::new(CauseKind::Limit, format!("too many rules at {name}")));
            }
            let both = context.and(&rule.matches);
            let is_all = rule.matches.is_all();
            let end = match &rule.action {
                Action::Nothing => End::GoesOn,
                Action::Return if is_all => return Ok(End::GoesOn),
                Action::Return => {
                    may_leave = true;
                    self.may_leave = true;
                    End::GoesOn
                }
                Action::Refuse => {
                    self.shut(&both);
                    End::Refused
                }
                Action::Accept => {
                    if both.is_everything() {
                        return Ok(if may_leave { End::GoesOn } else { End::Accepted });
                    }
                    self.open(&both, &rule.text);
                    End::Accepted
                }
                Action::Jump(target) => self.chain(target, &both, depth + 1)?,
                Action::Goto(target) => {
                    let end = self.chain(target, &both, depth + 1)?;
                    if is_all && end == End::GoesOn {
                        return Ok(End::GoesOn);
                    }
                    self.may_leave |= end == End::GoesOn;
                    end
                }
            };
            if end != End::GoesOn && is_all {
                if !may_leave {
                    return Ok(end);
                }
                // Some packets left before: rules behind the caller still see them.
                return Ok(End::GoesOn);
            }
        }
        Ok(End::GoesOn)
    }

    fn open(&mut self, both: &Match, text: &str) {
        if both.harmless || self.openings.len() >= MAX_OPENINGS {
            return;
        }
        let mut opening = Opening {
            protocol: both.protocol.clone(),
            ports: both.ports.clone(),
            source: both.source.clone(),
            interface: both.interface.clone(),
            is_unclear: both.other || both.others_than.is_some(),
            families: both.family.unwrap_or(self.families),
            text: text.to_owned(),
        };
        for shut in &self.shut {
            if opening.source.is_some() || !shut.covers(&opening) {
                continue;
            }
            let v4 = opening.families.v4 && shut.families.v4;
            let v6 = opening.families.v6 && shut.families.v6;
            if let Some(source) = &shut.others_than {
                let limited = Opening {
                    source: Some(source.clone()),
                    families: Families { v4, v6 },
                    ..opening.clone()
                };
                self.openings.push(limited);
            }
            opening.families.v4 &= !v4;
            opening.families.v6 &= !v6;
        }
        if opening.families.v4 || opening.families.v6 {
            self.openings.push(opening);
        }
    }

    /// Remembers ports that are refused whatever rules behind let in.
    fn shut(&mut self, both: &Match) {
        let Some(ports) = both.ports.clone() else { return };
        if self.may_leave || !both.is_of_ports() || self.shut.len() >= MAX_OPENINGS {
            return;
        }
        self.shut.push(Shut {
            protocol: both.protocol.clone(),
            ports,
            families: both.family.unwrap_or(self.families),
            others_than: both.others_than.clone(),
        });
    }
}

impl Opening {
    /// Whether a port is let in for everybody.
    #[must_use]
    pub fn opens(&self, protocol: &str, port: u16) -> bool {
        self.source.is_none() && !self.is_from_inside() && self.reaches(protocol, port)
    }

    /// Whether it is only for an interface between this machine and its own guests and tunnels.
    #[must_use]
    pub fn is_from_inside(&self) -> bool {
        self.interface.as_ref().is_some_and(|name| is_inner(name))
    }

    /// Whether everybody reaches every port of TCP by it, so that the chain's policy stops nobody.
    /// `interfaces` are those that lead to others.
    #[must_use]
    pub fn is_everything(&self, v6: bool, interfaces: &[String]) -> bool {
        let of_family = if v6 { self.families.v6 } else { self.families.v4 };
        let is_tcp = self.protocol.as_deref().is_none_or(|own| own == "tcp");
        let all_ports = self.ports.as_ref().is_none_or(|ports| are_all(ports));
        let by_all = self.interface.as_ref().is_none_or(|names| {
            let takes = |name: &String| names.split(',').any(|own| takes_interface(own, name));
            !interfaces.is_empty() && interfaces.iter().all(takes)
        });
        of_family && is_tcp && all_ports && by_all && self.source.is_none() && !self.is_unclear
    }

    /// Whether a port is let in for somebody.
    #[must_use]
    pub fn reaches(&self, protocol: &str, port: u16) -> bool {
        let of_protocol = self.protocol.as_deref().is_none_or(|own| own == protocol);
        let of_port =
            |ports: &Vec<(u16, u16)>| ports.iter().any(|(from, to)| (*from..=*to).contains(&port));
        of_protocol && self.ports.as_ref().is_none_or(of_port)
    }
}
