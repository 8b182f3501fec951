//! Accounts that people work as, and their home directories.

use super::Host;
use super::accounts::Account;
use crate::cause::{Cause, CauseKind};

/// The number of `nobody`, under which nobody works.
pub const NOBODY: u32 = 65534;

/// Directories of the system that serve as homes of accounts without one of their own, and belong to root.
const SYSTEM_DIRECTORIES: [&str; 31] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/adm",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/spool",
    "/var/tmp",
    "/var/www",
];

/// Whether a directory is one of the system's own.
#[must_use]
pub fn is_system_directory(path: &str) -> bool {
    SYSTEM_DIRECTORIES.contains(&path)
}

impl Account {
    /// Its home directory without a slash at the end; `None` where the field holds no absolute path.
    #[must_use]
    pub fn home_directory(&self) -> Option<&str> {
        let home = self.home.trim_end_matches('/');
        match (self.home.starts_with('/'), home.is_empty()) {
            (false, _) => None,
            (true, true) => Some("/"),
            (true, false) => Some(home),
        }
    }

    /// A file in its home directory.
    #[must_use]
    pub fn in_home(&self, name: &str) -> Option<String> {
        self.home_directory().map(|home| format!("{}/{name}", home.trim_end_matches('/')))
    }
}

impl Host {
    /// The first number of accounts made for people (`UID_MIN`).
    ///
    /// # Errors
    /// `/etc/login.defs` cannot be read.
    pub fn first_uid(&self) -> Result<u32, Cause> {
        first_number(self, "UID_MIN")
    }

    /// The first number of groups made for people (`GID_MIN`).
    ///
    /// # Errors
    /// `/etc/login.defs` cannot be read.
    pub fn first_gid(&self) -> Result<u32, Cause> {
        first_number(self, "GID_MIN")
    }

    /// root and the accounts that an administrator made for people: from `UID_MIN`, with a shell that lets somebody in.
    ///
    /// # Errors
    /// `/etc/passwd` or `/etc/login.defs` cannot be read.
    pub fn people(&self) -> Result<Vec<Account>, Cause> {
        let first = self.first_uid()?;
        let accounts = self.accounts()?;
        let is_person = |account: &&Account| {
            account.uid == 0 || (account.uid >= first && account.has_login_shell())
        };
        Ok(accounts.entries.iter().filter(is_person).cloned().collect())
    }
}

/// `UID_MIN   1000`: without a line it is 1000.
fn first_number(host: &Host, key: &str) -> Result<u32, Cause> {
    let settings = host.login_defs()?;
    let Some(setting) = settings.value(key) else { return Ok(1000) };
    setting.value.parse().map_err(|_| Cause {
        kind: CauseKind::Malformed,
        place: Some(setting.place.clone()),
        detail: format!("{key} is no number"),
    })
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn people_begin_where_the_settings_say() {
        let passwd = "root:x:0:0::/root:/bin/bash\nweb:x:700:700::/srv/web/:/bin/sh\n\
                      a:x:1000:1000::relative:/bin/sh\nb:x:1001:1001::/:/usr/sbin/nologin\n";
        let host = TestHost::new().file("/etc/passwd", passwd);
        let names = |host: TestHost| {
            let people = host.host().people().unwrap();
            people.iter().map(|person| person.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(host.clone()), ["root", "a"]);
        let old = host.clone().file("/etc/login.defs", "#UID_MIN 1000\nUID_MIN\t 500\n");
        assert_eq!(names(old), ["root", "web", "a"]);
        let accounts = host.host().accounts().unwrap();
        let homes: Vec<_> = accounts.entries.iter().map(|a| a.in_home(".profile")).collect();
        let some = |path: &str| Some(path.to_owned());
        assert_eq!(
            homes,
            [some("/root/.profile"), some("/srv/web/.profile"), None, some("/.profile")]
        );
    }
}
