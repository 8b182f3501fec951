//! The services switched off. rpcbind and its like go only where neither NFS nor NIS may need them.

use super::Facts;
use crate::fix::{Fix, services};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for (name, state) in &facts.known {
        services::switch_off(&mut fix, name, state);
    }
    for (name, number) in &facts.registered {
        if !facts.known.iter().any(|(known, state)| known == name && state.is_used()) {
            let what = reason("registered-by-unknown").arg("name", name).arg("number", number);
            fix.need(what, false);
        }
    }
    let used: Vec<_> = facts.carriers.iter().filter(|(_, state)| state.is_used()).collect();
    if !used.is_empty() && facts.users.as_ref().is_ok_and(Vec::is_empty) {
        fix.need(reason("nobody-needs-rpcbind"), true);
        for (name, state) in used {
            services::switch_off(&mut fix, name, state);
        }
    }
    fix
}
