//! Owner and write access of the homes of people.

mod fix;

pub use fix::plan;

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::accounts::Account;
use crate::host::homes::{NOBODY, is_system_directory};
use crate::host::name_sources::Elsewhere;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The homes that are not as they should be, and how many are.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Homes that belong to another, or that others may write.
    open: Capped<Home>,
    /// Homes that only the group may write besides.
    of_group: Capped<Home>,
    good: usize,
    /// Accounts without a home.
    absent: Capped<Account>,
    /// Accounts whose home is a directory of the system.
    system: Capped<Account>,
    unseen: Capped<Cause>,
    damaged: Vec<Cause>,
    elsewhere: Option<Elsewhere>,
    /// Whether sshd shuts some users in a directory, or nobody knows: such a directory has to be root's.
    has_chroot: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Home {
    name: String,
    uid: u32,
    directory: FileFacts,
    owner: String,
    /// Whether the owner's number has a name.
    is_owner_known: bool,
    /// Accounts of other numbers that have the same home.
    shared_with: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let mut facts = Facts {
        damaged: accounts.damage(),
        elsewhere: Some(host.accounts_elsewhere()?),
        ..Facts::default()
    };
    for account in host.people()?.into_iter().filter(|account| account.uid != NOBODY) {
        let Some(path) = account.home_directory() else {
            facts.absent.push(account);
            continue;
        };
        if is_system_directory(path) {
            facts.system.push(account);
            continue;
        }
        match host.file_followed(path) {
            Ok(Some(directory)) if directory.kind == FileKind::Directory => {
                let home = Home {
                    owner: accounts.name_of(directory.uid),
                    is_owner_known: accounts.of_uid(directory.uid).is_some(),
                    shared_with: shared_with(&accounts.entries, &account, path),
                    name: account.name,
                    uid: account.uid,
                    directory,
                };
                take(&mut facts, home);
            }
            Ok(_) => facts.absent.push(account),
            Err(cause) => facts.unseen.push(cause),
        }
    }
    // Only whether root's directory may be given away hangs on it.
    let is_foreign = |home: &Home| home.directory.uid != home.uid;
    facts.has_chroot = facts.open.kept.iter().any(is_foreign) && may_have_chroot(host);
    Ok(facts)
}

fn shared_with(accounts: &[Account], account: &Account, path: &str) -> Vec<String> {
    let others = accounts.iter().filter(|other| {
        other.uid != account.uid && other.has_login_shell() && other.home_directory() == Some(path)
    });
    others.take(10).map(|other| other.name.clone()).collect()
}

fn may_have_chroot(host: &Host) -> bool {
    match host.sshd("root") {
        Ok(Some(config)) => config
            .lines("ChrootDirectory")
            .any(|setting| !setting.argument.eq_ignore_ascii_case("none")),
        Ok(None) => false,
        Err(_) => true,
    }
}

fn take(facts: &mut Facts, home: Home) {
    let directory = &home.directory;
    let is_granted = directory.acl.iter().any(|grant| grant.permissions & 2 != 0);
    if directory.uid != home.uid || directory.mode & 0o002 != 0 || is_granted {
        facts.open.push(home);
        return;
    }
    facts.good += 1;
    if directory.mode & 0o020 != 0 {
        facts.of_group.push(home);
    }
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for home in &facts.open.kept {
        judge_home(home, &mut judgement);
    }
    facts.open.tell_rest(&mut judgement);
    if facts.open.is_empty() {
        judgement.good(reason("good").arg("count", facts.good));
    }
    for home in &facts.of_group.kept {
        judgement.warn(about("group", home));
    }
    facts.of_group.tell_rest(&mut judgement);
    for account in &facts.system.kept {
        judgement.warn(
            reason("system-directory")
                .arg("name", &account.name)
                .arg("home", &account.home)
                .line("/etc/passwd", account.line),
        );
    }
    facts.system.tell_rest(&mut judgement);
    for account in &facts.absent.kept {
        judgement
            .note(reason("absent").arg("name", &account.name).line("/etc/passwd", account.line));
    }
    facts.absent.tell_rest(&mut judgement);
    for cause in facts.unseen.kept.iter().chain(&facts.damaged) {
        judgement.unseen(cause);
    }
    facts.unseen.tell_rest(&mut judgement);
    if let Some(elsewhere) = &facts.elsewhere {
        elsewhere.tell(&mut judgement);
    }
    judgement
}

fn judge_home(home: &Home, judgement: &mut Judgement) {
    let directory = &home.directory;
    if directory.uid != home.uid {
        judgement.bad(about("owner", home).arg("owner", &home.owner));
    }
    if directory.mode & 0o002 != 0 {
        judgement.bad(about("others", home));
    }
    for grant in directory.acl.iter().filter(|grant| grant.permissions & 2 != 0) {
        judgement.bad(about("acl", home).arg("who", &grant.who));
    }
}

fn about(key: &'static str, home: &Home) -> Reason {
    let directory = &home.directory;
    reason(key).arg("name", &home.name).arg("mode", directory.octal()).file(&directory.path)
}
