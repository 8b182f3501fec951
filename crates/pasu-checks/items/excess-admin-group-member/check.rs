//! Members of the group with number 0, and of the groups that are as good as root.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::{Account, Accounts, Group};
use crate::host::name_sources::Elsewhere;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Groups whose members become root in one step, or read what only root should: by containers, raw disks, password
/// hashes or logs.
const POWERFUL: [&str; 12] = [
    "sudo",
    "wheel",
    "admin",
    "adm",
    "docker",
    "lxd",
    "incus-admin",
    "libvirt",
    "disk",
    "shadow",
    "kmem",
    "lxc",
];

/// How many names of one group are told.
const MAX_NAMES: usize = 20;

/// Who is where.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    members: Capped<Member>,
    /// Accounts other than root whose primary group is 0.
    primary: Capped<Account>,
    powerful: Vec<Powerful>,
    /// Who may add members to a group with number 0.
    administrators: Capped<Member>,
    damaged: Vec<Cause>,
    /// What would only have added to the evidence.
    unread: Vec<Cause>,
    groups_elsewhere: Elsewhere,
    accounts_elsewhere: Elsewhere,
}

#[derive(Debug, Serialize, Deserialize)]
struct Member {
    name: String,
    group: String,
    line: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Powerful {
    group: String,
    names: Vec<String>,
    total: usize,
    place: Place,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let groups = host.groups()?;
    let allowed: HashSet<&str> = params.list("allowed_admins").chain(["root"]).collect();
    let is_root_group = |group: &&Group| group.gid == 0 || group.name == "root";
    let is_primary = |account: &&Account| {
        account.gid == 0 && account.uid != 0 && !allowed.contains(account.name.as_str())
    };
    let mut unread = Vec::new();
    let mut names: BTreeSet<String> = POWERFUL.iter().copied().map(str::to_owned).collect();
    match sudoers_groups(host) {
        Ok(found) => names.extend(found),
        Err(cause) => unread.push(cause),
    }
    let root_groups: Vec<&Group> = groups.entries.iter().filter(is_root_group).collect();
    let by_gid = primary_members(&accounts, &names, |name| groups.named(name).map(|g| g.gid));
    let powerful =
        names.iter().filter_map(|name| groups.named(name)).filter(|group| group.gid != 0);
    Ok(Facts {
        members: members_of(&root_groups, &allowed),
        primary: accounts.entries.iter().filter(is_primary).cloned().collect(),
        powerful: powerful.filter_map(|group| powerful_group(group, &by_gid, &allowed)).collect(),
        administrators: administrators(host, &root_groups, &allowed, &mut unread),
        damaged: [groups.damage(), accounts.damage()].concat(),
        unread,
        groups_elsewhere: host.groups_elsewhere()?,
        accounts_elsewhere: host.accounts_elsewhere()?,
    })
}

fn members_of(groups: &[&Group], allowed: &HashSet<&str>) -> Capped<Member> {
    let member = |group: &Group, name: &String| Member {
        name: name.clone(),
        group: group.name.clone(),
        line: group.line,
    };
    groups
        .iter()
        .flat_map(|group| group.members.iter().map(move |name| (group, name)))
        .filter(|(_, name)| !allowed.contains(name.as_str()))
        .map(|(group, name)| member(group, name))
        .collect()
}

/// Names of accounts by primary group, for the groups that are asked about.
fn primary_members<'a>(
    accounts: &'a Accounts,
    names: &BTreeSet<String>,
    gid_of: impl Fn(&str) -> Option<u32>,
) -> HashMap<u32, Vec<&'a str>> {
    let mut by_gid: HashMap<u32, Vec<&str>> =
        names.iter().filter_map(|name| gid_of(name)).map(|gid| (gid, Vec::new())).collect();
    for account in accounts.entries.iter().filter(|account| account.uid != 0) {
        if let Some(found) = by_gid.get_mut(&account.gid) {
            found.push(&account.name);
        }
    }
    by_gid
}

