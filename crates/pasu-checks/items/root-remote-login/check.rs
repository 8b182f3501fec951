//! Whether root can log in from elsewhere: over SSH by `PermitRootLogin`, over telnet by `pam_securetty`.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::pam::Phase;
use crate::host::services::{ServiceState, SignKind};
use crate::host::sshd::SshdConfig;
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many differing `Match` blocks are kept.
const MAX_ELSEWHERE: usize = 50;

/// Which remote terminals there are, and what each tells root.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    ssh: ServiceState,
    daemons: Vec<Daemon>,
    /// Settings that could not be read.
    unseen: Vec<Cause>,
    other_ssh: ServiceState,
    telnet: ServiceState,
    securetty: Option<Securetty>,
    /// A tree whose daemons something other than units may start.
    starts_unseen: bool,
}

/// What one sshd tells root.
#[derive(Debug, Serialize, Deserialize)]
struct Daemon {
    path: String,
    value: Option<KeyValue>,
    is_default: bool,
    /// Values of `Match` blocks for other addresses, with their conditions.
    elsewhere: Vec<(KeyValue, String)>,
}

/// What keeps root from telnet.
#[derive(Debug, Serialize, Deserialize)]
struct Securetty {
    /// The file that login over the network follows.
    stack: String,
    /// The line of `pam_securetty`, if a refusal by it counts.
    module: Option<Place>,
    /// Whether `/etc/securetty` exists; without it the module lets root in everywhere.
    file: bool,
    /// Lines of it that name terminals of the network.
    terminals: Vec<(Place, String)>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let ssh = host.service("ssh")?;
    let telnet = host.service("telnet")?;
    let (mut daemons, mut unseen) = (Vec::new(), Vec::new());
    for daemon in host.sshd_daemons()? {
        match host.sshd_of("root", &daemon) {
            Ok(config) => daemons.push(Daemon::of(&config)),
            Err(cause) => unseen.push(cause),
        }
    }
    let securetty = if telnet.is_surely_unused() { None } else { Some(securetty(host)?) };
    Ok(Facts {
        ssh,
        daemons,
        unseen,
        other_ssh: host.service("dropbear")?,
        telnet,
        securetty,
        starts_unseen: !host.is_live() && host.is_container(),
    })
}

impl Facts {
    fn is_installed(&self) -> bool {
        !self.daemons.is_empty() || !self.unseen.is_empty()
    }
}

impl Daemon {
    fn of(config: &SshdConfig) -> Self {
        let value = config.value("permitrootlogin");
        let is_same = |other: &KeyValue| {
            value.as_ref().is_some_and(|value| value.value.eq_ignore_ascii_case(&other.value))
        };
        let elsewhere = config
            .elsewhere("permitrootlogin")
            .map(|setting| (setting.value(), setting.condition()))
            .filter(|(other, _)| !is_same(other))
            .take(MAX_ELSEWHERE);
        Self {
            path: config.path.clone(),
            is_default: config.explicit("permitrootlogin").is_none(),
            elsewhere: elsewhere.collect(),
            value,
        }
    }
}

/// telnetd runs login with the service `remote` where there is one, and `login` otherwise.
fn securetty(host: &Host) -> Result<Securetty, Cause> {
    let remote = host.pam("remote", Phase::Auth)?;
    let stack = match remote {
        Some(stack) => Some(stack),
        None => host.pam("login", Phase::Auth)?,
    };
    // Root's password is right and only this module objects: is root kept out?
    let module = stack.as_ref().and_then(|stack| {
        let outcome = stack.run(|entry| match entry.module.as_str() {
            "pam_securetty.so" | "pam_deny.so" => "auth_err",
            _ => "success",
        });
        let entry = stack.modules("pam_securetty").next()?;
        (!outcome.success).then(|| entry.place.clone())
    });
    let file = host.text("/etc/securetty")?;
    let terminals = file.iter().flat_map(|file| {
        file.settings()
            .filter(|(_, line)| line.trim_start_matches("/dev/").starts_with("pts"))
            .map(|(number, line)| (file.place(number), line.to_owned()))
            .take(20)
    });
    Ok(Securetty {
        stack: stack.as_ref().map_or_else(|| "/etc/pam.d/login".to_owned(), |s| s.path.clone()),
        module,
        terminals: terminals.collect(),
        file: file.is_some(),
    })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    ssh(facts, params, &mut judgement);
    telnet(facts, &mut judgement);
    if facts.other_ssh.is_used() {
        let sign = facts.other_ssh.signs.first();
        let what = sign.map_or("", |sign| sign.what.as_str());
        let place = sign.and_then(|sign| sign.place.clone());
        judgement.ask(reason("other-ssh").arg("what", what).at(place));
    }
    judgement
}

