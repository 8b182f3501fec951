//! Whether the packet filter, or TCP wrappers, limit who reaches which port.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::firewall::{Firewall, Opening};
use crate::host::sockets::Protocol;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many of each kind are told of.
const MAX_TOLD: usize = 30;

/// The filter, who listens, and TCP wrappers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    in_container: bool,
    is_live: bool,
    firewall: Firewall,
    listeners: Vec<Reachable>,
    /// Where sshd waits by its settings and by `ssh.socket`, for which systemd listens itself.
    ssh_ports: BTreeSet<u16>,
    wrapped: Vec<Wrapped>,
    unseen: Vec<Cause>,
}

/// A socket that others could reach.
#[derive(Debug, Serialize, Deserialize)]
struct Reachable {
    shown: String,
    protocol: Protocol,
    port: u16,
    v6: bool,
    program: String,
}

/// A program that listens, where TCP wrappers refuse it to strangers.
#[derive(Debug, Serialize, Deserialize)]
struct Wrapped {
    program: String,
    obeys: bool,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        in_container: host.is_container(),
        is_live: host.is_live(),
        firewall: Firewall::default(),
        listeners: Vec::new(),
        ssh_ports: BTreeSet::new(),
        wrapped: Vec::new(),
        unseen: Vec::new(),
    };
    if facts.in_container {
        return Ok(facts);
    }
    match host.firewall() {
        Ok(firewall) => facts.firewall = firewall,
        Err(cause) => facts.unseen.push(cause),
    }
    match host.sshd_ports() {
        Ok(ports) => {
            facts.ssh_ports = ports.iter().filter_map(|it| it.value.parse().ok()).collect()
        }
        Err(cause) => facts.unseen.push(cause),
    }
    if host.is_live() {
        listeners(host, &mut facts)?;
        wrappers(host, &mut facts)?;
    }
    Ok(facts)
}

fn listeners(host: &Host, facts: &mut Facts) -> Result<(), Cause> {
    let processes = host.processes()?;
    for listener in host.listeners()?.iter().filter(|listener| !listener.is_loopback()) {
        let holder = processes.iter().find(|process| listener.pids.contains(&process.pid));
        let program = holder.and_then(|it| it.executable.clone()).unwrap_or_default();
        if facts.listeners.len() < 2000 {
            facts.listeners.push(Reachable {
                shown: listener.shown(),
                protocol: listener.protocol,
                port: listener.port,
                v6: listener.address.is_ipv6(),
                program,
            });
        }
        if listener.protocol == Protocol::Tcp
            && holder.is_some_and(|process| process.program() == "docker-proxy")
        {
            facts.firewall.published.push(listener.shown());
        }
    }
    Ok(())
}

/// Whether each program that others could reach by TCP is refused to strangers by TCP wrappers.
fn wrappers(host: &Host, facts: &mut Facts) -> Result<(), Cause> {
    let rules = host.wrappers()?;
    let tcp = facts.listeners.iter().filter(|it| it.protocol == Protocol::Tcp);
    let programs: BTreeSet<&String> = tcp.map(|it| &it.program).collect();
    for program in programs {
        let name = program.rsplit('/').next().unwrap_or(program);
        if rules.refusal(name).is_some() {
            let obeys = !program.is_empty() && host.obeys_wrappers(program)?;
            facts.wrapped.push(Wrapped { program: program.clone(), obeys });
        } else {
            facts.wrapped.clear();
            return Ok(());
        }
    }
    Ok(())
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.in_container {
        return Judgement::not_applicable(reason("in-container"));
    }
    let mut judgement = Judgement::new();
    let unseen: Vec<&Cause> = facts.unseen.iter().chain(&facts.firewall.unseen).collect();
    let families: &[bool] = if facts.firewall.has_ipv6 { &[false, true] } else { &[false] };
    let covered = !facts.wrapped.is_empty() && facts.wrapped.iter().all(|it| it.obeys);
    if covered {
        judgement.good(reason("wrappers-cover").file("/etc/hosts.deny"));
    }
    for v6 in families {
        let family = if *v6 { "IPv6" } else { "IPv4" };
        match facts.firewall.refusing(*v6) {
            Some(inbound) => judgement.good(
                reason("default-refuse")
                    .arg("family", family)
                    .arg("name", &inbound.name)
                    .at(inbound.place.clone()),
            ),
            // What was not seen may refuse.
            None if unseen.is_empty() && !covered => {
                judgement.bad(reason("no-limit").arg("family", family));
            }
            None => {}
        }
    }
    for cause in unseen {
        judgement.unseen(cause);
    }
    for wrapped in facts.wrapped.iter().filter(|it| !it.obeys).take(MAX_TOLD) {
        judgement.warn(reason("wrappers-inert").arg("program", &wrapped.program));
    }
    if facts.firewall.refusing(false).is_some() || facts.firewall.refusing(true).is_some() {
        openings(facts, params, &mut judgement);
    }
    judgement
}

/// What the filter lets in.
fn openings(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    let firewall = &facts.firewall;
    let management = management(facts, params);
    for port in &management {
        let open = firewall.opening(false, "tcp", *port);
        let open =
            open.or_else(|| firewall.opening(true, "tcp", *port).filter(|_| firewall.has_ipv6));
        match open {
            Some((inbound, opening)) => judgement.ask(
                reason("management-open")
                    .arg("port", port)
                    .at(inbound.place.clone())
                    .excerpt(&opening.text),
            ),
            None if firewall.limits("tcp", *port) => {
                judgement.good(reason("management-limited").arg("port", port));
            }
            None => {}
        }
    }
    for inbound in firewall.inbound.iter().filter(|inbound| inbound.refuses) {
        for opening in inbound.openings.iter().filter(|it| is_wide(it)).take(MAX_TOLD) {
            let at =
                |key: &'static str| reason(key).at(inbound.place.clone()).excerpt(&opening.text);
            match &opening.interface {
                _ if opening.is_unclear => judgement.ask(at("rule-unclear")),
                _ if opening.is_from_inside() => {}
                Some(name) => judgement.ask(at("interface-open").arg("interface", name)),
                None => {}
            }
        }
    }
    let open = facts.listeners.iter().filter(|it| !management.contains(&it.port)).filter(|it| {
        let protocol = if it.protocol == Protocol::Tcp { "tcp" } else { "udp" };
        firewall.opening(it.v6, protocol, it.port).is_some()
    });
    for listener in open.take(MAX_TOLD) {
        judgement.note(reason("port-open").arg("what", &listener.shown));
    }
    for published in firewall.published.iter().take(MAX_TOLD) {
        judgement.warn(reason("port-published").excerpt(published));
    }
    if facts.is_live && firewall.managers.is_empty() {
        judgement.warn(reason("not-kept"));
    }
}

/// The ports of the policy, and those where sshd listens instead of 22.
fn management(facts: &Facts, params: &Params) -> BTreeSet<u16> {
    let ports = params.integers("require_source_restriction_for");
    let mut ports: BTreeSet<u16> = ports.filter_map(|port| port.try_into().ok()).collect();
    if ports.contains(&22) {
        let own = facts.listeners.iter().filter(|it| it.program.ends_with("/sshd"));
        ports.extend(own.map(|it| it.port));
        ports.extend(&facts.ssh_ports);
    }
    ports
}

/// A rule that names neither ports nor a source.
fn is_wide(opening: &Opening) -> bool {
    opening.ports.is_none() && opening.source.is_none()
}
