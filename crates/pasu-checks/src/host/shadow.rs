//! `/etc/shadow`: what kind of hash each account has and how it ages. The hashes themselves are never kept.

use super::Host;
use super::index::Index;
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};

/// The entries of `/etc/shadow`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// In the order of the file.
    pub entries: Vec<ShadowEntry>,
    /// Numbers of lines that are no entry.
    pub damaged: Vec<u32>,
    #[serde(skip)]
    by_name: Index<String>,
}

/// One entry. Days are counted from 1970-01-01; `None` where the field is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowEntry {
    /// The account's name.
    pub name: String,
    /// What the password field is.
    pub password: ShadowPassword,
    /// Whether the password field begins with `!`: sshd without PAM then takes no key either.
    #[serde(default)]
    pub barred: bool,
    /// Day of the last change; 0 asks for a change at the next login.
    pub last_change: Option<i64>,
    /// Least days between two changes.
    pub min_days: Option<i64>,
    /// Most days between two changes.
    pub max_days: Option<i64>,
    /// Days after that in which the password is still taken, and then no more.
    pub inactive_days: Option<i64>,
    /// Day on which the account ends.
    pub expires: Option<i64>,
    /// Line, from 1.
    pub line: u32,
}

/// The second field of `/etc/shadow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShadowPassword {
    /// Nothing: no password is asked.
    Empty,
    /// `*`, `!`, `!!`, `!*` and other marks that no password can fit.
    None,
    /// Text that is neither a hash nor such a mark. No password fits it either; it may be one.
    Text,
    /// `!` before a hash: locked, and unlocked by `usermod -U`.
    Locked(HashKind),
    /// A hash.
    Usable(HashKind),
}

impl ShadowEntry {
    /// Whether somebody may log in by a password, or by none.
    #[must_use]
    pub fn has_usable_password(&self) -> bool {
        matches!(self.password, ShadowPassword::Usable(_) | ShadowPassword::Empty)
    }

    /// What has become of the account and its password by a day, as pam_unix(8) counts.
    #[must_use]
    pub fn ageing(&self, today: i64) -> Ageing {
        if self.is_expired(today) {
            return Ageing::Ended;
        }
        let Some(last) = self.last_change else { return Ageing::Fine };
        if last == 0 {
            return Ageing::MustChange;
        }
        let Some(max) = self.max_days.filter(|max| *max >= 0) else { return Ageing::Fine };
        let age = today.saturating_sub(last);
        if age <= max {
            return Ageing::Fine;
        }
        match self.inactive_days.filter(|days| *days >= 0) {
            Some(inactive) if age > max.saturating_add(inactive) => Ageing::Dead,
            _ => Ageing::MustChange,
        }
    }

    /// Whether the account has ended by a day, counted from 1970-01-01.
    #[must_use]
    pub fn is_expired(&self, today: i64) -> bool {
        self.expires.is_some_and(|day| day >= 0 && day <= today)
    }
}

/// What time has done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ageing {
    /// Nothing.
    Fine,
    /// The password must be changed at the next login.
    MustChange,
    /// The password is too old even to be changed.
    Dead,
    /// The account has ended.
    Ended,
}

/// The methods of crypt(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HashKind {
    /// 13 characters, DES.
    Des,
    /// `_` and 19 characters, BSDI's DES.
    BsdiDes,
    /// `$1$`.
    Md5,
    /// `$md5`, Solaris.
    SunMd5,
    /// `$sha1`.
    Sha1,
    /// `$3$`.
    Nt,
    /// `$2a$`, `$2b$`, `$2x$`, `$2y$`.
    Bcrypt,
    /// `$5$`.
    Sha256,
    /// `$6$`.
    Sha512,
    /// `$7$`.
    Scrypt,
    /// `$y$`.
    Yescrypt,
    /// `$gy$`.
    GostYescrypt,
    /// None of them.
    Unknown,
}

impl HashKind {
    /// The method of a hash, by its beginning.
    #[must_use]
    pub fn of(hash: &str) -> Self {
        let salted = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/';
        match hash.strip_prefix('$').and_then(|rest| rest.split(['$', ',']).next()) {
            Some("1") => Self::Md5,
            Some("md5") => Self::SunMd5,
            Some("sha1") => Self::Sha1,
            Some("3") => Self::Nt,
            Some("2" | "2a" | "2b" | "2x" | "2y") => Self::Bcrypt,
            Some("5") => Self::Sha256,
            Some("6") => Self::Sha512,
            Some("7") => Self::Scrypt,
            Some("y") => Self::Yescrypt,
            Some("gy") => Self::GostYescrypt,
            Some(_) => Self::Unknown,
            None if hash.len() == 13 && hash.chars().all(salted) => Self::Des,
            None if hash.len() == 20 && hash.starts_with('_') && hash[1..].chars().all(salted) => {
                Self::BsdiDes
            }
            None => Self::Unknown,
        }
    }

    /// Its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Des => "DES",
            Self::BsdiDes => "BSDI DES",
            Self::Md5 => "MD5",
            Self::SunMd5 => "SunMD5",
            Self::Sha1 => "SHA-1",
            Self::Nt => "NT",
            Self::Bcrypt => "bcrypt",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
            Self::Scrypt => "scrypt",
            Self::Yescrypt => "yescrypt",
            Self::GostYescrypt => "gost-yescrypt",
            Self::Unknown => "unknown",
        }
    }
}

