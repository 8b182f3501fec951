//! Passwords that stand in `/etc/passwd` instead of `/etc/shadow`, and accounts without one.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::{Account, Accounts, PasswordField};
use crate::host::name_sources::Elsewhere;
use crate::host::pam::Phase;
use crate::host::shadow::{HashKind, Shadow, ShadowPassword};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The services by which people log in.
const SERVICES: [&str; 2] = ["login", "sshd"];

/// What is kept where; never a hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Accounts whose field holds nothing, text, or a hash that is no better.
    unshadowed: Capped<Account>,
    /// Accounts whose field holds a hash.
    hashed: Capped<Account>,
    /// How many accounts there are.
    accounts: usize,
    /// How many of them point to `/etc/shadow`.
    shadowed: usize,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
    shadow: ShadowFacts,
    /// Lines that take an empty password.
    nullok: Result<Vec<Place>, Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShadowFacts {
    Missing,
    Unseen(Cause),
    Seen {
        /// Names and lines of accounts with an empty password.
        empty: Capped<(String, u32)>,
        /// The same, of fields with text that is neither a hash nor a mark of a locked account.
        text: Capped<(String, u32)>,
        /// The same as `empty`, of accounts that nobody can log in as.
        empty_idle: Capped<(String, u32)>,
        missing: Capped<Account>,
        damaged: Vec<Cause>,
    },
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    Ok(Facts {
        unshadowed: accounts.entries.iter().filter(is_open).cloned().collect(),
        hashed: accounts.entries.iter().filter(is_hashed).cloned().collect(),
        accounts: accounts.entries.len(),
        shadowed: shadowed(&accounts).count(),
        damaged: accounts.damage(),
        elsewhere: host.accounts_elsewhere()?,
        shadow: shadow_facts(host, &accounts),
        nullok: nullok(host),
    })
}

/// Thirteen letters may be DES or the password itself.
fn is_open(account: &&Account) -> bool {
    matches!(
        account.password,
        PasswordField::Empty
            | PasswordField::Text
            | PasswordField::Hash(HashKind::Des | HashKind::BsdiDes)
    )
}

fn is_hashed(account: &&Account) -> bool {
    matches!(account.password, PasswordField::Hash(_)) && !is_open(account)
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
    let (mut empty, mut empty_idle) = (Capped::default(), Capped::default());
    let (mut text, mut missing) = (Capped::default(), Capped::default());
    for account in shadowed(accounts) {
        match shadow.named(&account.name) {
            None => missing.push(account.clone()),
            Some(entry) if entry.password == ShadowPassword::Empty => {
                let can_log_in = account.has_login_shell() && !entry.is_expired(today);
                let list = if can_log_in { &mut empty } else { &mut empty_idle };
                list.push((account.name.clone(), entry.line));
            }
            Some(entry) if entry.password == ShadowPassword::Text => {
                text.push((account.name.clone(), entry.line));
            }
            Some(_) => {}
        }
    }
    ShadowFacts::Seen { empty, text, empty_idle, missing, damaged: shadow.damage() }
}

/// `auth [success=1 default=ignore] pam_unix.so nullok`.
fn nullok(host: &Host) -> Result<Vec<Place>, Cause> {
    let mut places = Vec::new();
    for service in SERVICES {
        let Some(stack) = host.pam(service, Phase::Auth)? else { continue };
        let lax = stack
            .modules("pam_unix")
            .filter(|entry| entry.has("nullok") || entry.has("nullok_secure"));
        places.extend(lax.map(|entry| entry.place.clone()));
    }
    places.sort();
    places.dedup();
    Ok(places)
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let accepts_hash = params.flag("hash_in_passwd_ok");
    for account in facts.unshadowed.kept.iter().chain(&facts.hashed.kept) {
        judge_field(account, accepts_hash, &mut judgement);
    }
    facts.unshadowed.tell_rest(&mut judgement);
    facts.hashed.tell_rest(&mut judgement);
    judge_shadow(facts, &mut judgement);
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    facts.elsewhere.tell_calls(&mut judgement);
    if facts.unshadowed.is_empty() && facts.hashed.is_empty() && is_sound(&facts.shadow) {
        judgement.good(reason("shadowed").arg("count", facts.accounts).file("/etc/passwd"));
    }
    match &facts.nullok {
        Ok(places) => {
            for place in places {
                judgement.note(reason("nullok").at(place.clone()));
            }
        }
        Err(cause) => judgement.warn_unseen(cause),
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
            let is_accepted = accepts_hash && is_hashed(&account);
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
        ShadowFacts::Seen { empty, text, .. } => empty.is_empty() && text.is_empty(),
    }
}

fn judge_shadow(facts: &Facts, judgement: &mut Judgement) {
    match &facts.shadow {
        ShadowFacts::Missing if facts.shadowed > 0 || facts.hashed.is_empty() => {
            judgement.bad(reason("no-shadow").arg("count", facts.shadowed).file("/etc/shadow"));
        }
        ShadowFacts::Missing => {}
        ShadowFacts::Unseen(cause) => judgement.unseen(cause),
        ShadowFacts::Seen { empty, text, empty_idle, missing, damaged } => {
            let said = |key: &'static str, (name, line): &(String, u32)| {
                reason(key).arg("name", name).line("/etc/shadow", *line)
            };
            for entry in &empty.kept {
                judgement.bad(said("shadow-empty", entry));
            }
            empty.tell_rest(judgement);
            for entry in &text.kept {
                judgement.bad(said("shadow-text", entry));
            }
            text.tell_rest(judgement);
            for entry in &empty_idle.kept {
                judgement.warn(said("shadow-empty-no-login", entry));
            }
            empty_idle.tell_rest(judgement);
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
