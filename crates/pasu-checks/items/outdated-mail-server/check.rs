//! Mail servers in use for which a security update waits.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::mail::MailServers;
use crate::host::updates::{ServerPackages, ServerUpdates, judge_servers, read_servers};
use crate::judgement::Judgement;
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The servers with their packages on Debian, Ubuntu and the RPM family.
const SERVERS: [ServerPackages; 3] = [
    ServerPackages { service: "postfix", packages: &["postfix"] },
    ServerPackages { service: "exim", packages: &["exim", "exim4"] },
    ServerPackages { service: "sendmail", packages: &["sendmail", "sendmail-bin"] },
];

/// What is in use and what waits for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    servers: MailServers,
    updates: ServerUpdates,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    Ok(Facts { servers: host.mail_servers()?, updates: read_servers(host, &SERVERS)? })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = judge_servers(&facts.updates, params.integer("max_advisory_age_days"));
    facts.servers.tell_others(&mut judgement);
    judgement
}
