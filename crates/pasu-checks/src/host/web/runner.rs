//! The accounts that serve: what they read for each request has to stay readable for them.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::processes::Process;
use crate::host::tomcat::Instance;
use serde::{Deserialize, Serialize};

/// An account with its group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    /// Its number.
    pub uid: u32,
    /// Its group's number.
    pub gid: u32,
}

impl Runner {
    /// An account by name or as `#33`; `None` where there is none.
    ///
    /// # Errors
    /// The accounts cannot be read.
    pub fn named(host: &Host, name: &str) -> Result<Option<Self>, Cause> {
        let accounts = host.accounts()?;
        let uid = name.trim_start_matches('#').parse().ok();
        let found = accounts.named(name).or_else(|| accounts.of_uid(uid?));
        Ok(found.map(|account| Self { uid: account.uid, gid: account.gid }))
    }

    /// The account of a process.
    ///
    /// # Errors
    /// The accounts cannot be read.
    pub fn of_uid(host: &Host, uid: u32) -> Result<Option<Self>, Cause> {
        let gid = host.accounts()?.of_uid(uid).map(|account| account.gid);
        Ok(gid.map(|gid| Self { uid, gid }))
    }

    /// The account that settings name, with another group where they name one, unless a worker's process tells.
    fn of_worker(
        host: &Host,
        processes: &[Process],
        user: Option<&str>,
        group: Option<&str>,
    ) -> Result<Option<Self>, Cause> {
        let worker = processes.iter().find(|process| process.uid != 0);
        let found = match (worker, user) {
            (Some(worker), _) => Self::of_uid(host, worker.uid)?,
            (None, Some(user)) => Self::named(host, user)?,
            (None, None) => None,
        };
        let Some(mut found) = found else { return Ok(None) };
        if let Some(name) = group {
            let groups = host.groups()?;
            let number = name.trim_start_matches('#').parse().ok();
            let Some(gid) = groups.named(name).map(|group| group.gid).or(number) else {
                return Ok(None);
            };
            found.gid = gid;
        }
        Ok(Some(found))
    }
}

impl Nginx {
    /// Who its workers are: `user www-data;`.
    ///
    /// # Errors
    /// The accounts cannot be read.
    pub fn runner(&self, host: &Host) -> Result<Option<Runner>, Cause> {
        let user = self.tree.blocks.first().and_then(|main| main.own("user"));
        let group = user.and_then(|user| user.arguments.get(1)).map(String::as_str);
        let user = user.map(|user| user.value());
        Runner::of_worker(host, &self.processes, user, group)
    }
}

impl Apache {
    /// Who its workers are: `User apache`, `Group apache`.
    ///
    /// # Errors
    /// The accounts cannot be read.
    pub fn runner(&self, host: &Host) -> Result<Option<Runner>, Cause> {
        let value = |name| self.config.server_value(0, name).map(|found| found.value());
        Runner::of_worker(host, &self.processes, value("user"), value("group"))
    }
}

impl Instance {
    /// Who runs it: by its process, else its unit, else the account of its package.
    ///
    /// # Errors
    /// What would tell cannot be read.
    pub fn runner(&self, host: &Host) -> Result<Option<Runner>, Cause> {
        if let Some(process) = &self.process {
            return Runner::of_uid(host, process.uid);
        }
        let name = self.base.rsplit('/').next().unwrap_or_default();
        if let Some(unit) = host.units()?.named(&format!("{name}.service")).cloned() {
            let users = host.unit_values(&unit, "Service", "User")?;
            let user = users.last().map_or("root", |user| user.value.as_str());
            return Runner::named(host, user);
        }
        for name in [name, "tomcat"] {
            if let Some(found) = Runner::named(host, name)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
