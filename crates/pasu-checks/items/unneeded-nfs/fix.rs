//! The server switched off, where it exports nothing.

use super::Facts;
use crate::fix::{Fix, services};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    let exports = facts.usage.as_ref().is_ok_and(|usage| usage.exports.is_empty());
    fix.need(reason("nothing-exported"), exports);
    services::switch_off(&mut fix, "nfs-server", &facts.server);
    fix
}
