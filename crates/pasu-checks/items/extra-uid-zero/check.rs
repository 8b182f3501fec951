//! Accounts other than root with user number 0: in `/etc/passwd`, and in the other sources that the system asks.

use crate::capped::Capped;
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::host::accounts::Account;
use crate::host::name_sources::Elsewhere;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The accounts that are root besides root, what the other sources say, and what could not be read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    others: Capped<Account>,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
    asked: Vec<Asked>,
}

/// A source beyond `/etc/passwd`, asked for user number 0.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    source: String,
    /// Names other than root; unseen where nobody could ask.
    names: Result<Vec<String>, Cause>,
    place: Option<Place>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let elsewhere = host.accounts_elsewhere()?;
    let is_other = |account: &&Account| account.uid == 0 && account.name != "root";
    Ok(Facts {
        others: accounts.entries.iter().filter(is_other).cloned().collect(),
        damaged: accounts.damage(),
        asked: elsewhere.sources.iter().map(|source| ask(host, source, &elsewhere)).collect(),
        elsewhere,
    })
}

/// `getent -s ldap passwd 0` asks one source alone: status 0 with a line, or 2 where it has none.
fn ask(host: &Host, source: &str, elsewhere: &Elsewhere) -> Asked {
    let unseen = |kind: CauseKind| {
        let detail = format!("whether {source} has an account with user number 0");
        Err(Cause { kind, place: elsewhere.place.clone(), detail })
    };
    let source = source.to_owned();
    let (names, place) = match host.tool_with_status("getent", &["-s", &source, "passwd", "0"]) {
        Ok(answer) => match answer.output.status {
            Some(0) => (Ok(names_in(&answer.text())), Some(answer.place())),
            Some(2) => (Ok(Vec::new()), Some(answer.place())),
            _ => (Err(Cause::of_status(&answer.line, &answer.output)), None),
        },
        Err(Cause { kind: CauseKind::NotRunning | CauseKind::MissingTool, .. }) => {
            (unseen(CauseKind::Elsewhere), elsewhere.place.clone())
        }
        Err(cause) => (Err(cause), None),
    };
    Asked { source, names, place }
}

fn names_in(answer: &str) -> Vec<String> {
    let names = answer.lines().filter_map(|line| line.split(':').next());
    names.filter(|name| !name.is_empty() && *name != "root").take(20).map(str::to_owned).collect()
}

/// Sources that leave out user number 0 unless told otherwise: `min_id` of SSSD is 1, and winbind's range never has it.
fn leaves_zero_out(source: &str) -> bool {
    matches!(source, "sss" | "winbind")
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for account in &facts.others.kept {
        judgement
            .bad(reason("not-root").arg("name", &account.name).line("/etc/passwd", account.line));
    }
    facts.others.tell_rest(&mut judgement);
    if facts.others.is_empty() {
        judgement.good(reason("only-root").file("/etc/passwd"));
    }
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    facts.elsewhere.tell_calls(&mut judgement);
    for asked in &facts.asked {
        judge_source(asked, &mut judgement);
    }
    judgement
}

fn judge_source(asked: &Asked, judgement: &mut Judgement) {
    let said = |key: &'static str| reason(key).arg("source", &asked.source).at(asked.place.clone());
    match &asked.names {
        Ok(names) if names.is_empty() => judgement.note(said("source-clean")),
        Ok(names) => judgement.bad(said("source-not-root").arg("names", names.join(", "))),
        Err(cause) if cause.kind == CauseKind::Elsewhere && leaves_zero_out(&asked.source) => {
            judgement.warn(said("names-elsewhere"));
        }
        Err(cause) => judgement.unseen(cause),
    }
}
