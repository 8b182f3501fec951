//! `/etc/passwd` and `/etc/group`, line by line as the C library's `files` source reads them.

use super::Host;
use super::shadow::HashKind;
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};

/// The largest account file, in bytes: some hundred thousand accounts.
pub(super) const MAX_ACCOUNTS: u64 = 64 << 20;

/// Damaged lines beyond this are only counted.
const MAX_DAMAGED: usize = 100;

/// The accounts of `/etc/passwd`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// In the order of the file.
    pub entries: Vec<Account>,
    /// Numbers of lines that are no entry.
    pub damaged: Vec<u32>,
    /// Numbers of lines that call another source in: `+`, `-`, `+@netgroup`.
    pub compat: Vec<u32>,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name.
    pub name: String,
    /// What the second field is; never what it holds.
    pub password: PasswordField,
    /// User number.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Home directory as written.
    pub home: String,
    /// Shell as written; empty means `/bin/sh`.
    pub shell: String,
    /// Line, from 1.
    pub line: u32,
}

/// The second field of `/etc/passwd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordField {
    /// `x`: in `/etc/shadow`.
    Shadowed,
    /// Nothing: no password is asked.
    Empty,
    /// `*`, `!` and such: no password fits.
    Locked,
    /// A hash, readable by everybody.
    Hash(HashKind),
    /// Something that no hash looks like.
    Text,
}

/// Shells that let nobody in.
const NO_LOGIN: [&str; 4] = ["nologin", "false", "true", "sync"];

impl Account {
    /// Whether the shell lets somebody work: neither `nologin` nor `false`, wherever they lie.
    #[must_use]
    pub fn has_login_shell(&self) -> bool {
        let name = self.shell.rsplit('/').next().unwrap_or_default();
        !NO_LOGIN[..2].contains(&name)
    }

    /// Whether it can hold a session: as [`Account::has_login_shell`], without the commands that some distributions
    /// put in the place of a shell (`sync`, `shutdown`, `halt`, `true`).
    #[must_use]
    pub fn is_interactive(&self) -> bool {
        let name = self.shell.rsplit('/').next().unwrap_or_default();
        !NO_LOGIN.contains(&name) && !matches!(name, "shutdown" | "halt" | "git-shell")
    }
}

impl Accounts {
    /// The damaged lines, each as a cause: what stands there could be anything.
    #[must_use]
    pub fn damage(&self) -> Vec<Cause> {
        damage_of("/etc/passwd", &self.damaged)
    }

    /// The first account of a name, which is the one that counts.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Account> {
        self.entries.iter().find(|account| account.name == name)
    }

    /// The first account of a user number.
    #[must_use]
    pub fn of_uid(&self, uid: u32) -> Option<&Account> {
        self.entries.iter().find(|account| account.uid == uid)
    }

    /// The name of a user, or the number where there is none.
    #[must_use]
    pub fn name_of(&self, uid: u32) -> String {
        self.of_uid(uid).map_or_else(|| uid.to_string(), |account| account.name.clone())
    }
}

/// The groups of `/etc/group`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// In the order of the file.
    pub entries: Vec<Group>,
    /// Numbers of lines that are no entry.
    pub damaged: Vec<u32>,
    /// Numbers of lines that call another source in.
    pub compat: Vec<u32>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Group number.
    pub gid: u32,
    /// Members beside those whose primary group it is.
    pub members: Vec<String>,
    /// Line, from 1.
    pub line: u32,
}

impl Groups {
    /// The damaged lines, each as a cause.
    #[must_use]
    pub fn damage(&self) -> Vec<Cause> {
        damage_of("/etc/group", &self.damaged)
    }

    /// The first group of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Group> {
        self.entries.iter().find(|group| group.name == name)
    }

    /// The first group of a number.
    #[must_use]
    pub fn of_gid(&self, gid: u32) -> Option<&Group> {
        self.entries.iter().find(|group| group.gid == gid)
    }

    /// The name of a group, or the number where there is none.
    #[must_use]
    pub fn name_of(&self, gid: u32) -> String {
        self.of_gid(gid).map_or_else(|| gid.to_string(), |group| group.name.clone())
    }
}

pub(super) fn read_accounts(host: &Host) -> Result<Accounts, Cause> {
    let file = required(host, "/etc/passwd")?;
    let mut accounts = Accounts::default();
    for (number, line) in file.numbered() {
        match account(line, number) {
            Line::Entry(entry) => accounts.entries.push(entry),
            Line::Compat => accounts.compat.push(number),
            Line::Nothing => {}
            Line::Damaged => damage(&mut accounts.damaged, number),
        }
    }
    Ok(accounts)
}

pub(super) fn read_groups(host: &Host) -> Result<Groups, Cause> {
    let file = required(host, "/etc/group")?;
    let mut groups = Groups::default();
    for (number, line) in file.numbered() {
        match group(line, number) {
            Line::Entry(entry) => groups.entries.push(entry),
            Line::Compat => groups.compat.push(number),
            Line::Nothing => {}
            Line::Damaged => damage(&mut groups.damaged, number),
        }
    }
    Ok(groups)
}

fn required(host: &Host, path: &str) -> Result<super::ConfigFile, Cause> {
    let missing = || {
        let mut cause = Cause::new(CauseKind::Io, "it is missing");
        cause.place = Some(pasu_model::Place::File { path: path.to_owned(), line: None });
        cause
    };
    host.text_of(path, MAX_ACCOUNTS)?.ok_or_else(missing)
}

pub(super) fn damage_of(path: &str, lines: &[u32]) -> Vec<Cause> {
    lines.iter().map(|line| Cause::malformed(path, Some(*line), "not an entry")).collect()
}

fn damage(damaged: &mut Vec<u32>, number: u32) {
    if damaged.len() < MAX_DAMAGED {
        damaged.push(number);
    }
}

enum Line<T> {
    Entry(T),
    Compat,
    Nothing,
    Damaged,
}

/// `name:password:uid:gid:gecos:home:shell`.
fn account(line: &str, number: u32) -> Line<Account> {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    if line.starts_with(['+', '-']) {
        return Line::Compat;
    }
    let fields: Vec<&str> = line.split(':').collect();
    let [name, password, uid, gid, _, home, shell] = fields.as_slice() else {
        return Line::Damaged;
    };
    let (Ok(uid), Ok(gid), false) = (uid.parse(), gid.parse(), name.is_empty()) else {
        return Line::Damaged;
    };
    Line::Entry(Account {
        name: (*name).to_owned(),
        password: password_field(password),
        uid,
        gid,
        home: (*home).to_owned(),
        shell: shell.trim_end().to_owned(),
        line: number,
    })
}

fn password_field(field: &str) -> PasswordField {
    match field {
        "" => PasswordField::Empty,
        "x" => PasswordField::Shadowed,
        _ if field.starts_with(['*', '!']) => PasswordField::Locked,
        _ => match HashKind::of(field) {
            HashKind::Unknown => PasswordField::Text,
            kind => PasswordField::Hash(kind),
        },
    }
}

/// `name:password:gid:member,member`.
fn group(line: &str, number: u32) -> Line<Group> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    if line.starts_with(['+', '-']) {
        return Line::Compat;
    }
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, gid, members] = fields.as_slice() else { return Line::Damaged };
    let (Ok(gid), false) = (gid.parse(), name.is_empty()) else { return Line::Damaged };
    let members = members.split(',').map(str::trim).filter(|member| !member.is_empty());
    Line::Entry(Group {
        name: (*name).to_owned(),
        gid,
        members: members.map(str::to_owned).collect(),
        line: number,
    })
}
