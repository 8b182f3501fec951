//! The source of each community that any host may use. Which hosts may ask is for a person to say.

use crate::fix::{Edit, Fix, LineChange};
use crate::host::snmpd::SnmpAgent;
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &SnmpAgent, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let source = params.text("allowed_source");
    let open = facts.settings().into_iter().flat_map(|settings| settings.open_communities());
    for community in open.filter(|community| community.is_for_everybody()) {
        let Place::File { path, line: Some(line) } = &community.place else { continue };
        if source.is_empty() {
            fix.leave(reason("say-source"));
            continue;
        }
        // `rocommunity STRING SOURCE`, `com2sec NAME SOURCE STRING`.
        let change = LineChange::Word { index: 2, word: source.to_owned() };
        fix.edit(Edit::Line { path: path.clone(), line: *line, change });
    }
    fix
}
