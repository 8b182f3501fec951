//! BIND in use for which a security update waits.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::updates::{ServerPackages, ServerUpdates, judge_servers, read_servers};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// Client libraries are built from the same sources on Debian, so the server's own packages are named.
const SERVERS: [ServerPackages; 1] = [ServerPackages {
    service: "bind",
    packages: &["bind9", "bind", "bind9.16", "bind9.18", "isc-bind-bind"],
}];

/// Servers that are only told of.
const OTHERS: [&str; 4] = ["unbound", "knot", "pdns", "nsd"];

/// Whether BIND is in use, what waits for it, and which others are in use.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    updates: ServerUpdates,
    others: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut others = Vec::new();
    for name in OTHERS {
        if host.service(name)?.is_used() {
            others.push(name.to_owned());
        }
    }
    Ok(Facts { updates: read_servers(host, &SERVERS)?, others })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = judge_servers(&facts.updates, params.integer("max_advisory_age_days"));
    for name in &facts.others {
        judgement.warn(reason("other-server").arg("name", name));
    }
    judgement
}
