//! The policy for passwords: what new ones must be made of, how long they last, and that old ones do not come back.
//!
//! The parts are judged apart, since the older guideline counts them apart.

mod ages;
mod fix;
mod quality;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::Judgement;
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// What each part saw, or why it did not.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    stacks: Result<Vec<quality::Stack>, Cause>,
    defaults: Result<ages::Defaults, Cause>,
    accounts: Result<ages::Accounts, Cause>,
    /// The rule that pam_pwquality would have, were it in a stack without arguments.
    conf: Option<quality::Quality>,
    /// The `login.defs` that was read.
    login_defs: String,
    /// Whether `pam-auth-update` writes the shared file.
    generated: bool,
    /// Whether pam_pwquality refuses every password, for want of its dictionary.
    wordless: bool,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    Ok(Facts {
        stacks: quality::collect(host),
        defaults: ages::defaults(host),
        accounts: ages::accounts(host, params),
        conf: quality::of_conf(host).ok(),
        login_defs: host.login_defs().map(|defs| defs.path.clone()).unwrap_or_default(),
        generated: host.is_pam_generated("common-password").unwrap_or_default(),
        wordless: host.lacks_dictionary().unwrap_or_default(),
    })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let unseen = |cause: &Cause, parts: &[&'static str], judgement: &mut Judgement| {
        for part in parts {
            judgement.unseen_part(cause, Some(part));
        }
    };
    match &facts.stacks {
        Ok(stacks) => quality::judge(stacks, params, &mut judgement),
        Err(cause) => unseen(cause, &["complexity", "length", "history"], &mut judgement),
    }
    match &facts.defaults {
        Ok(defaults) => ages::judge_defaults(defaults, params, &mut judgement),
        Err(cause) => unseen(cause, &["max-age", "min-age"], &mut judgement),
    }
    match &facts.accounts {
        Ok(accounts) => ages::judge_accounts(accounts, params, &mut judgement),
        Err(cause) => unseen(cause, &["max-age", "min-age"], &mut judgement),
    }
    judgement
}
