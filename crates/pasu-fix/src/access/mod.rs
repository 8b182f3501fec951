//! Who can log in and become root, proven by reading, and what a change takes of that.
//!
//! [`read`] lists every [`Way`] of a target: an account, how it logs in, how it becomes root. A way is listed only if
//! everything on it was read and lets through; what could not be decided is a [`Doubt`], never a way. [`compare`] holds
//! the ways after a change against those before it. Both targets should be read by the same means: the machine as it
//! is, and the same machine below an overlay.
//!
//! Nothing here asks whether a password or a key is right, and no hash is read. Firewalls, networks and whether somebody
//! still has the key are not seen: that is what confirming over a new connection is for.

mod compare;
mod console;
mod keys;
mod pam;
mod person;
mod proof;
mod sshd;
mod su;
mod sudo;
mod sudo_rule;
#[cfg(test)]
mod tests;

pub use compare::{Comparison, Lost, PortMoved, Verdict, compare};
pub use proof::Why;

use pasu_checks::Host;
use pasu_model::{Place, Text};
use person::{Password, Person};
use proof::Proof;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many accounts are looked at.
const MAX_ACCOUNTS: usize = 20_000;

/// One way by which somebody gets in and becomes root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The account that logs in.
    pub account: String,
    /// How.
    pub login: Login,
    /// How it becomes root then.
    pub root: Root,
}

/// How somebody logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Login {
    /// By a key over SSH.
    SshKey {
        /// Where sshd waits.
        ports: Vec<u16>,
        /// The file with the key.
        file: String,
    },
    /// By a password over SSH.
    SshPassword {
        /// Where sshd waits.
        ports: Vec<u16>,
    },
    /// By a password at the console.
    ConsolePassword,
}

/// The kind of a login, in which two ways are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginKind {
    /// By a key over SSH.
    SshKey,
    /// By a password over SSH.
    SshPassword,
    /// By a password at the console.
    ConsolePassword,
}

/// How somebody becomes root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Root {
    /// The account is root: its number is 0.
    IsRoot,
    /// By sudo.
    Sudo {
        /// The rule that gives it.
        rule: Place,
        /// Whether no password is asked.
        passwordless: bool,
    },
    /// By su and root's password.
    Su,
}

/// The kind of becoming root, in which two ways are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootKind {
    /// The account is root.
    IsRoot,
    /// By sudo.
    Sudo,
    /// By su.
    Su,
}

impl Login {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> LoginKind {
        match self {
            Self::SshKey { .. } => LoginKind::SshKey,
            Self::SshPassword { .. } => LoginKind::SshPassword,
            Self::ConsolePassword => LoginKind::ConsolePassword,
        }
    }
}

impl LoginKind {
    /// Whether it comes over the network.
    #[must_use]
    pub const fn is_remote(self) -> bool {
        !matches!(self, Self::ConsolePassword)
    }

    /// Its name.
    #[must_use]
    pub fn shown(self) -> Text {
        match self {
            Self::SshKey => Text::new("SSH 키", "SSH key"),
            Self::SshPassword => Text::new("SSH 비밀번호", "SSH password"),
            Self::ConsolePassword => Text::new("콘솔 비밀번호", "console password"),
        }
    }
}

impl Root {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> RootKind {
        match self {
            Self::IsRoot => RootKind::IsRoot,
            Self::Sudo { .. } => RootKind::Sudo,
            Self::Su => RootKind::Su,
        }
    }
}

impl RootKind {
    /// Its name.
    #[must_use]
    pub fn shown(self) -> Text {
        match self {
            Self::IsRoot => Text::new("root 자신", "root itself"),
            Self::Sudo => Text::new("sudo", "sudo"),
            Self::Su => Text::new("su", "su"),
        }
    }
}

impl Way {
    /// In one line: `kim: SSH key, then sudo`.
    #[must_use]
    pub fn shown(&self) -> Text {
        let (login, root) = (self.login.kind().shown(), self.root.kind().shown());
        Text::new(
            format!("{}: {} → {}", self.account, login.ko, root.ko),
            format!("{}: {} → {}", self.account, login.en, root.en),
        )
    }

    fn kinds(&self) -> (&str, LoginKind, RootKind) {
        (&self.account, self.login.kind(), self.root.kind())
    }
}

/// Why something is not known to be a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The account; `None` where it concerns all.
    pub account: Option<String>,
    /// The login, where it concerns one.
    pub login: Option<LoginKind>,
    /// The way to root, where it concerns one.
    pub root: Option<RootKind>,
    /// The reason.
    pub why: Why,
}

/// Who gets in and becomes root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Proven ways, in the order of accounts.
    pub ways: Vec<Way>,
    /// What may be a way, and is not proven.
    pub doubts: Vec<Doubt>,
    /// What is no way, with the reason: that is what a lost way is explained by.
    pub refusals: Vec<Doubt>,
    /// Where sshd waits: `0.0.0.0:22`; empty where none is started.
    pub endpoints: Vec<Endpoint>,
}

