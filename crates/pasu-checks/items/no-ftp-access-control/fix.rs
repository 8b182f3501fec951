//! Lists brought within their mode, and the addresses of the parameter as the only ones that may connect.

use super::Facts;
use crate::fix::network::Network;
use crate::fix::{Anchor, Edit, Fix, ftp};
use crate::host::ftp::Door;
use crate::judgement::reason;
use crate::kinds::file_mode::{Limit, bring_within};
use crate::params::Params;

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
    let networks = Network::list(&given);
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
            let clients: Vec<String> = networks.iter().map(Network::wrapped).collect();
            insert(fix, "/etc/hosts.allow", vec![format!("vsftpd: {}", clients.join(" "))]);
            insert(fix, "/etc/hosts.deny", vec!["vsftpd: ALL".to_owned()]);
        }
        ("proftpd", Some((path, true))) => fix.leave(reason("login-rules").file(path)),
        ("proftpd", Some((path, false))) => {
            let shown: Vec<String> = networks.iter().map(Network::plain).collect();
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