/// Whether a service is there to be reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Yes,
    No,
    Unknown,
}

fn use_of(state: &ServiceState) -> Use {
    match () {
        () if state.is_used() => Use::Yes,
        () if state.is_surely_unused() => Use::No,
        () => Use::Unknown,
    }
}

fn ssh(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    let used = match use_of(&facts.ssh) {
        Use::No if facts.starts_unseen && facts.is_installed() => Use::Unknown,
        used => used,
    };
    if used != Use::No {
        facts.unseen.iter().for_each(|cause| judgement.unseen(cause));
    }
    if used == Use::Yes && !facts.is_installed() {
        let cause = Cause::new(CauseKind::Io, "sshd is in use and its settings were not found");
        judgement.unseen(&cause);
    }
    if used == Use::No {
        judgement.good(reason("ssh-unused"));
    }
    let mut admits = false;
    for daemon in &facts.daemons {
        for (is_admitted, reason) in verdicts(daemon, params) {
            admits |= is_admitted;
            match (is_admitted, used) {
                (true, Use::Yes) => judgement.bad(reason),
                (true, _) => judgement.warn(reason),
                (false, Use::No) => judgement.note(reason),
                (false, _) => judgement.good(reason),
            }
        }
    }
    if used == Use::Unknown && (admits || !facts.is_installed()) {
        use_unseen(&facts.ssh, "whether sshd is started", judgement);
    }
}

/// Each thing that one daemon says of root, and whether it lets root in.
fn verdicts(daemon: &Daemon, params: &Params) -> Vec<(bool, Reason)> {
    let value = daemon.value.as_ref();
    let text = value.map_or("", |value| value.value.as_str());
    let place = value.map(|value| value.place.clone());
    let keys_only = is_keys_only(text);
    let (is_admitted, key) = match () {
        () if text.eq_ignore_ascii_case("no") => (false, "root-refused"),
        () if keys_only && params.flag("accept_prohibit_password") => {
            (false, "root-by-key-accepted")
        }
        () if daemon.is_default => (true, "root-default"),
        () if keys_only => (true, "root-by-key"),
        () => (true, "root-admitted"),
    };
    let mut found = vec![(is_admitted, reason(key).arg("value", text).at(place))];
    for (value, condition) in &daemon.elsewhere {
        let is_refused = value.value.eq_ignore_ascii_case("no")
            || is_keys_only(&value.value) && params.flag("accept_prohibit_password");
        if !is_refused {
            let reason = reason("root-admitted-by-match")
                .arg("value", &value.value)
                .arg("condition", condition)
                .at(value.place.clone());
            found.push((true, reason));
        }
    }
    found
}

fn is_keys_only(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(value.as_str(), "prohibit-password" | "without-password" | "forced-commands-only")
}

fn telnet(facts: &Facts, judgement: &mut Judgement) {
    let Some(securetty) = facts.securetty.as_ref() else {
        judgement.good(reason("telnet-unused"));
        return;
    };
    let used = use_of(&facts.telnet);
    let mut problems = Vec::new();
    if securetty.module.is_none() {
        problems.push(reason("telnet-no-securetty").file(&securetty.stack));
    } else if !securetty.file {
        problems.push(reason("telnet-no-terminals-file").file("/etc/securetty"));
    }
    for (place, line) in &securetty.terminals {
        problems.push(reason("telnet-terminal").arg("name", line).at(place.clone()).excerpt(line));
    }
    match used {
        Use::Yes if problems.is_empty() => {
            judgement.good(reason("telnet-refused").at(securetty.module.clone()));
        }
        Use::Yes => problems.into_iter().for_each(|problem| judgement.bad(problem)),
        _ if problems.is_empty() => {}
        _ => use_unseen(&facts.telnet, "whether telnetd is started", judgement),
    }
}

/// Says why it is not known whether a service is in use.
fn use_unseen(state: &ServiceState, what: &str, judgement: &mut Judgement) {
    for cause in &state.unseen {
        judgement.unseen(cause);
    }
    let unknown = state.signs.iter().find(|sign| sign.kind == SignKind::PortOfUnknown);
    match unknown {
        Some(sign) => judgement.unseen(&Cause::new(CauseKind::Permission, &sign.what)),
        None if state.unseen.is_empty() && state.signs.is_empty() => {
            judgement.unseen(&Cause::not_running(what));
        }
        // A super-server that is not in use starts nothing.
        None => {}
    }
}