fn powerful_group(
    group: &Group,
    primary: &HashMap<u32, Vec<&str>>,
    allowed: &HashSet<&str>,
) -> Option<Powerful> {
    let of_primary = primary.get(&group.gid).into_iter().flatten().copied();
    let names: BTreeSet<&str> = group
        .members
        .iter()
        .map(String::as_str)
        .chain(of_primary)
        .filter(|name| !allowed.contains(name))
        .collect();
    let place = Place::File { path: "/etc/group".to_owned(), line: Some(group.line) };
    (!names.is_empty()).then(|| Powerful {
        group: group.name.clone(),
        total: names.len(),
        names: names.into_iter().take(MAX_NAMES).map(str::to_owned).collect(),
        place,
    })
}

fn administrators(
    host: &Host,
    groups: &[&Group],
    allowed: &HashSet<&str>,
    unread: &mut Vec<Cause>,
) -> Capped<Member> {
    let shadow = match host.group_shadow() {
        Ok(shadow) => shadow.unwrap_or_default(),
        Err(cause) => {
            unread.push(cause);
            return Capped::default();
        }
    };
    let names: HashSet<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    shadow
        .entries
        .iter()
        .filter(|entry| names.contains(entry.name.as_str()))
        .flat_map(|entry| entry.administrators.iter().map(move |name| (entry, name)))
        .filter(|(_, name)| !allowed.contains(name.as_str()))
        .map(|(entry, name)| Member {
            name: name.clone(),
            group: entry.name.clone(),
            line: entry.line,
        })
        .collect()
}

/// Groups that may run everything: `%ops ALL=(ALL:ALL) NOPASSWD: ALL`.
fn sudoers_groups(host: &Host) -> Result<Vec<String>, Cause> {
    let mut files = vec!["/etc/sudoers".to_owned()];
    // sudo leaves out names with a dot and those that end with `~` (sudoers(5)).
    let names = host.list("/etc/sudoers.d")?;
    let read = names.iter().filter(|name| !name.contains('.') && !name.ends_with('~'));
    files.extend(read.take(200).map(|name| format!("/etc/sudoers.d/{name}")));
    let mut groups = Vec::new();
    for path in files {
        let Some(file) = host.text(&path)? else { continue };
        for (_, line) in file.settings() {
            let Some((who, what)) = line.split_once('=') else { continue };
            let command = what.rsplit([')', ':', ',']).next().unwrap_or_default().trim();
            let name = who.split_whitespace().next().and_then(|word| word.strip_prefix('%'));
            if let Some(name) = name.filter(|_| command == "ALL") {
                groups.push(name.to_owned());
            }
        }
    }
    Ok(groups)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for member in &facts.members.kept {
        judgement.bad(
            reason("member")
                .arg("name", &member.name)
                .arg("group", &member.group)
                .line("/etc/group", member.line),
        );
    }
    facts.members.tell_rest(&mut judgement);
    let mut is_clean = facts.members.is_empty();
    for account in &facts.primary.kept {
        let key = if account.is_interactive() { "primary-shell" } else { "primary" };
        let said = reason(key)
            .arg("name", &account.name)
            .arg("shell", &account.shell)
            .line("/etc/passwd", account.line);
        if account.is_interactive() {
            is_clean = false;
            judgement.bad(said);
        } else {
            judgement.note(said);
        }
    }
    facts.primary.tell_rest(&mut judgement);
    if is_clean {
        judgement.good(reason("only-allowed").file("/etc/group"));
    }
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    tell_evidence(facts, &mut judgement);
    facts.groups_elsewhere.tell(&mut judgement);
    facts.accounts_elsewhere.tell_calls(&mut judgement);
    judgement
}

fn tell_evidence(facts: &Facts, judgement: &mut Judgement) {
    for powerful in &facts.powerful {
        let mut names = powerful.names.join(", ");
        if powerful.total > powerful.names.len() {
            names.push_str(&format!(" … ({})", powerful.total));
        }
        judgement.warn(
            reason("powerful")
                .arg("group", &powerful.group)
                .arg("names", names)
                .at(powerful.place.clone()),
        );
    }
    for member in &facts.administrators.kept {
        judgement.warn(
            reason("group-administrator")
                .arg("name", &member.name)
                .arg("group", &member.group)
                .line("/etc/gshadow", member.line),
        );
    }
    for cause in &facts.unread {
        judgement.warn_unseen(cause);
    }
}
