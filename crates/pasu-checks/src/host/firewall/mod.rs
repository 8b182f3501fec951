//! The packet filter: on a running machine the rules that are in force, in a tree those that will be loaded.

mod firewalld;
mod iptables;
mod kept;
mod nft;
mod rules;

pub use rules::{Families, Inbound, Opening};

use super::Host;
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many ports of containers are told of.
const MAX_PUBLISHED: usize = 50;

/// What is known of the packet filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// Every base chain for packets to this machine.
    pub inbound: Vec<Inbound>,
    /// What loads rules at boot, by its unit: `ufw`, `firewalld`.
    pub managers: Vec<String>,
    /// Ports that containers publish around the chains for this machine.
    pub published: Vec<String>,
    /// Whether the machine has addresses of IPv6 besides its loopback, as far as anybody can tell.
    pub has_ipv6: bool,
    /// What could not be read.
    pub unseen: Vec<Cause>,
}

impl Firewall {
    /// The chain that refuses, for IPv4 or IPv6, what no rule lets in.
    #[must_use]
    pub fn refusing(&self, v6: bool) -> Option<&Inbound> {
        self.all_refusing(v6).next()
    }

    fn all_refusing(&self, v6: bool) -> impl Iterator<Item = &Inbound> {
        let sees = move |it: &&Inbound| if v6 { it.families.v6 } else { it.families.v4 };
        self.inbound.iter().filter(sees).filter(|it| it.refuses)
    }

    /// The rule that lets everybody reach a port, for IPv4 or IPv6; none where some chain stops others.
    #[must_use]
    pub fn opening(&self, v6: bool, protocol: &str, port: u16) -> Option<(&Inbound, &Opening)> {
        let mut found = None;
        for inbound in self.all_refusing(v6) {
            let sees = |it: &&Opening| if v6 { it.families.v6 } else { it.families.v4 };
            let open = inbound.openings.iter().filter(sees).find(|it| it.opens(protocol, port))?;
            found = Some((inbound, open));
        }
        found
    }

    /// Whether somebody outside is kept from a port, by IPv4 and, where the machine has it, by IPv6.
    #[must_use]
    pub fn limits(&self, protocol: &str, port: u16) -> bool {
        let limited =
            |v6| self.refusing(v6).is_some() && self.opening(v6, protocol, port).is_none();
        limited(false) && (!self.has_ipv6 || limited(true))
    }
}

impl Host {
    /// The packet filter.
    ///
    /// # Errors
    /// The rules of a running machine may only be seen by root; rules or files are damaged.
    pub fn firewall(&self) -> Result<Firewall, Cause> {
        let managers = kept::managers(self)?;
        let mut firewall = Firewall { managers, has_ipv6: true, ..Firewall::default() };
        if !self.is_live() {
            kept::read(self, &mut firewall)?;
            return Ok(firewall);
        }
        if !self.is_root() {
            return Err(Cause::new(CauseKind::Permission, "the rules of the packet filter"));
        }
        firewall.has_ipv6 = has_ipv6(self)?;
        let answered = iptables_rules(self, &mut firewall)?;
        match self.tool_if_any("nft", &["-j", "list", "ruleset"])? {
            Some(answer) => {
                firewall.inbound.extend(nft::parse(&answer.text(), &answer.place(), answered)?);
            }
            None if !answered && has_modules(self)? => {
                firewall.unseen.push(Cause::new(CauseKind::MissingTool, "nft or iptables-save"));
            }
            None => {}
        }
        Ok(firewall)
    }
}

/// Asks every `iptables-save`; whether the one for IPv4 answered.
fn iptables_rules(host: &Host, firewall: &mut Firewall) -> Result<bool, Cause> {
    let mut answered = false;
    let mut seen: Vec<String> = Vec::new();
    for (tool, families, names) in [
        ("iptables-save", Families::V4, None),
        ("ip6tables-save", Families::V6, None),
        ("iptables-legacy-save", Families::V4, Some("/proc/net/ip_tables_names")),
        ("ip6tables-legacy-save", Families::V6, Some("/proc/net/ip6_tables_names")),
    ] {
        // Without tables of the old kind there is nothing to ask for.
        if let Some(names) = names
            && host.text(names)?.is_none_or(|file| file.lines.is_empty())
        {
            continue;
        }
        let Some(answer) = host.tool_if_any(tool, &[])? else { continue };
        answered |= tool == "iptables-save";
        let text = answer.text();
        if !text.contains(":INPUT") || seen.contains(&text) {
            continue;
        }
        let chains = iptables::parse(&text);
        firewall.inbound.push(chains.inbound(
            "INPUT",
            tool.replace("-save", ""),
            answer.place(),
            families,
        )?);
        let published =
            text.lines().filter(|line| line.contains("-j DNAT") && line.contains("--dport"));
        firewall.published.extend(published.take(MAX_PUBLISHED).map(str::to_owned));
        seen.push(text);
    }
    Ok(answered)
}

/// Whether an interface other than the loopback has an address of IPv6: `fe80… 02 40 20 80 eth0`.
fn has_ipv6(host: &Host) -> Result<bool, Cause> {
    let file = host.text("/proc/net/if_inet6")?;
    Ok(file.is_some_and(|file| {
        file.lines
            .iter()
            .any(|line| line.split_whitespace().last().is_some_and(|name| name != "lo"))
    }))
}

/// Whether the kernel has a packet filter loaded, so that rules may be in force.
fn has_modules(host: &Host) -> Result<bool, Cause> {
    let loaded = host.text("/proc/modules")?.is_some_and(|file| {
        let names = ["nf_tables", "ip_tables", "iptable_filter"];
        file.lines.iter().any(|line| line.split(' ').next().is_some_and(|it| names.contains(&it)))
    });
    let listed = host.text("/proc/net/ip_tables_names")?.is_some_and(|file| !file.lines.is_empty());
    Ok(loaded || listed)
}

/// A file as a place.
fn place_of(path: &str) -> Place {
    Place::File { path: path.to_owned(), line: None }
}
