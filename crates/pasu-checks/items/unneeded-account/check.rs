//! Accounts that somebody can use, for a person to say whether they are needed: nobody else knows.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::{Account, PasswordField};
use crate::host::lastlog::{LastLogin, LastLogins};
use crate::host::name_sources::Elsewhere;
use crate::host::shadow::Shadow;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// Default accounts that the guideline names.
const DEFAULTS: [&str; 3] = ["lp", "uucp", "nuucp"];

/// Where sshd looks for keys unless told otherwise.
const KEYS: [&str; 2] = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/// The accounts about which a person decides, and what else is known.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    candidates: Capped<Candidate>,
    /// Accounts of packages with a shell and no way to log in.
    idle_services: Capped<Account>,
    /// Default accounts that nobody can log in as.
    defaults: Vec<Account>,
    approved_inactive: Capped<Candidate>,
    damaged: Vec<Cause>,
    /// `/etc/shadow`, where it was not read.
    shadow: Option<Cause>,
    records: Records,
    elsewhere: Option<Elsewhere>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Candidate {
    account: Account,
    state: State,
    login: Login,
}

/// What stands between somebody and the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Usable,
    Locked,
    Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Login {
    Unknown,
    Never,
    DaysAgo(i64),
}

/// Where last logins are written down.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Records {
    #[default]
    Missing,
    Read,
    Unread(Cause),
    /// Tool and path of databases that are not read.
    Databases(Vec<(String, String)>),
}

/// What is read once for all accounts.
struct Reader<'a> {
    host: &'a Host,
    shadow: Option<Arc<Shadow>>,
    logins: Option<LastLogins>,
    first_uid: u32,
    inactive_days: i64,
    damaged_record: Option<Cause>,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let approved: HashSet<&str> = params.list("approved_accounts").collect();
    let (shadow, unseen) = match host.shadow() {
        Ok(shadow) => (Some(shadow), None),
        Err(cause) => (None, Some(cause)),
    };
    let (logins, records) = logins(host);
    let mut reader = Reader {
        host,
        shadow,
        logins,
        first_uid: host.first_uid()?,
        inactive_days: params.integer("inactive_days"),
        damaged_record: None,
    };
    let mut facts = Facts {
        damaged: accounts.damage(),
        shadow: unseen,
        records,
        elsewhere: Some(host.accounts_elsewhere()?),
        ..Facts::default()
    };
    if let Some(shadow) = &reader.shadow {
        facts.damaged.extend(shadow.damage());
    }
    for account in accounts.entries.iter().filter(|account| account.name != "root") {
        reader.sort_in(account, approved.contains(account.name.as_str()), &mut facts);
    }
    if let Some(cause) = reader.damaged_record {
        facts.records = Records::Unread(cause);
    }
    Ok(facts)
}

fn logins(host: &Host) -> (Option<LastLogins>, Records) {
    match host.last_logins() {
        Ok(Some(logins)) => (Some(logins), Records::Read),
        Ok(None) => match host.login_databases() {
            found if found.is_empty() => (None, Records::Missing),
            found => (None, Records::Databases(found)),
        },
        Err(cause) => (None, Records::Unread(cause)),
    }
}

