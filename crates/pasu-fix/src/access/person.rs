//! One account: its groups, its password without the hash, its shell.

use super::{Proof, Why};
use pasu_checks::Cause;
use pasu_checks::Host;
use pasu_checks::host::accounts::{Account, PasswordField};
use pasu_checks::host::shadow::{Ageing, ShadowEntry, ShadowPassword};
use pasu_checks::host::{FileFacts, FileKind};

/// Shells that hold a session.
const SHELLS: [&str; 14] = [
    "sh", "bash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "fish", "tcsh", "csh", "rbash",
    "busybox", "yash",
];

/// What the password of an account is good for.
#[derive(Debug, Clone)]
pub(super) enum Password {
    /// A hash that some password fits.
    Usable,
    /// None is asked.
    Empty,
    /// No password fits.
    None,
    /// It could not be read.
    Unread(Cause),
}

/// One account with what is known of it.
pub(super) struct Person<'a> {
    pub(super) host: &'a Host,
    pub(super) account: Account,
    /// Numbers and names of all groups, the primary one first.
    pub(super) groups: Vec<(u32, String)>,
    pub(super) password: Password,
    pub(super) shadow: Option<ShadowEntry>,
}

impl<'a> Person<'a> {
    pub(super) fn of(host: &'a Host, account: &Account) -> Self {
        let shadow = host.shadow();
        let entry = shadow.as_ref().ok().and_then(|shadow| shadow.named(&account.name)).cloned();
        let password = match (account.password, &entry, shadow.as_ref().err()) {
            (PasswordField::Shadowed, _, Some(cause)) => Password::Unread(cause.clone()),
            (PasswordField::Shadowed, Some(entry), _) => match entry.password {
                ShadowPassword::Usable(_) => Password::Usable,
                ShadowPassword::Empty => Password::Empty,
                _ => Password::None,
            },
            (PasswordField::Hash(_), ..) => Password::Usable,
            (PasswordField::Empty, ..) => Password::Empty,
            _ => Password::None,
        };
        Self {
            host,
            account: account.clone(),
            groups: groups_of(host, account),
            password,
            shadow: entry,
        }
    }

    pub(super) fn is_in_group(&self, name: &str) -> bool {
        self.groups.iter().any(|(_, known)| known == name)
    }

    pub(super) fn gids(&self) -> Vec<u32> {
        self.groups.iter().map(|(gid, _)| *gid).collect()
    }

    pub(super) fn today(&self) -> i64 {
        self.host.today().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
    }

    /// What time has done; an account without an entry of its own does not age.
    pub(super) fn ageing(&self) -> Ageing {
        self.shadow.as_ref().map_or(Ageing::Fine, |entry| entry.ageing(self.today()))
    }

    /// A reason that stands in this account's line of `/etc/shadow`.
    pub(super) fn in_shadow(&self, why: Why) -> Why {
        match &self.shadow {
            Some(entry) => why.in_line("/etc/shadow", entry.line),
            None => why.in_file("/etc/shadow"),
        }
    }

    /// Whether some password fits; `empty` where none is taken for one.
    pub(super) fn has_password(&self, empty: bool) -> Proof {
        let name = &self.account.name;
        match &self.password {
            Password::Usable => Proof::Proven,
            Password::Empty if empty => Proof::Proven,
            Password::Empty => Proof::Refused(self.in_shadow(Why::new(
                format!("{name} 계정은 비밀번호가 비어 있고, 빈 비밀번호는 받지 않습니다."),
                format!("The password of {name} is empty, and empty passwords are not taken."),
            ))),
            Password::None => Proof::Refused(self.in_shadow(Why::new(
                format!("{name} 계정은 비밀번호가 잠겨 있거나 없습니다."),
                format!("The password of {name} is locked or missing."),
            ))),
            Password::Unread(cause) => Proof::unread(cause),
        }
    }

    /// Whether the account has ended.
    pub(super) fn lives(&self) -> Proof {
        Proof::of(self.ageing() != Ageing::Ended, || self.ended())
    }

    /// Whether the password is not too old even to be changed.
    pub(super) fn ageless(&self) -> Proof {
        Proof::of(self.ageing() != Ageing::Dead, || self.too_old())
    }

