//! One line of pam_wheel below pam_rootok, so that root and its scripts are asked nothing. Lines of other groups stay.

use super::{Facts, Fate, Service};
use crate::fix::{Fix, PamChange, PamEdit, PamSpot};
use crate::host::pam::Phase;
use crate::judgement::reason;
use crate::params::Params;

/// Groups of administrators, by distribution.
pub(super) const USUAL_GROUPS: [&str; 2] = ["wheel", "sudo"];

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let wanted = params.text("group");
    let named = |name: &str| facts.groups.iter().find(|group| group.name == name);
    let chosen = match wanted {
        "" => USUAL_GROUPS
            .iter()
            .filter_map(|name| named(name))
            .find(|group| group.has_member)
            .or_else(|| named(USUAL_GROUPS[0])),
        name => named(name),
    };
    let shown = if wanted.is_empty() { USUAL_GROUPS.join(", ") } else { wanted.to_owned() };
    let said = |key| reason(key).arg("group", &shown);
    fix.need(said("need-group"), chosen.is_some());
    let has_way = facts.has_sudo || chosen.is_some_and(|group| group.has_member);
    fix.need(said("need-member"), has_way);
    let group = chosen.map_or(USUAL_GROUPS[0], |group| group.name.as_str());
    let is_open = |service: &&Service| {
        service.outsider == Fate::Admitted
            || service.wheel.as_ref().is_some_and(|wheel| !wheel.exists)
    };
    for service in facts.services.iter().filter(is_open) {
        one(&mut fix, service, group);
    }
    fix
}

fn one(fix: &mut Fix, service: &Service, group: &str) {
    let mut edit = |change| {
        fix.edit(PamEdit { service: service.name.clone(), phase: Phase::Auth, change });
    };
    // A line that names a group which is not there keeps everybody out, and would do so beside a good one.
    if service.outsider == Fate::Refused {
        edit(PamChange::Arguments {
            module: "pam_wheel".to_owned(),
            set: vec![format!("group={group}")],
            unset: Vec::new(),
        });
        return;
    }
    let mut arguments = vec!["use_uid".to_owned()];
    if group != USUAL_GROUPS[0] {
        arguments.push(format!("group={group}"));
    }
    edit(PamChange::Insert {
        control: "required".to_owned(),
        module: "pam_wheel.so".to_owned(),
        arguments,
        at: PamSpot::after(&["pam_rootok"]),
    });
}
