//! Communities that are easy to guess become comments. A new string is a secret, and for a person to choose.

use super::is_strong;
use crate::fix::Fix;
use crate::host::snmpd::SnmpAgent;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &SnmpAgent, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let communities = facts.settings().map(|settings| settings.communities.as_slice());
    for community in communities.unwrap_or_default() {
        if community.strength.is_default || !is_strong(community.strength, params) {
            fix.comment_out(Some(&community.place));
            fix.consent(reason("community-goes").at(community.place.clone()));
        }
    }
    fix
}