    pub(super) fn too_old(&self) -> Why {
        let name = &self.account.name;
        self.in_shadow(Why::new(
            format!("{name} 계정의 비밀번호가 유효 기간과 유예 기간을 모두 넘겼습니다."),
            format!("The password of {name} is past its age and its days of grace."),
        ))
    }

    /// Whether `/etc/passwd` sends for the password to `/etc/shadow`, which has no entry of it.
    pub(super) fn is_unlisted(&self) -> bool {
        self.account.password == PasswordField::Shadowed
            && self.shadow.is_none()
            && !matches!(self.password, Password::Unread(_))
    }

    pub(super) fn unlisted(&self) -> Why {
        let name = &self.account.name;
        Why::new(
            format!("{name} 계정의 줄이 /etc/shadow에 없어 PAM이 받지 않습니다."),
            format!("{name} has no entry in /etc/shadow, so PAM does not take it."),
        )
        .in_file("/etc/shadow")
    }

    pub(super) fn ended(&self) -> Why {
        let name = &self.account.name;
        self.in_shadow(Why::new(
            format!("{name} 계정의 사용 기한이 지났습니다."),
            format!("The account {name} has expired."),
        ))
    }

    /// Whether the shell exists, can be started and holds a session.
    pub(super) fn shell(&self) -> Proof {
        let shell = if self.account.shell.is_empty() { "/bin/sh" } else { &self.account.shell };
        let why = |ko: &str, en: &str| {
            Why::new(format!("로그인 셸 {shell}: {ko}"), format!("The login shell {shell} {en}"))
                .in_line("/etc/passwd", self.account.line)
        };
        if !self.account.is_interactive() {
            return Proof::Refused(why("로그인을 받지 않는 셸입니다.", "lets nobody in."));
        }
        let facts = match self.host.file_followed(shell) {
            Ok(Some(facts)) => facts,
            Ok(None) => return Proof::Refused(why("파일이 없습니다.", "does not exist.")),
            Err(cause) => return Proof::unread(&cause),
        };
        if facts.kind != FileKind::File || !self.may(&facts, 1) {
            return Proof::Refused(why("실행할 수 없습니다.", "cannot be started."));
        }
        let name = shell.rsplit('/').next().unwrap_or_default();
        if SHELLS.contains(&name) || is_listed(self.host, shell) {
            return Proof::Proven;
        }
        Proof::Doubtful(why(
            "/etc/shells에 없는 프로그램이라 명령을 내릴 수 있는지 알 수 없습니다.",
            "is not in /etc/shells, and whether it takes commands is not known.",
        ))
    }

    /// Whether the account may read (4), write (2) or execute (1) something, by its mode and access list.
    pub(super) fn may(&self, facts: &FileFacts, bit: u32) -> bool {
        let uid = self.account.uid;
        let gids = self.gids();
        if uid == 0 {
            // Root may read anything, and execute what anybody may.
            return bit != 1 || facts.kind == FileKind::Directory || facts.mode & 0o111 != 0;
        }
        if facts.uid == uid {
            return facts.mode >> 6 & bit != 0;
        }
        let is_granted = |who: &str| {
            facts
                .acl
                .iter()
                .any(|grant| grant.who == who && u32::from(grant.permissions) & bit != 0)
        };
        if facts.acl.iter().any(|grant| grant.who == format!("user:{uid}")) {
            return is_granted(&format!("user:{uid}"));
        }
        if gids.iter().any(|gid| is_granted(&format!("group:{gid}"))) {
            return true;
        }
        let shift = if gids.contains(&facts.gid) { 3 } else { 0 };
        facts.mode >> shift & bit != 0
    }
}

fn is_listed(host: &Host, shell: &str) -> bool {
    let listed = host.text("/etc/shells").ok().flatten();
    listed.is_some_and(|file| file.settings().any(|(_, line)| line == shell))
}

fn groups_of(host: &Host, account: &Account) -> Vec<(u32, String)> {
    let Ok(groups) = host.groups() else { return vec![(account.gid, account.gid.to_string())] };
    let mut found = vec![(account.gid, groups.name_of(account.gid))];
    let further = groups.entries.iter().filter(|group| group.members.contains(&account.name));
    found.extend(further.map(|group| (group.gid, group.name.clone())));
    found
}
