//! RPC services that are known for their defects, and those that only NFS version 3 and NIS need.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::nfs;
use crate::host::services::{ServiceState, SignKind};
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell;
use crate::params::Params;
use pasu_model::{Place, Weight};
use serde::{Deserialize, Serialize};

/// Services that nobody needs today, with their numbers at rpcbind.
const KNOWN: [(&str, u32); 13] = [
    ("rpc.cmsd", 100_068),
    ("rpc.ttdbserverd", 100_083),
    ("sadmind", 100_232),
    ("rusersd", 100_002),
    ("walld", 100_008),
    ("sprayd", 100_012),
    ("rstatd", 100_001),
    ("rpc.nisd", 100_300),
    ("rexd", 100_017),
    ("rpc.pcnfsd", 150_001),
    ("rpc.ypupdated", 100_028),
    ("kcms_server", 100_221),
    ("cachefsd", 100_235),
];

/// Services that NFS and NIS need.
const CARRIERS: [&str; 3] = ["rpcbind", "rpc.statd", "rpc.rquotad"];

/// The services, who may need some of them, and what is registered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    known: Vec<(String, ServiceState)>,
    carriers: Vec<(String, ServiceState)>,
    /// What may need the carriers.
    users: Result<Vec<String>, Cause>,
    /// Programs of the list that rpcbind names.
    registered: Vec<(String, u32)>,
    place: Option<Place>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let state = |name: &str| Ok((name.to_owned(), host.service(name)?));
    let carriers = CARRIERS.iter().map(|name| state(name)).collect::<Result<Vec<_>, Cause>>()?;
    let runs = carriers.first().is_some_and(|(_, rpcbind)| rpcbind.is_running());
    // Not asking starts no rpcbind by its socket. A refusal hides nothing that processes do not show.
    let answer = if runs { host.tool("rpcinfo", &["-p", "127.0.0.1"]).ok() } else { None };
    Ok(Facts {
        known: KNOWN.iter().map(|(name, _)| state(name)).collect::<Result<_, Cause>>()?,
        carriers,
        users: users(host),
        registered: answer.as_ref().map(|answer| registered(&answer.text())).unwrap_or_default(),
        place: answer.map(|answer| answer.place()),
    })
}

fn users(host: &Host) -> Result<Vec<String>, Cause> {
    let usage = nfs::read(host)?;
    let mut users = Vec::new();
    if usage.may_need_rpcbind() {
        users.extend(usage.mounts.iter().map(|mount| format!("mount {}", mount.key)).take(3));
    }
    for name in ["nfs-server", "nis"] {
        if host.service(name)?.is_used() {
            users.push(name.to_owned());
        }
    }
    Ok(users)
}

/// `    100002    3   udp    812  rusersd`.
fn registered(text: &str) -> Vec<(String, u32)> {
    let numbers = text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    let listed = KNOWN.iter().filter(|(_, number)| numbers.contains(number));
    listed.map(|(name, number)| ((*name).to_owned(), *number)).collect()
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for (name, state) in &facts.known {
        tell(&mut judgement, name, state, Weight::Bad);
    }
    for (name, number) in &facts.registered {
        let said = reason("registered").arg("name", name).arg("number", number);
        judgement.bad(said.at(facts.place.clone()));
    }
    for (name, state) in &facts.carriers {
        judge_carrier(name, state, facts, &mut judgement);
    }
    judgement
}

fn judge_carrier(name: &str, state: &ServiceState, facts: &Facts, judgement: &mut Judgement) {
    if !state.is_used() {
        return tell(judgement, name, state, Weight::Note);
    }
    match &facts.users {
        Ok(users) if users.is_empty() => tell(judgement, name, state, Weight::Bad),
        Ok(users) => {
            tell(judgement, name, state, Weight::Note);
            let sign = state.signs.iter().find(|sign| sign.kind != SignKind::PortOfUnknown);
            let said = reason("carrier-needed").arg("name", name).arg("why", users.join(", "));
            judgement.ask(said.at(sign.and_then(|sign| sign.place.clone())));
        }
        Err(cause) => {
            tell(judgement, name, state, Weight::Note);
            judgement.unseen(cause);
        }
    }
}
