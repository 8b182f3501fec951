//! SSH servers in an image, and the port for one.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Programs of SSH servers.
const SERVERS: [&str; 6] = [
    "/usr/sbin/sshd",
    "/usr/bin/sshd",
    "/usr/local/sbin/sshd",
    "/usr/sbin/dropbear",
    "/usr/bin/dropbear",
    "/usr/local/sbin/dropbear",
];

/// What shows an SSH server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    exposed: Vec<String>,
    programs: Vec<String>,
    host_keys: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let ports = host.image()?.config().exposed_ports.keys();
    let is_ssh = |port: &&String| matches!(port.as_str(), "22" | "22/tcp");
    let mut programs = Vec::new();
    for path in SERVERS {
        // A link is told of by what it leads to: `/usr/sbin` may be one itself.
        programs.extend(host.file_followed(path)?.map(|file| file.path));
    }
    programs.sort_unstable();
    programs.dedup();
    Ok(Facts {
        exposed: ports.filter(is_ssh).cloned().collect(),
        programs,
        host_keys: host.glob("/etc/ssh/ssh_host_*_key")?,
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for port in &facts.exposed {
        judgement.bad(reason("exposed").arg("port", port));
    }
    for path in &facts.programs {
        judgement.bad(reason("installed").file(path));
    }
    for path in &facts.host_keys {
        judgement.warn(reason("host-key").file(path));
    }
    if facts.exposed.is_empty() && facts.programs.is_empty() {
        judgement.good(reason("none"));
    }
    judgement
}
