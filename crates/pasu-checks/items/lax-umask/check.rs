//! The umask that logins end up with, and that of FTP servers.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::login_shell::umask::parse_octal;
use crate::host::login_shell::{Session, Setting, Who};
use crate::host::pam::Phase;
use crate::host::units::Unit;
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::{OsFamily, Place};
use serde::{Deserialize, Serialize};

/// What systemd, and with it every login, begins with.
const FIRST: u32 = 0o022;

/// Services of PAM by which people log in.
const LOGINS: [&str; 3] = ["sshd", "login", "su-l"];

/// How many units are kept.
const MAX_SHOWN: usize = 50;

/// What decides the umask.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    sessions: Vec<Session>,
    reads_profile_d: bool,
    /// The `login.defs` that was read.
    defs: String,
    /// What logins give before a shell reads its files: one for each service with `pam_umask`, or systemd's.
    given: Vec<Given>,
    login_defs: Option<KeyValue>,
    user_groups: Option<KeyValue>,
    /// Whether `pam_umask` obeys `USERGROUPS_ENAB` here.
    obeys_user_groups: bool,
    ftp: Vec<KeyValue>,
    units: Vec<KeyValue>,
    unseen: Vec<Cause>,
}

/// A umask that a login gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Given {
    mask: u32,
    user_groups: bool,
    /// The service, where one of PAM gives it.
    service: Option<String>,
    /// Whether it was read from `login.defs`.
    by_login_defs: bool,
    place: Option<Place>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let defs = host.login_defs()?;
    let mut unseen = Vec::new();
    let mut facts = Facts {
        sessions: host.login_shells().sessions.clone(),
        reads_profile_d: host.login_shells().reads_profile_d,
        defs: defs.path.clone(),
        given: Vec::new(),
        login_defs: defs.value("UMASK").cloned(),
        user_groups: defs
            .value("USERGROUPS_ENAB")
            .filter(|setting| setting.value.eq_ignore_ascii_case("yes"))
            .cloned(),
        obeys_user_groups: host.os().is_some_and(|os| os.family == OsFamily::Ubuntu),
        ftp: Vec::new(),
        units: Vec::new(),
        unseen: Vec::new(),
    };
    for service in LOGINS {
        match given(host, service, &facts) {
            Ok(found) => facts.given.extend(found),
            Err(cause) => unseen.push(cause),
        }
    }
    if facts.given.is_empty() {
        let first = Given {
            mask: FIRST,
            user_groups: false,
            by_login_defs: false,
            service: None,
            place: None,
        };
        facts.given.push(first);
    }
    match ftp(host) {
        Ok(found) => facts.ftp = found,
        Err(cause) => unseen.push(cause),
    }
    // Units are told of and decide nothing.
    facts.units = units(host).unwrap_or_default();
    facts.unseen = unseen;
    Ok(facts)
}

/// What `pam_umask` of a service gives: its argument, else `UMASK` of `login.defs`, else what was there before.
fn given(host: &Host, service: &str, facts: &Facts) -> Result<Option<Given>, Cause> {
    let Some(stack) = host.pam(service, Phase::Session)? else { return Ok(None) };
    let Some(entry) = stack.modules("pam_umask").last() else { return Ok(None) };
    let argument = entry.value("umask").and_then(parse_octal);
    let of_defs = facts
        .login_defs
        .as_ref()
        .and_then(|found| Some((parse_octal(&found.value)?, found.place.clone())));
    let by_login_defs = argument.is_none() && of_defs.is_some();
    let (mask, place) = match (argument, of_defs) {
        (Some(mask), _) => (mask, entry.place.clone()),
        (None, Some((mask, place))) => (mask, place),
        (None, None) => (FIRST, entry.place.clone()),
    };
    let by_defs = by_login_defs && facts.obeys_user_groups && facts.user_groups.is_some();
    let user_groups = !entry.has("nousergroups") && (entry.has("usergroups") || by_defs);
    let service = Some(service.to_owned());
    Ok(Some(Given { mask, user_groups, service, by_login_defs, place: Some(place) }))
}

/// `local_umask` of vsftpd, 077 where it is not set, and `Umask` of ProFTPD.
fn ftp(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let mut found = Vec::new();
    if host.service("vsftpd")?.is_used() {
        for instance in host.vsftpd()? {
            let said = instance.text("local_umask");
            let value = said.map_or("077", |said| said.value.as_str()).to_owned();
            let place = said.and_then(|said| said.place.clone());
            let place = place.unwrap_or_else(|| file(&instance.path));
            found.push(KeyValue { key: "vsftpd local_umask".to_owned(), value, place });
        }
    }
    if host.service("proftpd")?.is_used() {
        for directive in host.proftpd()?.named("Umask") {
            let value = directive.arguments.first().cloned().unwrap_or_default();
            let place = directive.place.clone();
            found.push(KeyValue { key: "proftpd Umask".to_owned(), value, place });
        }
    }
    Ok(found)
}

fn file(path: &str) -> Place {
    Place::File { path: path.to_owned(), line: None }
}

