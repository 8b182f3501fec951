//! Lists brought within their mode, and the addresses of the parameter as the only ones that may connect.

use super::Facts;
use crate::fix::{Anchor, Edit, Fix, ftp};
use crate::host::ftp::Door;
use crate::judgement::reason;
use crate::kinds::file_mode::{Limit, bring_within};
use crate::params::Params;
use std::net::{IpAddr, Ipv4Addr};

/// An address with the length of its prefix.
type Network = (IpAddr, Option<u8>);

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let limit = Limit { owners: vec!["root".to_owned()], mode: 0o640 };
    for file in &facts.files.files {
        bring_within(&mut fix, file, &limit);
    }
    let accepts_lists = params.flag("accept_user_list");
    let is_open = |door: &&Door| {
        let by_list = accepts_lists && !door.users.is_empty();
        // Whether accounts alone are enough is for a person to say.
        door.addresses.is_empty() && door.users.is_empty() && !by_list
    };
    let open: Vec<&Door> = facts.doors.iter().filter(is_open).collect();
    if open.is_empty() || facts.is_filtered != Ok(false) {
        return fix;
    }
    let given: Vec<&str> = params.list("allowed_clients").collect();
    let networks: Option<Vec<Network>> = given.iter().map(|text| network(text)).collect();
    let networks = networks.filter(|networks| !networks.is_empty());
    fix.need(reason("clients-named").arg("value", given.join(", ")), networks.is_some());
    for door in open {
        limit_door(&mut fix, facts, door, networks.as_deref().unwrap_or_default());
    }
    fix
}

fn limit_door(fix: &mut Fix, facts: &Facts, door: &Door, networks: &[Network]) {
    match (door.daemon.as_str(), &facts.proftpd) {
        ("vsftpd", _) => {
            fix.need(reason("wrapped"), facts.vsftpd_is_wrapped);
            ftp::vsftpd(fix, door.place.as_ref(), "tcp_wrappers", "YES");
            let clients: Vec<String> = networks.iter().map(wrapped).collect();
            insert(fix, "/etc/hosts.allow", vec![format!("vsftpd: {}", clients.join(" "))]);
            insert(fix, "/etc/hosts.deny", vec!["vsftpd: ALL".to_owned()]);
        }
        ("proftpd", Some((path, true))) => fix.leave(reason("login-rules").file(path)),
        ("proftpd", Some((path, false))) => {
            let shown: Vec<String> = networks.iter().map(plain).collect();
            let allow = format!("    Allow from {}", shown.join(","));
            let lines = [
                "<Global>",
                "  <Limit LOGIN>",
                "    Order allow,deny",
                &allow,
                "    Deny from all",
            ];
            let lines = lines.into_iter().chain(["  </Limit>", "</Global>"]).map(str::to_owned);
            insert(fix, path, lines.collect());
        }
        (daemon, _) => fix.leave(reason("filter-instead").arg("daemon", daemon)),
    }
}

fn insert(fix: &mut Fix, path: &str, lines: Vec<String>) {
    fix.edit(Edit::Insert { path: path.to_owned(), at: Anchor::End, lines });
}

/// `10.0.0.1` or `2001:db8::/32`; everybody is no limit.
fn network(text: &str) -> Option<Network> {
    let (address, length) = match text.trim().split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text.trim(), None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    length.is_none_or(|length| (1..=longest).contains(&length)).then_some((address, length))
}

fn plain((address, length): &Network) -> String {
    length.map_or_else(|| address.to_string(), |length| format!("{address}/{length}"))
}

/// As hosts_access(5) writes it: IPv6 in brackets, and a mask for IPv4, which every version of the library knows.
fn wrapped((address, length): &Network) -> String {
    match (address, length) {
        (IpAddr::V4(address), Some(length)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or_default();
            format!("{address}/{}", Ipv4Addr::from(mask))
        }
        (IpAddr::V4(address), None) => address.to_string(),
        (IpAddr::V6(address), Some(length)) => format!("[{address}]/{length}"),
        (IpAddr::V6(address), None) => format!("[{address}]"),
    }
}