/// An address and port at which sshd waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// The address as written; `*` for all.
    pub address: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// `*:22`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }
}

impl Access {
    /// The accounts with a proven way over SSH, for whom `sshd -T -C user=…` is worth asking before and after.
    #[must_use]
    pub fn ssh_accounts(&self) -> Vec<&str> {
        let remote = self.ways.iter().filter(|way| way.login.kind().is_remote());
        let names: BTreeSet<&str> = remote.map(|way| way.account.as_str()).collect();
        names.into_iter().collect()
    }

    /// Whether anybody has a proven way over SSH.
    #[must_use]
    pub fn has_remote(&self) -> bool {
        self.ways.iter().any(|way| way.login.kind().is_remote())
    }

    fn doubt(&mut self, why: Why) {
        self.doubts.push(Doubt { account: None, login: None, root: None, why });
    }

    /// Keeps what was found out of one way.
    fn add(&mut self, way: Way, proof: Proof) {
        let of = |why| Doubt {
            account: Some(way.account.clone()),
            login: Some(way.login.kind()),
            root: Some(way.root.kind()),
            why,
        };
        match proof {
            Proof::Proven => self.ways.push(way),
            Proof::Doubtful(why) => self.doubts.push(of(why)),
            Proof::Refused(why) => self.refusals.push(of(why)),
        }
    }
}

/// Reads who gets in and becomes root.
#[must_use]
pub fn read(host: &Host) -> Access {
    let mut access = Access::default();
    let accounts = match host.accounts() {
        Ok(accounts) => accounts,
        Err(cause) => {
            access.doubt(Why::unread(&cause));
            return access;
        }
    };
    others(host, &mut access);
    let daemon = sshd::Daemon::find(host);
    access.endpoints = daemon.endpoints();
    for doubt in daemon.doubts() {
        access.doubt(doubt);
    }
    let root = accounts.of_uid(0).map(|account| Person::of(host, account));
    let mut seen = BTreeSet::new();
    for account in accounts.entries.iter().take(MAX_ACCOUNTS) {
        if seen.insert(&account.name) {
            one(&Person::of(host, account), root.as_ref(), &daemon, &mut access);
        }
    }
    if accounts.entries.len() > MAX_ACCOUNTS {
        let ko = format!("계정이 {MAX_ACCOUNTS}개를 넘어 나머지는 보지 않았습니다.");
        let en =
            format!("There are more than {MAX_ACCOUNTS} accounts; the rest was not looked at.");
        access.doubt(Why::new(ko, en).in_file("/etc/passwd"));
    }
    access
}

/// Accounts and groups that are kept elsewhere.
fn others(host: &Host, access: &mut Access) {
    for found in [host.accounts_elsewhere(), host.groups_elsewhere()] {
        match found {
            Ok(found) if found.is_any() => {
                let sources = found.sources.join(", ");
                let ko = format!(
                    "이 서버는 계정이나 그룹을 다른 곳({sources})에서도 가져옵니다. 그런 계정의 로그인은 파일만 읽어서는 증명할 수 없습니다."
                );
                let en = format!(
                    "Accounts or groups also come from elsewhere ({sources}); whether those accounts can log in cannot be proven from files."
                );
                access.doubt(Why::new(ko, en).at(found.place));
            }
            Ok(_) => {}
            Err(cause) => access.doubt(Why::unread(&cause)),
        }
    }
}

/// All ways of one account.
fn one(person: &Person<'_>, root: Option<&Person<'_>>, daemon: &sshd::Daemon, access: &mut Access) {
    let roots = roots(person, root);
    let shell = person.shell();
    let can = |proof: &Proof| !matches!(proof, Proof::Refused(_));
    let worth = can(&shell) && roots.iter().any(|(_, proof)| can(proof));
    let logins = if worth {
        let mut logins = daemon.logins(person);
        logins.push((Login::ConsolePassword, console::login(person)));
        logins
    } else {
        // The shell or the way to root is what refuses: nothing else needs to be read.
        let file = String::new();
        let ports = Vec::new();
        vec![
            (Login::SshKey { ports: ports.clone(), file }, Proof::Proven),
            (Login::SshPassword { ports }, Proof::Proven),
            (Login::ConsolePassword, Proof::Proven),
        ]
    };
    for (login, proof) in logins {
        let proof = shell.clone().and(|| proof);
        for (root, becoming) in &roots {
            let way = Way {
                account: person.account.name.clone(),
                login: login.clone(),
                root: root.clone(),
            };
            access.add(way, proof.clone().and(|| becoming.clone()));
        }
    }
}

fn roots(person: &Person<'_>, root: Option<&Person<'_>>) -> Vec<(Root, Proof)> {
    if person.account.uid == 0 {
        return vec![(Root::IsRoot, Proof::Proven)];
    }
    let (rule, passwordless, proof) = sudo::becomes_root(person, root);
    vec![(Root::Sudo { rule, passwordless }, proof), (Root::Su, su::becomes_root(person, root))]
}
