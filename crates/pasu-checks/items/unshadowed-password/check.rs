//! Passwords that stand in `/etc/passwd` instead of `/etc/shadow`, and accounts without one.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::{Account, Accounts, PasswordField};
use crate::host::name_sources::Elsewhere;
use crate::host::shadow::{HashKind, Shadow, ShadowPassword};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The stacks that decide how people log in.
const STACKS: [&str; 5] = ["common-auth", "system-auth", "password-auth", "login", "sshd"];

/// What is kept where; never a hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Accounts whose field says neither `x` nor locked.
    unshadowed: Capped<Account>,
    /// How many accounts there are.
    accounts: usize,
    /// How many of them point to `/etc/shadow`.
    shadowed: usize,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
    shadow: ShadowFacts,
    /// Lines that take an empty password.
    nullok: Vec<Place>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShadowFacts {
    Missing,
    Unseen(Cause),
    Seen { empty: Capped<EmptyPassword>, missing: Capped<Account>, damaged: Vec<Cause> },
}

#[derive(Debug, Serialize, Deserialize)]
struct EmptyPassword {
    name: String,
    line: u32,
    can_log_in: bool,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let is_unshadowed = |account: &&Account| {
        !matches!(account.password, PasswordField::Shadowed | PasswordField::Locked)
    };
    Ok(Facts {
        unshadowed: accounts.entries.iter().filter(is_unshadowed).cloned().collect(),
        accounts: accounts.entries.len(),
        shadowed: shadowed(&accounts).count(),
        damaged: accounts.damage(),
        elsewhere: host.accounts_elsewhere()?,
        shadow: shadow_facts(host, &accounts),
        nullok: nullok(host)?,
    })
}

fn shadowed(accounts: &Accounts) -> impl Iterator<Item = &Account> {
    accounts.entries.iter().filter(|account| account.password == PasswordField::Shadowed)
}

fn shadow_facts(host: &Host, accounts: &Accounts) -> ShadowFacts {
    match host.file_followed("/etc/shadow") {
        Ok(None) => return ShadowFacts::Missing,
        Err(cause) => return ShadowFacts::Unseen(cause),
        Ok(Some(_)) => {}
    }
    match host.shadow() {
        Ok(shadow) => of_shadow(accounts, &shadow, host.now().div_euclid(86_400)),
        Err(cause) => ShadowFacts::Unseen(cause),
    }
}

fn of_shadow(accounts: &Accounts, shadow: &Shadow, today: i64) -> ShadowFacts {
    let mut empty = Capped::default();
    let mut missing = Capped::default();
    for account in shadowed(accounts) {
        match shadow.named(&account.name) {
            None => missing.push(account.clone()),
            Some(entry) if entry.password == ShadowPassword::Empty => empty.push(EmptyPassword {
                name: account.name.clone(),
                line: entry.line,
                can_log_in: account.has_login_shell() && !entry.is_expired(today),
            }),
            Some(_) => {}
        }
    }
    ShadowFacts::Seen { empty, missing, damaged: shadow.damage() }
}

/// `auth [success=1 default=ignore] pam_unix.so nullok`.
fn nullok(host: &Host) -> Result<Vec<Place>, Cause> {
    let mut places = Vec::new();
    for stack in STACKS {
        let Some(file) = host.text(&format!("/etc/pam.d/{stack}"))? else { continue };
        for (number, line) in file.settings() {
            let words = || line.split_whitespace();
            let is_auth = words().next().is_some_and(|word| word.trim_start_matches('-') == "auth");
            if is_auth
                && words().any(|word| word.ends_with("pam_unix.so"))
                && words().any(|word| word == "nullok" || word == "nullok_secure")
            {
                places.push(file.place(number));
            }
        }
    }
    Ok(places)
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for account in &facts.unshadowed.kept {
        judge_field(account, params.flag("hash_in_passwd_ok"), &mut judgement);
    }
    facts.unshadowed.tell_rest(&mut judgement);
    judge_shadow(facts, &mut judgement);
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    facts.elsewhere.tell_calls(&mut judgement);
    if facts.unshadowed.is_empty() && facts.accounts > 0 && is_sound(&facts.shadow) {
        judgement.good(reason("shadowed").arg("count", facts.accounts).file("/etc/passwd"));
    }
    for place in &facts.nullok {
        judgement.note(reason("nullok").at(place.clone()));
    }
    judgement
}

fn judge_field(account: &Account, accepts_hash: bool, judgement: &mut Judgement) {
    let said = |key: &'static str| about(key, account);
    match account.password {
        PasswordField::Shadowed | PasswordField::Locked => {}
        PasswordField::Empty => judgement.bad(said("empty-field")),
        PasswordField::Text => judgement.bad(said("plain-text")),
        PasswordField::Hash(kind) => {
            let is_accepted = accepts_hash && !matches!(kind, HashKind::Des | HashKind::BsdiDes);
            let key = if is_accepted { "hash-accepted" } else { "hash-in-passwd" };
            let reason = said(key).arg("method", kind.name());
            if is_accepted { judgement.good(reason) } else { judgement.bad(reason) }
        }
    }
}

fn about(key: &'static str, account: &Account) -> Reason {
    reason(key).arg("name", &account.name).line("/etc/passwd", account.line)
}

/// Whether nothing in `/etc/shadow` speaks against saying that all is well.
fn is_sound(shadow: &ShadowFacts) -> bool {
    match shadow {
        ShadowFacts::Missing => false,
        ShadowFacts::Unseen(_) => true,
        ShadowFacts::Seen { empty, .. } => !empty.kept.iter().any(|empty| empty.can_log_in),
    }
}

fn judge_shadow(facts: &Facts, judgement: &mut Judgement) {
    match &facts.shadow {
        ShadowFacts::Missing if facts.shadowed > 0 || facts.unshadowed.is_empty() => {
            judgement.bad(reason("no-shadow").arg("count", facts.shadowed).file("/etc/shadow"));
        }
        ShadowFacts::Missing => {}
        ShadowFacts::Unseen(cause) => judgement.unseen(cause),
        ShadowFacts::Seen { empty, missing, damaged } => {
            for entry in &empty.kept {
                let said = |key: &'static str| {
                    reason(key).arg("name", &entry.name).line("/etc/shadow", entry.line)
                };
                if entry.can_log_in {
                    judgement.bad(said("shadow-empty"));
                } else {
                    judgement.warn(said("shadow-empty-no-login"));
                }
            }
            empty.tell_rest(judgement);
            for account in &missing.kept {
                judgement.warn(about("not-in-shadow", account));
            }
            missing.tell_rest(judgement);
            for cause in damaged {
                judgement.unseen(cause);
            }
        }
    }
}