impl Reader<'_> {
    fn sort_in(&mut self, account: &Account, is_approved: bool, facts: &mut Facts) {
        if !account.is_interactive() {
            if !is_approved && DEFAULTS.contains(&account.name.as_str()) {
                facts.defaults.push(account.clone());
                facts.defaults.truncate(DEFAULTS.len());
            }
            return;
        }
        let login = self.login(account.uid);
        if is_approved {
            if let Login::DaysAgo(days) = login
                && self.inactive_days > 0
                && days > self.inactive_days
            {
                let account = account.clone();
                facts.approved_inactive.push(Candidate { account, state: State::Usable, login });
            }
            return;
        }
        let state = self.state(account);
        // A package's account with a shell and nothing to log in by is how PostgreSQL and others ship theirs.
        // The accounts that the guideline names are no such.
        let is_default = DEFAULTS.contains(&account.name.as_str());
        let is_system = account.uid != 0 && account.uid < self.first_uid;
        if is_system && !is_default && state != State::Usable {
            facts.idle_services.push(account.clone());
        } else {
            facts.candidates.push(Candidate { account: account.clone(), state, login });
        }
    }

    fn state(&self, account: &Account) -> State {
        // Without shadow, whoever has a shell may get in.
        let Some(shadow) = &self.shadow else { return State::Usable };
        let entry = shadow.named(&account.name);
        if entry.is_some_and(|entry| entry.is_expired(self.host.now().div_euclid(86_400))) {
            return State::Expired;
        }
        let has_password = match account.password {
            PasswordField::Shadowed => entry.is_some_and(|entry| entry.has_usable_password()),
            PasswordField::Locked => false,
            PasswordField::Empty | PasswordField::Hash(_) | PasswordField::Text => true,
        };
        if has_password || self.has_key(account) { State::Usable } else { State::Locked }
    }

    /// Whether keys are there. What cannot be looked at may be one: a person decides.
    fn has_key(&self, account: &Account) -> bool {
        KEYS.iter().filter_map(|name| account.in_home(name)).any(|path| {
            match self.host.file_followed(&path) {
                Ok(file) => file.is_some_and(|file| file.size > 0),
                Err(_) => true,
            }
        })
    }

    fn login(&mut self, uid: u32) -> Login {
        let Some(logins) = &self.logins else { return Login::Unknown };
        match logins.of(uid) {
            Ok(LastLogin::Never) => Login::Never,
            Ok(LastLogin::At(seconds)) => {
                Login::DaysAgo((self.host.now() - seconds).max(0) / 86_400)
            }
            Err(cause) => {
                self.damaged_record.get_or_insert(cause);
                Login::Unknown
            }
        }
    }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for candidate in &facts.candidates.kept {
        ask(candidate, params.integer("inactive_days"), &mut judgement);
    }
    facts.candidates.tell_rest(&mut judgement);
    for cause in facts.damaged.iter().chain(&facts.shadow) {
        judgement.unseen(cause);
    }
    if facts.candidates.is_empty() {
        judgement.good(reason("none").file("/etc/passwd"));
    } else {
        tell_records(&facts.records, &mut judgement);
    }
    tell_others(facts, &mut judgement);
    if let Some(elsewhere) = &facts.elsewhere {
        elsewhere.tell(&mut judgement);
    }
    judgement
}

fn ask(candidate: &Candidate, inactive_days: i64, judgement: &mut Judgement) {
    let account = &candidate.account;
    let key = match (candidate.state, candidate.login) {
        (State::Expired, _) => "expired",
        (State::Locked, _) => "locked",
        (State::Usable, Login::Unknown) => "unknown-login",
        (State::Usable, Login::Never) => "never",
        (State::Usable, Login::DaysAgo(days)) if inactive_days > 0 && days > inactive_days => {
            "inactive"
        }
        (State::Usable, Login::DaysAgo(_)) => "active",
    };
    let mut said = reason(key)
        .arg("name", &account.name)
        .arg("uid", account.uid)
        .line("/etc/passwd", account.line);
    if let Login::DaysAgo(days) = candidate.login {
        said = said.arg("days", days);
    }
    judgement.ask(said);
}

fn tell_records(records: &Records, judgement: &mut Judgement) {
    match records {
        Records::Read => {}
        Records::Missing => judgement.note(reason("no-record")),
        Records::Unread(cause) => judgement.warn_unseen(cause),
        Records::Databases(found) => {
            for (tool, path) in found {
                judgement.note(reason("database-unread").arg("tool", tool).file(path));
            }
        }
    }
}

fn tell_others(facts: &Facts, judgement: &mut Judgement) {
    for account in &facts.defaults {
        judgement.warn(
            reason("default-account").arg("name", &account.name).line("/etc/passwd", account.line),
        );
    }
    for Candidate { account, login, .. } in &facts.approved_inactive.kept {
        if let Login::DaysAgo(days) = login {
            judgement.warn(
                reason("approved-inactive")
                    .arg("name", &account.name)
                    .arg("days", days)
                    .line("/etc/passwd", account.line),
            );
        }
    }
    facts.approved_inactive.tell_rest(judgement);
    for account in &facts.idle_services.kept {
        judgement.note(
            reason("service-shell")
                .arg("name", &account.name)
                .arg("uid", account.uid)
                .line("/etc/passwd", account.line),
        );
    }
    facts.idle_services.tell_rest(judgement);
}
