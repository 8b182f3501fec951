//! Groups made for people that have no account, and accounts whose primary group has no entry.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::{Account, Accounts, Group, Groups};
use crate::host::homes::NOBODY;
use crate::host::name_sources::Elsewhere;
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// How many members that do not exist are named.
const MAX_NAMES: usize = 20;

/// What is left over.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    empty: Capped<EmptyGroup>,
    unknown: Capped<Account>,
    damaged: Vec<Cause>,
    accounts_elsewhere: Elsewhere,
    groups_elsewhere: Elsewhere,
    group_shadow: Result<Differences, Cause>,
}

/// A group without accounts; its members, if any, do not exist.
#[derive(Debug, Serialize, Deserialize)]
struct EmptyGroup {
    name: String,
    gid: u32,
    line: u32,
    members: Vec<String>,
}

/// Where group and gshadow differ: names with their lines.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Differences {
    not_in_shadow: Capped<(String, u32)>,
    only_in_shadow: Capped<(String, u32)>,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let groups = host.groups()?;
    let first = host.first_gid()?;
    let allowed: HashSet<&str> = params.list("allowed_groups").collect();
    let is_candidate = |group: &&Group| {
        group.gid >= first
            && group.gid != NOBODY
            && !matches!(group.name.as_str(), "nogroup" | "nobody" | "nfsnobody")
            && !allowed.contains(group.name.as_str())
    };
    let is_unknown = |account: &&Account| groups.of_gid(account.gid).is_none();
    Ok(Facts {
        empty: empty_groups(&accounts, groups.entries.iter().filter(is_candidate)),
        unknown: accounts.entries.iter().filter(is_unknown).cloned().collect(),
        damaged: [accounts.damage(), groups.damage()].concat(),
        accounts_elsewhere: host.accounts_elsewhere()?,
        groups_elsewhere: host.groups_elsewhere()?,
        group_shadow: differences(host, &groups),
    })
}

fn empty_groups<'a>(
    accounts: &Accounts,
    candidates: impl Iterator<Item = &'a Group>,
) -> Capped<EmptyGroup> {
    let primary: HashSet<u32> = accounts.entries.iter().map(|account| account.gid).collect();
    candidates
        .filter(|group| !primary.contains(&group.gid))
        .filter(|group| !group.members.iter().any(|name| accounts.named(name).is_some()))
        .map(|group| EmptyGroup {
            name: group.name.clone(),
            gid: group.gid,
            line: group.line,
            members: group.members.iter().take(MAX_NAMES).cloned().collect(),
        })
        .collect()
}

fn differences(host: &Host, groups: &Groups) -> Result<Differences, Cause> {
    let Some(shadow) = host.group_shadow()? else { return Ok(Differences::default()) };
    let in_shadow: HashSet<&str> = shadow.entries.iter().map(|entry| &*entry.name).collect();
    let not_in_shadow = groups.entries.iter().filter(|group| !in_shadow.contains(&*group.name));
    let only_in_shadow = shadow.entries.iter().filter(|entry| groups.named(&entry.name).is_none());
    Ok(Differences {
        not_in_shadow: not_in_shadow.map(|group| (group.name.clone(), group.line)).collect(),
        only_in_shadow: only_in_shadow.map(|entry| (entry.name.clone(), entry.line)).collect(),
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    // An account that could not be read may be the member.
    let is_sure = !facts.accounts_elsewhere.is_any() && facts.damaged.is_empty();
    for group in &facts.empty.kept {
        judge_group(group, is_sure, &mut judgement);
    }
    facts.empty.tell_rest(&mut judgement);
    let is_sure = !facts.groups_elsewhere.is_any() && facts.damaged.is_empty();
    for account in &facts.unknown.kept {
        let said = |key: &'static str| {
            reason(key)
                .arg("name", &account.name)
                .arg("gid", account.gid)
                .line("/etc/passwd", account.line)
        };
        if is_sure {
            judgement.bad(said("unknown-group"));
        } else {
            judgement.ask(said("maybe-unknown-group"));
        }
    }
    facts.unknown.tell_rest(&mut judgement);
    if facts.empty.is_empty() && facts.unknown.is_empty() {
        judgement.good(reason("none").file("/etc/group"));
    }
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    facts.accounts_elsewhere.tell(&mut judgement);
    facts.groups_elsewhere.tell(&mut judgement);
    tell_differences(&facts.group_shadow, &mut judgement);
    judgement
}

fn judge_group(group: &EmptyGroup, is_sure: bool, judgement: &mut Judgement) {
    let said = |key: &'static str| -> Reason {
        reason(key).arg("name", &group.name).arg("gid", group.gid).line("/etc/group", group.line)
    };
    if !is_sure {
        judgement.ask(said("maybe-empty"));
    } else if group.members.is_empty() {
        judgement.bad(said("empty"));
    } else {
        judgement.bad(said("ghosts").arg("members", group.members.join(", ")));
    }
}

fn tell_differences(found: &Result<Differences, Cause>, judgement: &mut Judgement) {
    let differences = match found {
        Ok(differences) => differences,
        Err(cause) => {
            judgement.warn_unseen(cause);
            return;
        }
    };
    for (name, line) in &differences.not_in_shadow.kept {
        judgement.warn(reason("not-in-gshadow").arg("name", name).line("/etc/group", *line));
    }
    differences.not_in_shadow.tell_rest(judgement);
    for (name, line) in &differences.only_in_shadow.kept {
        judgement.warn(reason("only-in-gshadow").arg("name", name).line("/etc/gshadow", *line));
    }
    differences.only_in_shadow.tell_rest(judgement);
}
