//! Whether an NFS server is in use, and whether it exports anything.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::nfs::{self, NfsUse};
use crate::host::services::ServiceState;
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::service::tell;
use crate::params::Params;
use pasu_model::Weight;
use serde::{Deserialize, Serialize};

/// The server and what it serves.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    server: ServiceState,
    usage: Result<NfsUse, Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    Ok(Facts { server: host.service("nfs-server")?, usage: nfs::read(host) })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let none = NfsUse::default();
    let usage = facts.usage.as_ref().unwrap_or(&none);
    if facts.server.is_used() {
        judge_server(facts, usage, &mut judgement);
    } else {
        tell(&mut judgement, "nfs-server", &facts.server, Weight::Note);
        for export in &usage.exports {
            let said = reason("idle-exports").arg("name", &export.key).at(export.place.clone());
            judgement.warn(said);
        }
    }
    for mount in &usage.mounts {
        judgement.note(reason("mount").arg("name", &mount.key).at(mount.place.clone()));
    }
    judgement
}

fn judge_server(facts: &Facts, usage: &NfsUse, judgement: &mut Judgement) {
    tell(judgement, "nfs-server", &facts.server, Weight::Note);
    if let Err(cause) = &facts.usage {
        judgement.unseen(cause);
        return;
    }
    let ganesha = facts.server.signs.iter().find(|sign| sign.what.contains("ganesha"));
    if let Some(sign) = ganesha {
        judgement.ask(reason("ganesha").arg("name", &sign.what).at(sign.place.clone()));
    } else if usage.exports.is_empty() {
        judgement.bad(first_place(reason("no-exports"), facts));
    }
    for export in &usage.exports {
        let said = reason("exports").arg("name", &export.key).at(export.place.clone());
        judgement.ask(said);
    }
}

fn first_place(reason: Reason, facts: &Facts) -> Reason {
    reason.at(facts.server.signs.iter().find_map(|sign| sign.place.clone()))
}
