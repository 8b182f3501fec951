//! Rules that are loaded at boot: by ufw, firewalld, iptables-persistent, Red Hat's iptables-services, nftables.

use super::{Families, Firewall, Inbound, firewalld, iptables, place_of};
use crate::cause::Cause;
use crate::host::Host;

/// Units that load rules, with what they are called.
const MANAGERS: [(&str, &str); 7] = [
    ("ufw.service", "ufw"),
    ("firewalld.service", "firewalld"),
    ("netfilter-persistent.service", "iptables-persistent"),
    ("iptables.service", "iptables"),
    ("ip6tables.service", "ip6tables"),
    ("nftables.service", "nftables"),
    ("shorewall.service", "shorewall"),
];

/// Files that units hand to `iptables-restore`.
const FILES: [(&str, &str, &str); 4] = [
    ("iptables-persistent", "/etc/iptables/rules.v4", "INPUT"),
    ("iptables-persistent", "/etc/iptables/rules.v6", "INPUT"),
    ("iptables", "/etc/sysconfig/iptables", "INPUT"),
    ("ip6tables", "/etc/sysconfig/ip6tables", "INPUT"),
];

/// What loads rules at boot. ufw also has a switch of its own.
pub(super) fn managers(host: &Host) -> Result<Vec<String>, Cause> {
    let units = host.units()?;
    let enabled = MANAGERS.iter().filter(|(unit, _)| {
        units.named(unit).is_some_and(|unit| unit.is_enabled() || unit.is_active())
    });
    let mut managers: Vec<String> = enabled.map(|(_, name)| (*name).to_owned()).collect();
    if managers.iter().any(|name| name == "ufw") && !is_yes(host, "/etc/ufw/ufw.conf", "ENABLED")? {
        managers.retain(|name| name != "ufw");
    }
    Ok(managers)
}

/// Reads what the managers of a tree will load.
pub(super) fn read(host: &Host, firewall: &mut Firewall) -> Result<(), Cause> {
    for manager in firewall.managers.clone() {
        match manager.as_str() {
            "ufw" => ufw(host, firewall)?,
            "firewalld" => firewall.inbound.push(firewalld::read(host)?),
            "nftables" => nftables(host, firewall)?,
            "shorewall" => firewall.unseen.push(Cause::not_running("rules that shorewall makes")),
            _ => {}
        }
        for (_, path, base) in FILES.iter().filter(|(of, ..)| *of == manager) {
            let Some(file) = host.text(path)? else { continue };
            let chains = iptables::parse(&file.lines.join("\n"));
            let families = iptables::families_of(path);
            firewall.inbound.push(chains.inbound(
                base,
                manager.clone(),
                place_of(path),
                families,
            )?);
        }
    }
    Ok(())
}

/// ufw keeps its administrator's rules in the form of `iptables-save`, and refuses by its policy.
fn ufw(host: &Host, firewall: &mut Firewall) -> Result<(), Cause> {
    let policy = value(host, "/etc/default/ufw", "DEFAULT_INPUT_POLICY")?;
    let refuses = policy.is_none_or(|policy| !policy.eq_ignore_ascii_case("accept"));
    let has_v6 = is_yes(host, "/etc/default/ufw", "IPV6")?;
    for (path, base, families) in [
        ("/etc/ufw/user.rules", "ufw-user-input", Families::V4),
        ("/etc/ufw/user6.rules", "ufw6-user-input", Families::V6),
    ] {
        if families.v6 && !has_v6 {
            // Told to leave IPv6 alone, ufw refuses all of it.
            firewall.inbound.push(Inbound {
                name: "ufw".to_owned(),
                place: place_of("/etc/default/ufw"),
                families,
                refuses: true,
                openings: Vec::new(),
            });
            continue;
        }
        let file = host.text(path)?;
        let text = file.map(|file| file.lines.join("\n")).unwrap_or_default();
        let mut chains = iptables::parse(&text);
        chains.0.entry(base.to_owned()).or_default().refuses_by_policy = refuses;
        firewall.inbound.push(chains.inbound(base, "ufw".to_owned(), place_of(path), families)?);
    }
    Ok(())
}

/// The language of `nft` is not parsed here: a file that refuses anything is left to the running machine.
fn nftables(host: &Host, firewall: &mut Firewall) -> Result<(), Cause> {
    for path in ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"] {
        let Some(file) = host.text(path)? else { continue };
        let may_refuse = file.settings().any(|(_, line)| {
            line.starts_with("include")
                || line
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .any(|word| matches!(word, "drop" | "reject"))
        });
        if may_refuse {
            let mut cause = Cause::not_running("which rules nftables loads");
            cause.place = Some(place_of(path));
            firewall.unseen.push(cause);
        }
    }
    Ok(())
}

/// The last value of `NAME="value"`.
fn value(host: &Host, path: &str, name: &str) -> Result<Option<String>, Cause> {
    let Some(file) = host.text(path)? else { return Ok(None) };
    let values = file.settings().filter_map(|(_, line)| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    Ok(values.last())
}

fn is_yes(host: &Host, path: &str, name: &str) -> Result<bool, Cause> {
    Ok(value(host, path, name)?.is_some_and(|value| value.eq_ignore_ascii_case("yes")))
}
