//! Accounts other than root with user number 0, in `/etc/passwd`.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::accounts::Account;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The accounts that are root, and what could not be read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    zero: Vec<Account>,
    damaged: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let accounts = host.accounts()?;
    Ok(Facts {
        zero: accounts.entries.iter().filter(|account| account.uid == 0).cloned().collect(),
        damaged: accounts.damage(),
    })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let others = facts.zero.iter().filter(|account| account.name != "root");
    for account in others.clone() {
        judgement.bad(reason("not-root").arg("name", &account.name).line("/etc/passwd", account.line));
    }
    for cause in &facts.damaged {
        judgement.unseen(cause);
    }
    if others.count() == 0 {
        judgement.good(reason("only-root"));
    }
    judgement
}
