//! Accounts of `/etc/passwd` that share a user number.

use crate::capped::Capped;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::Account;
use crate::host::name_sources::Elsewhere;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How many names of one number are kept.
const MAX_NAMES: usize = 20;

/// The numbers that are shared, and what could not be read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    shared: Capped<Shared>,
    damaged: Vec<Cause>,
    elsewhere: Elsewhere,
}

/// A number with its accounts, in the order of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Shared {
    uid: u32,
    names: Vec<String>,
    total: usize,
    /// Line of the second account.
    line: u32,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    let mut by_uid: HashMap<u32, Vec<&Account>> = HashMap::new();
    for account in &accounts.entries {
        by_uid.entry(account.uid).or_default().push(account);
    }
    let mut shared: Vec<Shared> = by_uid
        .into_iter()
        .filter_map(|(uid, twins)| {
            Some(Shared {
                uid,
                line: twins.get(1)?.line,
                total: twins.len(),
                names: twins.iter().take(MAX_NAMES).map(|twin| twin.name.clone()).collect(),
            })
        })
        .collect();
    shared.sort_by_key(|shared| shared.line);
    Ok(Facts {
        shared: shared.into_iter().collect(),
        damaged: accounts.damage(),
        elsewhere: host.accounts_elsewhere()?,
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for shared in &facts.shared.kept {
        let mut names = shared.names.join(", ");
        if shared.total > shared.names.len() {
            names.push_str(&format!(" … ({})", shared.total));
        }
        judgement.bad(
            reason("shared")
                .arg("uid", shared.uid)
                .arg("names", names)
                .line("/etc/passwd", shared.line),
        );
    }
    facts.shared.tell_rest(&mut judgement);
    if facts.shared.is_empty() {
        judgement.good(reason("unique").file("/etc/passwd"));
    }
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    facts.elsewhere.tell(&mut judgement);
    judgement
}
