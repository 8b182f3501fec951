//! Which mail servers are in use: the three whose settings are read, and whatever else holds a port of mail.

use super::exim::Exim;
use super::postfix::Instance;
use super::sendmail::Sendmail;
use super::services::ServiceState;
use super::sockets::Protocol;
use super::{Host, processes::Process};
use crate::cause::{Cause, CauseKind};
use crate::judgement::{Judgement, reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// SMTP, SMTP over TLS, submission.
const PORTS: [u16; 3] = [25, 465, 587];

/// Mail servers that are known by their units and whose settings are not read.
const OTHERS: [&str; 3] = ["opensmtpd", "qmail", "courier"];

/// The mail servers of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServers {
    /// Postfix.
    pub postfix: ServiceState,
    /// Exim.
    pub exim: ServiceState,
    /// Sendmail.
    pub sendmail: ServiceState,
    /// Others in use: their names, and programs with the port they hold.
    pub others: Vec<String>,
}

impl Host {
    /// Which mail servers are in use.
    ///
    /// # Errors
    /// Units, processes or ports cannot be read.
    pub fn mail_servers(&self) -> Result<MailServers, Cause> {
        let mut servers = MailServers {
            postfix: self.service("postfix")?,
            exim: self.service("exim")?,
            sendmail: self.service("sendmail")?,
            others: Vec::new(),
        };
        let mut others = BTreeSet::new();
        for name in OTHERS {
            if self.service(name)?.is_used() {
                others.insert(name.to_owned());
            }
        }
        if self.is_live() {
            others.extend(other_programs(self)?);
        }
        servers.others = others.into_iter().collect();
        Ok(servers)
    }
}

/// The mail servers in use with what they are told; `None` for one that is not in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    /// Which are in use.
    pub servers: MailServers,
    /// The instances of Postfix, at least one.
    pub postfix: Option<Result<Vec<Instance>, Cause>>,
    /// Exim.
    pub exim: Option<Result<Exim, Cause>>,
    /// Sendmail.
    pub sendmail: Option<Result<Sendmail, Cause>>,
}

impl Host {
    /// The mail servers in use with what they are told.
    ///
    /// # Errors
    /// Units, processes or ports cannot be read.
    pub fn mail_settings(&self) -> Result<MailSettings, Cause> {
        let servers = self.mail_servers()?;
        let missing = |name: &str| {
            let detail = format!("{name} is in use and its settings were not found");
            Cause::new(CauseKind::Io, detail)
        };
        let postfix = || match self.postfix()? {
            instances if instances.is_empty() => Err(missing("postfix")),
            instances => Ok((*instances).clone()),
        };
        let exim = || (*self.exim()?).clone().ok_or_else(|| missing("exim"));
        let sendmail = || (*self.sendmail()?).clone().ok_or_else(|| missing("sendmail"));
        Ok(MailSettings {
            postfix: servers.postfix.is_used().then(postfix),
            exim: servers.exim.is_used().then(exim),
            sendmail: servers.sendmail.is_used().then(sendmail),
            servers,
        })
    }
}

/// Programs that hold a port of mail and are none of the three.
fn other_programs(host: &Host) -> Result<Vec<String>, Cause> {
    let own = ["master", "smtpd", "exim4", "exim", "sendmail", "sendmail-mta", "sendmail.sendmail"];
    let processes = host.processes()?;
    let mut found = Vec::new();
    for listener in host.listeners()?.iter() {
        if listener.protocol != Protocol::Tcp || !PORTS.contains(&listener.port) {
            continue;
        }
        let holders: Vec<&Process> =
            processes.iter().filter(|process| listener.pids.contains(&process.pid)).collect();
        let is_own = holders.iter().any(|process| {
            own.contains(&process.program()) || own.contains(&process.name.as_str())
        });
        if let Some(process) = holders.first().filter(|_| !is_own) {
            found.push(format!("{} ({})", process.program(), listener.shown()));
        }
    }
    Ok(found)
}

impl MailServers {
    /// Each of the three by name.
    pub fn known(&self) -> [(&'static str, &ServiceState); 3] {
        [("postfix", &self.postfix), ("exim", &self.exim), ("sendmail", &self.sendmail)]
    }

    /// Says which are in use, which are not, and what might be and could not be seen. Others are for a person.
    pub fn tell(&self, judgement: &mut Judgement) {
        for (name, state) in self.known() {
            crate::kinds::service::tell_use(judgement, name, state);
        }
        self.tell_others(judgement);
    }

    /// Says which others are in use.
    pub fn tell_others(&self, judgement: &mut Judgement) {
        for other in &self.others {
            judgement.ask(reason("mail-other-server").arg("what", other));
        }
    }
}