impl Shadow {
    /// The damaged lines, each as a cause.
    #[must_use]
    pub fn damage(&self) -> Vec<Cause> {
        super::accounts::damage_of("/etc/shadow", &self.damaged)
    }

    /// The first entry of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&ShadowEntry> {
        self.by_name.first(&self.entries, |entry| entry.name.clone(), name)
    }
}

pub(super) fn read(host: &Host) -> Result<Shadow, Cause> {
    let Some(file) = host.text_of("/etc/shadow", super::accounts::MAX_ACCOUNTS)? else {
        let mut cause = Cause::new(CauseKind::Io, "it is missing");
        cause.place = Some(pasu_model::Place::File { path: "/etc/shadow".to_owned(), line: None });
        return Err(cause);
    };
    let mut shadow = Shadow::default();
    for (number, line) in file.numbered() {
        if line.trim().is_empty() || line.starts_with(['#', '+', '-']) {
            continue;
        }
        match entry(line, number) {
            Some(entry) => shadow.entries.push(entry),
            None if shadow.damaged.len() < 100 => shadow.damaged.push(number),
            None => {}
        }
    }
    Ok(shadow)
}

/// `name:password:last change:min:max:warn:inactive:expire:`.
fn entry(line: &str, number: u32) -> Option<ShadowEntry> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, password, last, min, max, warn, inactive, expire, ..] = fields.as_slice() else {
        return None;
    };
    let day = |text: &str| -> Option<Option<i64>> {
        let text = text.trim();
        if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    };
    day(warn)?;
    if name.is_empty() {
        return None;
    }
    Some(ShadowEntry {
        name: (*name).to_owned(),
        password: password_of(password),
        barred: password.starts_with('!'),
        last_change: day(last)?,
        min_days: day(min)?,
        max_days: day(max)?,
        inactive_days: day(inactive)?,
        expires: day(expire)?,
        line: number,
    })
}

fn password_of(field: &str) -> ShadowPassword {
    if field.is_empty() {
        return ShadowPassword::Empty;
    }
    let bare = field.trim_start_matches('!');
    let locked = bare.len() != field.len();
    match HashKind::of(bare) {
        HashKind::Unknown if bare.starts_with('$') && !locked => {
            ShadowPassword::Usable(HashKind::Unknown)
        }
        HashKind::Unknown if !locked && !is_mark(bare) => ShadowPassword::Text,
        HashKind::Unknown => ShadowPassword::None,
        kind if locked => ShadowPassword::Locked(kind),
        kind => ShadowPassword::Usable(kind),
    }
}

/// `*`, `*LK*`, `x`, and the words of other systems for an account without a password.
fn is_mark(field: &str) -> bool {
    field.trim().is_empty()
        || field.starts_with('*')
        || ["x", "NP", "LK", "NL", "UP"].contains(&field)
}

#[cfg(test)]
mod tests {
    use super::{Ageing, HashKind, ShadowPassword, entry, password_of};

    #[test]
    fn accounts_and_passwords_grow_old() {
        for (line, expected) in [
            ("a:x:19000:0:99999:7:::", Ageing::Fine),
            ("a:x:19000:0:90:7:::", Ageing::MustChange),
            ("a:x:0:0:99999:7:::", Ageing::MustChange),
            ("a:x:19000:0:90:7:30::", Ageing::Dead),
            ("a:x:19900:0:90:7:30::", Ageing::MustChange),
            ("a:x:19950:0:90:7:30::", Ageing::Fine),
            ("a:x:19000:0:90:7:30:20000:", Ageing::Ended),
            ("a:x:::::::", Ageing::Fine),
        ] {
            assert_eq!(entry(line, 1).unwrap().ageing(20_000), expected, "{line}");
        }
    }

    #[test]
    fn fields_are_told_apart() {
        for (field, expected) in [
            ("", ShadowPassword::Empty),
            ("*", ShadowPassword::None),
            ("!", ShadowPassword::None),
            ("!!", ShadowPassword::None),
            ("!*", ShadowPassword::None),
            ("x", ShadowPassword::None),
            ("*LK*", ShadowPassword::None),
            ("!hello", ShadowPassword::None),
            ("hello", ShadowPassword::Text),
            ("$6$a$b", ShadowPassword::Usable(HashKind::Sha512)),
            ("!$6$a$b", ShadowPassword::Locked(HashKind::Sha512)),
            ("$y$j9T$a$b", ShadowPassword::Usable(HashKind::Yescrypt)),
            ("$sha1$40000$a$b", ShadowPassword::Usable(HashKind::Sha1)),
            ("$md5,rounds=904$a$b", ShadowPassword::Usable(HashKind::SunMd5)),
            ("abJnggxhB/yWI", ShadowPassword::Usable(HashKind::Des)),
            ("$9$new$x", ShadowPassword::Usable(HashKind::Unknown)),
        ] {
            assert_eq!(password_of(field), expected, "{field}");
        }
    }

    #[test]
    fn a_damaged_line_is_no_entry() {
        assert!(entry("root:*:19000:0:99999:7:::", 1).is_some());
        for line in ["root", "root:*:x:0:99999:7:::", ":*:19000:0:99999:7:::", "root:*:1:2"] {
            assert!(entry(line, 1).is_none(), "{line}");
        }
    }
}
