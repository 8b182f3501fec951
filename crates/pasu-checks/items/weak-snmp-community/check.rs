//! Whether community strings of snmpd are defaults or too weak.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::snmpd::{SnmpAgent, Snmpd, Strength};
use crate::judgement::{Judgement, reason};
use crate::params::Params;

pub fn collect(host: &Host, _params: &Params) -> Result<SnmpAgent, Cause> {
    SnmpAgent::read(host)
}

pub fn judge(facts: &SnmpAgent, params: &Params) -> Judgement {
    facts.judge(|settings, judgement| tell(settings, params, judgement))
}

fn tell(settings: &Snmpd, params: &Params, judgement: &mut Judgement) {
    // One that no group takes in today may be tomorrow; it is as easy to guess.
    for community in &settings.communities {
        let strength = community.strength;
        let is_strong = is_strong(strength, params);
        let key = match (strength.is_default, is_strong) {
            (true, _) => "community-default",
            (false, false) => "community-weak",
            (false, true) => "community-strong",
        };
        let said = reason(key)
            .arg("directive", &community.directive)
            .arg("length", strength.length)
            .arg("classes", classes(strength))
            .at(community.place.clone());
        if key == "community-strong" { judgement.good(said) } else { judgement.bad(said) }
    }
    if settings.communities.is_empty() {
        judgement.good(reason("no-community"));
    }
    for user in &settings.users {
        judgement.note(reason("user-v3").arg("name", &user.name).at(user.place.clone()));
    }
}

fn is_strong(strength: Strength, params: &Params) -> bool {
    let is_least = |name| i64::try_from(strength.length).is_ok_and(|it| it >= params.integer(name));
    let both = strength.letters && strength.digits;
    both && (is_least("min_length") || strength.special && is_least("min_length_with_special"))
}

/// `A` letters, `0` digits, `#` others.
fn classes(strength: Strength) -> String {
    [(strength.letters, "A-z"), (strength.digits, "0-9"), (strength.special, "!-~")]
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, shown)| *shown)
        .collect::<Vec<_>>()
        .join(" ")
}