fn units(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let units = host.units()?;
    let mut found = Vec::new();
    let counts =
        |unit: &&Unit| (unit.is_enabled() || unit.is_active()) && unit.name.ends_with(".service");
    for unit in units.units.values().filter(counts) {
        let Ok(values) = host.unit_values(unit, "Service", "UMask") else { continue };
        found.extend(
            values
                .into_iter()
                .next_back()
                .map(|value| KeyValue { key: unit.name.clone(), ..value }),
        );
    }
    found.dedup();
    found.truncate(MAX_SHOWN);
    Ok(found)
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let Some(target) = parse_octal(params.text("target")) else {
        return Judgement::blocked(&Cause::new(crate::CauseKind::Malformed, "target is not octal"));
    };
    for session in &facts.sessions {
        judge_session(session, facts, target, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    for setting in &facts.ftp {
        let mask = parse_octal(&setting.value);
        let is_strict = mask.is_some_and(|mask| mask & target == target);
        let said = |key: &'static str| {
            let said = reason(key).arg("name", &setting.key).arg("mask", &setting.value);
            said.arg("target", params.text("target")).at(setting.place.clone())
        };
        if is_strict { judgement.good(said("ftp")) } else { judgement.bad(said("ftp-lax")) }
    }
    warn_of_others(facts, target, &mut judgement);
    judgement
}

fn warn_of_others(facts: &Facts, target: u32, judgement: &mut Judgement) {
    let is_lax = |value: &str| parse_octal(value).is_none_or(|mask| mask & target != target);
    for unit in facts.units.iter().filter(|unit| is_lax(&unit.value)) {
        let said = reason("unit").arg("name", &unit.key).arg("mask", &unit.value);
        judgement.warn(said.at(unit.place.clone()));
    }
    let defs_decide = facts.given.iter().any(|given| given.by_login_defs);
    let is_inherited = facts
        .sessions
        .iter()
        .any(|session| session.umask.iter().any(|setting| setting.value.is_none()));
    let lax_defs = facts.login_defs.as_ref().filter(|defs| is_lax(&defs.value));
    if let Some(defs) = lax_defs.filter(|_| defs_decide && !is_inherited) {
        judgement.warn(reason("login-defs").arg("mask", &defs.value).at(defs.place.clone()));
    }
    let may = facts.user_groups.as_ref().filter(|_| defs_decide && is_inherited);
    if let Some(setting) = may.filter(|_| !facts.obeys_user_groups) {
        judgement.warn(reason("user-groups-possible").at(setting.place.clone()));
    }
}

/// One umask that a session may have.
struct Possible {
    mask: Option<u32>,
    by_user_groups: bool,
    place: Option<Place>,
    excerpt: String,
}

fn judge_session(session: &Session, facts: &Facts, target: u32, judgement: &mut Judgement) {
    for cause in session.damage_of("umask") {
        judgement.unseen(cause);
    }
    let possible: Vec<Possible> =
        session.umask.iter().flat_map(|setting| possible(session.who, setting, facts)).collect();
    // Different services of PAM are different logins, not a doubt about one.
    let is_doubtful = session.umask.len() > 1 || possible.iter().any(|one| one.mask.is_none());
    let is_strict = |one: &Possible| one.mask.is_some_and(|mask| mask & target == target);
    let strict = possible.iter().filter(|one| is_strict(one)).count();
    let is_mixed = strict != 0 && strict != possible.len();
    if is_doubtful && (is_mixed || possible.iter().any(|one| one.mask.is_none())) {
        let values: Vec<String> = possible.iter().map(|one| shown(one.mask)).collect();
        let said =
            reason("depends").arg("session", session.shown()).arg("values", values.join(", "));
        let at = possible.iter().rev().find(|one| one.place.is_some());
        judgement.ask(at.map_or(said.clone(), |one| placed(said, one)));
        return;
    }
    for one in &possible {
        let key = match () {
            () if is_strict(one) => "strict",
            () if one.by_user_groups => "user-groups",
            () => "lax",
        };
        let said = reason(key).arg("session", session.shown()).arg("mask", shown(one.mask));
        let said = placed(said.arg("target", format!("{target:03o}")), one);
        if key == "strict" { judgement.good(said) } else { judgement.bad(said) }
    }
}

fn possible(who: Who, setting: &Setting, facts: &Facts) -> Vec<Possible> {
    if let Some(value) = &setting.value {
        let (place, excerpt) = (setting.place.clone(), setting.excerpt.clone());
        return vec![Possible { mask: parse_octal(value), by_user_groups: false, place, excerpt }];
    }
    let of = |given: &Given| {
        let relaxed = given.user_groups && who == Who::User;
        // The group's digit becomes the owner's.
        let mask =
            if relaxed { given.mask & 0o707 | (given.mask & 0o700) >> 3 } else { given.mask };
        Possible {
            mask: Some(mask),
            by_user_groups: relaxed,
            place: given.place.clone(),
            excerpt: String::new(),
        }
    };
    facts.given.iter().map(of).collect()
}

fn shown(mask: Option<u32>) -> String {
    mask.map_or_else(|| "computed".to_owned(), |mask| format!("{mask:03o}"))
}

fn placed(said: Reason, one: &Possible) -> Reason {
    let said = said.at(one.place.clone());
    if one.excerpt.is_empty() { said } else { said.excerpt(&one.excerpt) }
}
