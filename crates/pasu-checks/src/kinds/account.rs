//! Accounts that nobody may log in as, or that must not be there: `kind = "account"`.

use super::{KindCheck, KindError};
use crate::capped::Capped;
use crate::cause::Cause;
use crate::fix::{AccountField, Edit, Fix};
use crate::host::Host;
use crate::host::accounts::Account;
use crate::host::name_sources::Elsewhere;
use crate::judgement::{Judgement, reason};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Where distributions put `nologin` and `false`. A file of that name elsewhere may be anything.
const SYSTEM_FOLDERS: [&str; 4] = ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"];

/// Which accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Names, whole: `ftp` is not `sftpuser`.
    accounts: Vec<String>,
    must: Must,
    /// What it means that there is no such account.
    absent: Absent,
    /// Tells also of other accounts below `UID_MIN` that can hold a session.
    #[serde(default)]
    warn_of_system_accounts: bool,
}

/// What they must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Must {
    /// Without a shell that lets somebody in.
    NotLogIn,
    /// Not there.
    NotExist,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Absent {
    Pass,
    NotApplicable,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The accounts of those names that let somebody in.
    open: Capped<Account>,
    /// The accounts of those names that let nobody in.
    closed: Capped<Account>,
    /// Other system accounts with a shell.
    others: Capped<Account>,
    /// Lines that could hold one.
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
    /// The program that lets nobody in on this system.
    nologin: String,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        Ok(spec.try_into()?)
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        let accounts = host.accounts()?;
        let names: HashSet<&str> = self.accounts.iter().map(String::as_str).collect();
        let is_named = |account: &&Account| names.contains(account.name.as_str());
        let mut others = Capped::default();
        if self.warn_of_system_accounts {
            let first = host.first_uid()?;
            let is_other = |account: &&Account| {
                account.uid != 0
                    && account.uid < first
                    && account.is_interactive()
                    && !is_named(account)
            };
            others.extend(accounts.entries.iter().filter(is_other).cloned());
        }
        let named = accounts.entries.iter().filter(is_named).cloned();
        let (closed, open): (Vec<_>, Vec<_>) =
            named.partition(|account| lets_nobody_in(&account.shell));
        Ok(Facts {
            open: open.into_iter().collect(),
            closed: closed.into_iter().collect(),
            others,
            damaged: accounts.damage(),
            elsewhere: host.accounts_elsewhere()?,
            nologin: nologin(host),
        })
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        let mut judgement = Judgement::new();
        let absent = reason("account-absent").arg("names", self.accounts.join(", "));
        match self.absent {
            _ if !facts.open.is_empty() || !facts.closed.is_empty() => {}
            Absent::Pass => judgement.good(absent),
            Absent::NotApplicable => judgement.extend(Judgement::not_applicable(absent)),
        }
        for list in [&facts.open, &facts.closed] {
            for account in &list.kept {
                self.judge_account(account, &mut judgement);
            }
            list.tell_rest(&mut judgement);
        }
        for account in &facts.others.kept {
            judgement.warn(
                reason("account-system-shell")
                    .arg("name", &account.name)
                    .arg("shell", shell_of(account))
                    .line("/etc/passwd", account.line),
            );
        }
        facts.others.tell_rest(&mut judgement);
        for cause in &facts.damaged {
            judgement.unseen(cause);
        }
        facts.elsewhere.tell(&mut judgement);
        judgement
    }

    fn plan(&self, facts: &Facts) -> Fix {
        let mut fix = Fix::new();
        if self.must == Must::NotLogIn {
            for account in &facts.open.kept {
                fix.edit(Edit::Account {
                    name: account.name.clone(),
                    field: AccountField::Shell,
                    value: facts.nologin.clone(),
                });
            }
        }
        fix
    }
}

impl Spec {
    fn judge_account(&self, account: &Account, judgement: &mut Judgement) {
        let said = |key: &'static str| {
            reason(key)
                .arg("name", &account.name)
                .arg("shell", shell_of(account))
                .line("/etc/passwd", account.line)
        };
        match self.must {
            Must::NotExist => judgement.bad(said("account-exists")),
            Must::NotLogIn if lets_nobody_in(&account.shell) => {
                judgement.good(said("account-no-login"));
            }
            Must::NotLogIn => judgement.bad(said("account-login-shell")),
        }
    }
}

/// The one that is installed; else where most distributions have it.
fn nologin(host: &Host) -> String {
    let there = ["/usr/sbin/nologin", "/sbin/nologin", "/usr/bin/false", "/bin/false"]
        .into_iter()
        .find(|path| host.system().exists(std::path::Path::new(path)));
    there.unwrap_or("/usr/sbin/nologin").to_owned()
}

/// `nologin` or `false` of the system.
fn lets_nobody_in(shell: &str) -> bool {
    SYSTEM_FOLDERS
        .iter()
        .filter_map(|folder| shell.strip_prefix(folder))
        .any(|name| matches!(name, "nologin" | "false"))
}

/// The shell; what an empty field stands for where there is none.
fn shell_of(account: &Account) -> &str {
    if account.shell.is_empty() { "/bin/sh" } else { &account.shell }
}

#[cfg(test)]
mod tests {
    use super::{Spec, lets_nobody_in};
    use crate::case::TestHost;
    use crate::kinds::KindCheck;
    use pasu_model::Verdict;

    #[test]
    fn only_the_systems_own_programs_let_nobody_in() {
        for shell in ["/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false"] {
            assert!(lets_nobody_in(shell), "{shell}");
        }
        for shell in ["", "/bin/sh", "/tmp/nologin", "/bin/nologin2", "nologin", "/bin/x/false"] {
            assert!(!lets_nobody_in(shell), "{shell}");
        }
    }

    #[test]
    fn an_account_that_must_not_exist_fails_whatever_its_shell() {
        let spec = toml::toml! {
            accounts = ["guest"]
            must = "not-exist"
            absent = "pass"
        };
        let spec = Spec::parse(spec).unwrap();
        let verdict = |passwd: &str| {
            let host = TestHost::new()
                .file("/etc/passwd", passwd)
                .file("/etc/nsswitch.conf", "passwd: files\n");
            spec.judge(&spec.collect(&host.host()).unwrap()).verdict()
        };
        assert_eq!(verdict("guest:x:99:99::/:/sbin/nologin\n"), Verdict::Fail);
        assert_eq!(verdict("guest2:x:99:99::/:/bin/sh\n"), Verdict::Pass);
    }
}
