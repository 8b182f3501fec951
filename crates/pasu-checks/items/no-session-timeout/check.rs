//! The idle timeout that shells end up with: `TMOUT` of bash and sh, `autologout` of csh.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::login_shell::{LoginShells, Session, SessionKind, Setting};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Shells that read neither `/etc/profile` nor the files of csh in the usual way.
const OTHER_SHELLS: [&str; 5] = ["zsh", "fish", "nu", "pwsh", "xonsh"];

/// How many accounts are kept.
const MAX_SHOWN: usize = 50;

/// What shells end up with, and accounts whose shells are others.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    shells: LoginShells,
    /// Account, shell, line.
    others: Vec<(String, String, u32)>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    // Without a list of accounts, nobody has another shell that we know of.
    let others = host.accounts().map(|accounts| {
        let uses_other =
            |shell: &str| OTHER_SHELLS.contains(&shell.rsplit('/').next().unwrap_or_default());
        let others = accounts.entries.iter().filter(|account| uses_other(&account.shell));
        let others =
            others.map(|account| (account.name.clone(), account.shell.clone(), account.line));
        others.take(MAX_SHOWN).collect()
    });
    Ok(Facts { shells: (*host.login_shells()).clone(), others: others.unwrap_or_default() })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let max = params.integer("max_seconds");
    for session in &facts.shells.sessions {
        judge_session(session, &facts.shells, max, &mut judgement);
    }
    for (account, shell, line) in &facts.others {
        let said = reason("other-shell").arg("account", account).arg("shell", shell);
        judgement.ask(said.line("/etc/passwd", *line));
    }
    judgement
}

fn judge_session(session: &Session, shells: &LoginShells, max: i64, judgement: &mut Judgement) {
    let name = if session.kind == SessionKind::Csh { "autologout" } else { "TMOUT" };
    for cause in session.damage_of(name) {
        judgement.unseen(cause);
    }
    let unset = [Setting::default()];
    let settings = match session.variable(name) {
        [] => &unset[..],
        settings => settings,
    };
    let verdicts: Vec<Option<bool>> = settings
        .iter()
        .map(|setting| {
            if setting.is_computed() {
                None
            } else {
                Some(seconds(setting, name).is_some_and(|value| (1..=max).contains(&value)))
            }
        })
        .collect();
    let first = verdicts.first().copied().flatten();
    if first.is_none() || verdicts.iter().any(|verdict| *verdict != first) {
        let values: Vec<&str> = settings.iter().map(shown).collect();
        let at = settings.iter().rev().find(|setting| setting.place.is_some()).unwrap_or(&unset[0]);
        let said = reason("depends").arg("session", session.shown()).arg("name", name);
        let said = said.arg("values", values.join(", ")).at(at.place.clone());
        judgement.ask(quoted(said, at));
        return;
    }
    for setting in settings {
        judge_value(session, shells, (name, setting), max, judgement);
    }
}

fn judge_value(
    session: &Session,
    shells: &LoginShells,
    (name, setting): (&str, &Setting),
    max: i64,
    judgement: &mut Judgement,
) {
    let said = |key: &'static str| {
        let said = reason(key).arg("session", session.shown()).at(setting.place.clone());
        quoted(said, setting)
    };
    match seconds(setting, name) {
        Some(value) if (1..=max).contains(&value) => {
            judgement.good(said("set").arg("value", value))
        }
        _ if setting.value.is_some() => judgement
            .bad(said("too-long").arg("name", name).arg("value", shown(setting)).arg("max", max)),
        _ => match lost(session, shells) {
            Some(login) => {
                let said = reason("not-exported").arg("session", session.shown());
                judgement.bad(quoted(said.at(login.place.clone()), login));
            }
            None => judgement.bad(said("not-set").arg("name", name)),
        },
    }
}

/// The value of the login above an interactive shell, where it has one that was not exported.
fn lost<'a>(session: &Session, shells: &'a LoginShells) -> Option<&'a Setting> {
    let is_login = |other: &&Session| other.who == session.who && other.kind == SessionKind::Login;
    let login = shells.sessions.iter().find(is_login)?;
    if session.kind != SessionKind::Interactive {
        return None;
    }
    login.variable("TMOUT").iter().find(|setting| setting.value.is_some() && !setting.exported)
}

/// The timeout in seconds; csh counts minutes, and may name a second time for locking: `set autologout=(10 5)`.
fn seconds(setting: &Setting, name: &str) -> Option<i64> {
    let value = setting.value.as_deref()?.trim();
    if name == "TMOUT" {
        return value.parse().ok();
    }
    let minutes = value.split([':', ' ']).next()?;
    minutes.parse::<i64>().ok()?.checked_mul(60)
}

fn shown(setting: &Setting) -> &str {
    match &setting.value {
        None => "not set",
        Some(_) if setting.is_computed() => "computed",
        Some(value) => value,
    }
}

fn quoted(said: crate::Reason, setting: &Setting) -> crate::Reason {
    if setting.excerpt.is_empty() { said } else { said.excerpt(&setting.excerpt) }
}
