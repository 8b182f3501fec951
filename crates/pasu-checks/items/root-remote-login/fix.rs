//! `PermitRootLogin no` where it wins, for every daemon and every `Match`. Whether somebody else gets in and becomes
//! root is what the lockout rule of every fix asks.

use super::{Facts, verdicts};
use crate::fix::{Edit, Fix};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let admits = |daemon| verdicts(daemon, params).iter().any(|(is_admitted, _)| *is_admitted);
    if facts.daemons.iter().any(admits) {
        fix.edit(Edit::Sshd {
            keyword: "PermitRootLogin".to_owned(),
            value: "no".to_owned(),
            everywhere: true,
        });
    }
    if facts.telnet.is_used() {
        fix.leave(reason("telnet-stays"));
    }
    fix
}
