//! The communities become comments, so that only version 3 is left.

use crate::fix::Fix;
use crate::host::snmpd::SnmpAgent;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &SnmpAgent, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    let Some(settings) = facts.settings() else { return fix };
    for community in settings.open_communities() {
        fix.comment_out(Some(&community.place));
    }
    if settings.users.is_empty() {
        fix.consent(reason("nobody-left"));
    }
    fix
}
