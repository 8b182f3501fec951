//! Whoever lets everybody transfer lets only the secondaries of the parameter; without any, nobody.

use super::{Facts, Reach, Zone};
use crate::fix::Fix;
use crate::fix::named::{Narrowing, list, narrow};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let Some(bind) = &facts.bind else { return fix };
    let given = params.list("allowed_secondary").collect::<Vec<_>>().join(", ");
    let list = list(params, "allowed_secondary");
    let good = reason("fix-good-param").arg("param", "allowed_secondary").arg("value", given);
    fix.need(good, list.is_some());
    let ignored: Vec<String> = params.list("ignored_zones").map(str::to_ascii_lowercase).collect();
    let is_ignored = |zone: &&Zone| ignored.contains(&zone.name.to_ascii_lowercase());
    let is_open = |zone: &&Zone| zone.transfer.reach == Reach::Anyone && !is_ignored(zone);
    let narrowing = Narrowing {
        bind,
        list: list.as_deref().unwrap_or("none;"),
        keyword: "allow-transfer",
        rule: |zone| &zone.transfer,
        open: bind.zones.iter().filter(is_open).collect(),
        kept: bind.zones.iter().filter(is_ignored).collect(),
    };
    narrow(&mut fix, &narrowing);
    fix
}
