//! Whether snmpd accepts versions 1 or 2c.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::snmpd::{SnmpAgent, Snmpd};
use crate::judgement::{Judgement, reason};
use crate::params::Params;

pub fn collect(host: &Host, _params: &Params) -> Result<SnmpAgent, Cause> {
    SnmpAgent::read(host)
}

pub fn judge(facts: &SnmpAgent, _params: &Params) -> Judgement {
    facts.judge(tell)
}

fn tell(settings: &Snmpd, judgement: &mut Judgement) {
    for community in settings.open_communities() {
        judgement.bad(
            reason("community-open")
                .arg("directive", &community.directive)
                .at(community.place.clone()),
        );
    }
    for community in settings.idle_communities() {
        judgement.warn(
            reason("community-idle")
                .arg("directive", &community.directive)
                .at(community.place.clone()),
        );
    }
    for user in &settings.users {
        let key = if user.level == "priv" { "user-v3" } else { "user-weak" };
        let said =
            reason(key).arg("name", &user.name).arg("level", &user.level).at(user.place.clone());
        if user.level == "priv" { judgement.note(said) } else { judgement.warn(said) }
    }
    if settings.open_communities().next().is_none() {
        let file = settings.files.first();
        let place = file.map(|path| pasu_model::Place::File { path: path.clone(), line: None });
        judgement.good(reason("only-v3").at(place));
    }
}
