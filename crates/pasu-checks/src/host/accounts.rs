//! `/etc/passwd` and `/etc/group`, line by line as the C library's `files` source reads them.

use super::Host;
use super::index::Index;
use super::shadow::HashKind;
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};

/// The largest account file, in bytes: some hundred thousand accounts.
pub(super) const MAX_ACCOUNTS: u64 = 64 << 20;

/// How many damaged lines, and lines that call another source in, are kept: more of them say nothing new.
const MAX_NOTED: usize = 100;

/// The accounts of `/etc/passwd`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// In the order of the file.
    pub entries: Vec<Account>,
    /// Numbers of lines that are no entry.
    pub damaged: Vec<u32>,
    /// Numbers of lines that call another source in: `+`, `-`, `+@netgroup`.
    pub compat: Vec<u32>,
    #[serde(skip)]
    by_uid: Index<u32>,
    #[serde(skip)]
    by_name: Index<String>,
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
        self.by_name.first(&self.entries, |account| account.name.clone(), name)
    }

    /// The first account of a user number.
    #[must_use]
    pub fn of_uid(&self, uid: u32) -> Option<&Account> {
        self.by_uid.first(&self.entries, |account| account.uid, &uid)
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
    #[serde(skip)]
    by_gid: Index<u32>,
    #[serde(skip)]
    by_name: Index<String>,
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
        self.by_name.first(&self.entries, |group| group.name.clone(), name)
    }

    /// The first group of a number.
    #[must_use]
    pub fn of_gid(&self, gid: u32) -> Option<&Group> {
        self.by_gid.first(&self.entries, |group| group.gid, &gid)
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
            Line::Compat => note(&mut accounts.compat, number),
            Line::Nothing => {}
            Line::Damaged => note(&mut accounts.damaged, number),
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
            Line::Compat => note(&mut groups.compat, number),
            Line::Nothing => {}
            Line::Damaged => note(&mut groups.damaged, number),
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

fn note(lines: &mut Vec<u32>, number: u32) {
    if lines.len() < MAX_NOTED {
        lines.push(number);
    }
}

enum Line<T> {
    Entry(T),
    Compat,
    Nothing,
    Damaged,
}

/// `name:password:uid:gid:gecos:home:shell`. The C library takes a line that ends after the numbers, with the rest empty,
/// and everything after the sixth colon as the shell.
fn account(line: &str, number: u32) -> Line<Account> {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    if line.starts_with(['+', '-']) {
        return Line::Compat;
    }
    let mut fields = line.splitn(7, ':');
    let mut next = || fields.next();
    let (Some(name), Some(password), Some(uid), Some(gid)) = (next(), next(), next(), next())
    else {
        return Line::Damaged;
    };
    let (Some(uid), Some(gid), false) = (id(uid), id(gid), name.is_empty()) else {
        return Line::Damaged;
    };
    let home = fields.nth(1).unwrap_or_default();
    Line::Entry(Account {
        name: name.to_owned(),
        password: password_field(password),
        uid,
        gid,
        home: home.to_owned(),
        shell: fields.next().unwrap_or_default().trim_end().to_owned(),
        line: number,
    })
}

/// A number as `strtoul` reads it, which skips white space before it.
fn id(field: &str) -> Option<u32> {
    field.trim_ascii_start().parse().ok()
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

/// `name:password:gid:member,member`; the C library takes a line that ends after the number.
fn group(line: &str, number: u32) -> Line<Group> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    if line.starts_with(['+', '-']) {
        return Line::Compat;
    }
    let mut fields = line.splitn(4, ':');
    let (Some(name), Some(_), Some(gid)) = (fields.next(), fields.next(), fields.next()) else {
        return Line::Damaged;
    };
    let (Some(gid), false) = (id(gid), name.is_empty()) else { return Line::Damaged };
    let members = fields
        .next()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|member| !member.is_empty());
    Line::Entry(Group {
        name: name.to_owned(),
        gid,
        members: members.map(str::to_owned).collect(),
        line: number,
    })
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn lines_are_read_as_the_c_library_does() {
        let host = TestHost::new()
            .file(
                "/etc/passwd",
                "# comment\n\nroot:x:0:0:root:/root:/bin/bash\n  short:x: 0:0\ncut:x:0\n\
                 a:x:1:1::/a:/bin/sh:more\nhex:x:0x0:0::/:/bin/sh\n+nis\n-@gone\n",
            )
            .file("/etc/group", "root:x:0\nadm:x:4:syslog, me,\nbad:x\n+\n")
            .host();
        let accounts = host.accounts().unwrap();
        let names: Vec<(&str, u32, &str)> =
            accounts.entries.iter().map(|a| (&*a.name, a.uid, &*a.shell)).collect();
        assert_eq!(names, [("root", 0, "/bin/bash"), ("short", 0, ""), ("a", 1, "/bin/sh:more")]);
        assert_eq!((&*accounts.damaged, &*accounts.compat), (&[5, 7][..], &[8, 9][..]));
        assert_eq!(accounts.name_of(0), "root");
        assert_eq!(accounts.named("a").map(|account| account.line), Some(6));
        let groups = host.groups().unwrap();
        assert_eq!(groups.of_gid(4).unwrap().members, ["syslog", "me"]);
        assert_eq!((groups.entries.len(), &*groups.damaged), (2, &[3][..]));
    }
}
