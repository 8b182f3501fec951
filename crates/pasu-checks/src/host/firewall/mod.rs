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
    /// Interfaces that lead to others, as far as anybody can tell.
    #[serde(default)]
    pub interfaces: Vec<String>,
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
        let opens = move |it: &Opening| it.is_everything(v6, &self.interfaces);
        self.inbound
            .iter()
            .filter(sees)
            .filter(move |it| it.refuses && !it.openings.iter().any(opens))
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
        firewall.interfaces = interfaces(self)?;
        let asked = iptables_rules(self, &mut firewall)?;
        match self.tool_if_any("nft", &["-j", "list", "ruleset"])? {
            Some(answer) => {
                let text = answer.text();
                let dormant = self.dormant_tables(&text)?;
                let left_out = nft::LeftOut { told: asked.told, dormant };
                firewall.inbound.extend(nft::parse(&text, &answer.place(), &left_out)?);
            }
            None if !asked.answered && has_modules(self)? => {
                firewall.unseen.push(Cause::new(CauseKind::MissingTool, "nft or iptables-save"));
            }
            None => {}
        }
        Ok(firewall)
    }

    /// Tables that are switched off. In JSON nft 1.0 prints rubbish for their flag, so the plain form is asked too.
    fn dormant_tables(&self, json: &str) -> Result<Vec<(String, String)>, Cause> {
        if !json.contains("\"flags\"") {
            return Ok(Vec::new());
        }
        let answer = self.tool_if_any("nft", &["list", "ruleset"])?;
        Ok(answer.map(|answer| nft::dormant(&answer.text())).unwrap_or_default())
    }
}

/// What the tools of iptables said.
struct Asked {
    /// Whether the one for IPv4 answered at all.
    answered: bool,
    /// Whether they told of the rules of IPv4 and IPv6; of tables that `nft` made they cannot.
    told: Families,
}

/// Asks every `iptables-save`.
fn iptables_rules(host: &Host, firewall: &mut Firewall) -> Result<Asked, Cause> {
    let mut asked = Asked { answered: false, told: Families { v4: false, v6: false } };
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
        asked.answered |= tool == "iptables-save";
        let text = answer.text();
        if !text.contains(":INPUT") {
            continue;
        }
        if names.is_none() {
            asked.told.v4 |= families.v4;
            asked.told.v6 |= families.v6;
        }
        if seen.contains(&text) {
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
    Ok(asked)
}

/// Interfaces besides the loopback and those to guests and tunnels: `  eth0: 1296 16 0 …`.
fn interfaces(host: &Host) -> Result<Vec<String>, Cause> {
    let file = host.text("/proc/net/dev")?;
    let lines = file.iter().flat_map(|file| &file.lines).take(1000);
    let names = lines.filter_map(|line| line.split_once(':').map(|(name, _)| name.trim()));
    Ok(names.filter(|name| *name != "lo" && !rules::is_inner(name)).map(str::to_owned).collect())
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
