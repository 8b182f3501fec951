//! Whether FTP daemons limit who may connect.

mod fix;
pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::ftp::proftpd::Section;
use crate::host::ftp::{Door, FtpUse, Gate, tell_use};
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{self, Limit};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Lists that daemons read by themselves or by PAM.
const LISTS: [&str; 4] =
    ["/etc/ftpusers", "/etc/vsftpd/ftpusers", "/etc/vsftpd.user_list", "/etc/vsftpd/user_list"];

/// The daemons, what those in use refuse, and the lists.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    daemons: Vec<FtpUse>,
    doors: Vec<Door>,
    /// Whether the packet filter keeps somebody from the port; the cause where nobody could see it.
    is_filtered: Result<bool, Cause>,
    files: file_mode::Facts,
    /// Whether the installed vsftpd needs the library of TCP wrappers.
    vsftpd_is_wrapped: bool,
    /// The first file of ProFTPD, and whether it has rules for logins already.
    proftpd: Option<(String, bool)>,
    unseen: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        daemons: host.ftp_daemons()?,
        doors: Vec::new(),
        is_filtered: Ok(false),
        files: file_mode::Facts { files: Vec::new(), unseen: Vec::new() },
        vsftpd_is_wrapped: false,
        proftpd: None,
        unseen: Vec::new(),
    };
    let used: Vec<&FtpUse> = facts.daemons.iter().filter(|it| it.state.is_used()).collect();
    if used.is_empty() {
        return Ok(facts);
    }
    for daemon in used {
        match host.ftp_doors(&daemon.name) {
            Ok(doors) => facts.doors.extend(doors),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    let named = facts.doors.iter().flat_map(|door| door.lists.iter().cloned());
    let mut paths: Vec<String> = LISTS.iter().map(|&path| path.to_owned()).chain(named).collect();
    paths.sort_unstable();
    paths.dedup();
    facts.files = file_mode::collect(host, &paths)?;
    if facts.doors.iter().any(|door| door.daemon == "vsftpd") {
        facts.vsftpd_is_wrapped = host.obeys_wrappers("/usr/sbin/vsftpd").unwrap_or_default();
    }
    if facts.doors.iter().any(|door| door.daemon == "proftpd") {
        let read = host.proftpd()?;
        let of_logins = |section: &Section| {
            section.argument.split_whitespace().any(|word| word.eq_ignore_ascii_case("login"))
        };
        let has_rules = read.sections("limit").any(of_logins);
        facts.proftpd = (!read.path.is_empty()).then_some((read.path, has_rules));
    }
    facts.is_filtered = host.firewall().and_then(|firewall| {
        match (firewall.limits("tcp", 21), firewall.unseen.into_iter().next()) {
            (false, Some(cause)) => Err(cause),
            (limits, _) => Ok(limits),
        }
    });
    Ok(facts)
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for door in &facts.doors {
        tell(door, facts, params, &mut judgement);
    }
    let limit = Limit { owners: vec!["root".to_owned()], mode: 0o640 };
    judgement.extend(file_mode::judge(&facts.files, &limit));
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    tell_use(&mut judgement, &facts.daemons, None);
    judgement
}

fn tell(door: &Door, facts: &Facts, params: &Params, judgement: &mut Judgement) {
    let said = |key: &'static str, gate: Option<&Gate>| {
        let place = gate.and_then(|gate| gate.place.clone()).or_else(|| door.place.clone());
        let by = gate.map_or("", |gate| gate.by.as_str());
        reason(key).arg("daemon", &door.daemon).arg("by", by).at(place)
    };
    if let Some(gate) = door.addresses.first() {
        return judgement.good(said("address-limited", Some(gate)));
    }
    if facts.is_filtered == Ok(true) {
        return judgement.good(said("firewall-limited", None));
    }
    let users = door.users.first();
    if users.is_some() && params.flag("accept_user_list") {
        return judgement.good(said("users-limited", users));
    }
    match (&facts.is_filtered, users) {
        (Err(cause), _) => judgement.unseen(cause),
        (Ok(_), Some(gate)) => judgement.ask(said("users-only", Some(gate))),
        (Ok(_), None) => judgement.bad(said("not-limited", None)),
    }
}
