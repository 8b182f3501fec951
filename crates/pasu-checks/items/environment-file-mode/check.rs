//! Startup files of shells, in homes and in `/etc`: whose they are and who may write them.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::accounts::Accounts;
use crate::host::name_sources::Elsewhere;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What shells, editors and login read in a home.
const IN_HOME: [&str; 24] = [
    ".profile",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".kshrc",
    ".mkshrc",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".logout",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".exrc",
    ".vimrc",
    ".netrc",
    ".pam_environment",
    ".xprofile",
    ".xsessionrc",
    ".ssh/rc",
];

/// What they read for everybody; the folders count as well, since whoever may write one adds a file to it.
const OF_SYSTEM: [&str; 25] = [
    "/etc/profile",
    "/etc/profile.d",
    "/etc/profile.d/*",
    "/etc/environment",
    "/etc/environment.d",
    "/etc/environment.d/*",
    "/etc/bashrc",
    "/etc/bash.bashrc",
    "/etc/bash.bash_logout",
    "/etc/bash/bashrc",
    "/etc/csh.cshrc",
    "/etc/csh.login",
    "/etc/csh.logout",
    "/etc/csh/*",
    "/etc/kshrc",
    "/etc/ksh.kshrc",
    "/etc/mkshrc",
    "/etc/suid_profile",
    "/etc/zsh/*",
    "/etc/zshenv",
    "/etc/zshrc",
    "/etc/zprofile",
    "/etc/zlogin",
    "/etc/security/pam_env.conf",
    "/etc/ssh/sshrc",
];

/// The files that are not as they should be, and how many are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    open: Capped<OpenFile>,
    good: usize,
    unseen: Capped<Cause>,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OpenFile {
    file: FileFacts,
    owner: String,
    /// The account that may own it besides root; root's own name for a file of the system.
    account: String,
    /// Whether the owner is neither.
    foreign: bool,
    /// Whether the account could choose what the path leads to: a link out of its home, or a file with other names.
    chosen: bool,
}

/// Who may own a file.
struct Owner<'a> {
    name: &'a str,
    uid: u32,
    /// The folder that the account fills as it likes; `/etc` for what is root's.
    home: &'a str,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let mut facts = Facts {
        open: Capped::default(),
        good: 0,
        unseen: Capped::default(),
        damaged: accounts.damage(),
        elsewhere: host.accounts_elsewhere()?,
    };
    let root = Owner { name: "root", uid: 0, home: "/etc" };
    for pattern in OF_SYSTEM {
        match host.glob(pattern) {
            Ok(paths) => {
                for path in paths {
                    look(host, &accounts, &path, &root, &mut facts);
                }
            }
            Err(cause) => facts.unseen.push(cause),
        }
    }
    let mut seen: HashSet<(&str, u32)> = HashSet::new();
    let mut present: HashMap<&str, Vec<&'static str>> = HashMap::new();
    for account in &accounts.entries {
        let Some(home) = account.home_directory() else { continue };
        if !(account.has_login_shell() || account.uid == 0) || !seen.insert((home, account.uid)) {
            continue;
        }
        let names = present.entry(home).or_insert_with(|| match names_in(host, home) {
            Ok(names) => names,
            Err(cause) => {
                facts.unseen.push(cause);
                Vec::new()
            }
        });
        let owner = Owner { name: &account.name, uid: account.uid, home };
        for path in names.iter().filter_map(|name| account.in_home(name)) {
            look(host, &accounts, &path, &owner, &mut facts);
        }
    }
    Ok(facts)
}

/// The startup files in a home. One listing is cheaper than a look at each name, which most homes do not have.
fn names_in(host: &Host, home: &str) -> Result<Vec<&'static str>, Cause> {
    let listed: HashSet<String> = host.list(home)?.into_iter().collect();
    let first = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    Ok(IN_HOME.into_iter().filter(|name| listed.contains(&first(name))).collect())
}

/// Looks at a file, and at what it leads to where it is a link: both decide what is read.
fn look(host: &Host, accounts: &Accounts, path: &str, owner: &Owner<'_>, facts: &mut Facts) {
    let found = match host.file(path) {
        Ok(Some(file)) if file.kind == FileKind::Symlink => {
            take(file, accounts, owner, false, facts);
            host.file_followed(path)
        }
        found => found,
    };
    match found {
        Ok(Some(file)) if is_read(&file) => {
            let chosen = is_chosen(host, path, &file, owner);
            take(file, accounts, owner, chosen, facts);
        }
        Ok(_) => {}
        Err(cause) => facts.unseen.push(cause),
    }
}

/// A shell reads no directory and gets nothing from `/dev/null`; the folders of the system hold what it reads.
fn is_read(file: &FileFacts) -> bool {
    match file.kind {
        FileKind::Directory => file.path.starts_with("/etc/") && file.path.ends_with(".d"),
        FileKind::Other => file.path != "/dev/null",
        FileKind::File | FileKind::Symlink => true,
    }
}

/// `~/.bashrc -> /var/log/wtmp` and `~/.ssh -> /srv` name what is none of the account's.
fn is_chosen(host: &Host, path: &str, file: &FileFacts, owner: &Owner<'_>) -> bool {
    let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
    let is_link = |folder: &str| matches!(host.file(folder), Ok(Some(found)) if found.kind == FileKind::Symlink);
    let is_inside = file.path.strip_prefix(owner.home).is_some_and(|rest| rest.starts_with('/'));
    let is_led = parent != owner.home && owner.uid != 0 && is_link(parent);
    !is_inside || is_led || (owner.uid != 0 && file.links > 1 && file.kind == FileKind::File)
}

fn take(file: FileFacts, accounts: &Accounts, owner: &Owner<'_>, chosen: bool, facts: &mut Facts) {
    let foreign = file.uid != 0 && file.uid != owner.uid;
    // The mode of a link says nothing.
    let is_link = file.kind == FileKind::Symlink;
    if !foreign && (is_link || !file.is_writable_by_others()) {
        facts.good += usize::from(!is_link);
        return;
    }
    let owner_name = accounts.name_of(file.uid);
    let account = owner.name.to_owned();
    facts.open.push(OpenFile { file, owner: owner_name, account, foreign, chosen });
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for open in &facts.open.kept {
        judge_file(open, &mut judgement);
    }
    facts.open.tell_rest(&mut judgement);
    if facts.open.is_empty() {
        judgement.good(reason("good").arg("count", facts.good));
    }
    for cause in facts.unseen.kept.iter().chain(&facts.damaged) {
        judgement.unseen(cause);
    }
    facts.unseen.tell_rest(&mut judgement);
    facts.elsewhere.tell(&mut judgement);
    judgement
}

fn judge_file(open: &OpenFile, judgement: &mut Judgement) {
    let file = &open.file;
    let is_link = file.kind == FileKind::Symlink;
    if open.foreign {
        let allowed = match open.account.as_str() {
            "root" => "root".to_owned(),
            account => format!("root, {account}"),
        };
        judgement.bad(
            reason(if is_link { "link-owner" } else { "owner" })
                .arg("owner", &open.owner)
                .arg("allowed", allowed)
                .file(&file.path),
        );
    }
    if is_link {
        return;
    }
    if file.mode & 0o022 != 0 {
        judgement.bad(reason("writable").arg("mode", file.octal()).file(&file.path));
    }
    for grant in file.acl.iter().filter(|grant| grant.permissions & 2 != 0) {
        judgement.bad(reason("acl").arg("who", &grant.who).file(&file.path));
    }
}
