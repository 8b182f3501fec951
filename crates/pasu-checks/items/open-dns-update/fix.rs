//! Whoever lets everybody update lets only those of the parameter; without any, nobody.

use super::{Facts, Reach};
use crate::fix::Fix;
use crate::fix::named::{Narrowing, list, narrow};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let Some(bind) = &facts.bind else { return fix };
    let given = params.list("allowed_update").collect::<Vec<_>>().join(", ");
    let list = list(params, "allowed_update");
    let good = reason("fix-good-param").arg("param", "allowed_update").arg("value", given);
    fix.need(good, list.is_some());
    let narrowing = Narrowing {
        bind,
        list: list.as_deref().unwrap_or("none;"),
        // Without a word nobody may update, so it is never added.
        keyword: "allow-update",
        rule: |zone| &zone.update,
        open: bind.zones.iter().filter(|zone| zone.update.reach == Reach::Anyone).collect(),
        kept: Vec::new(),
    };
    narrow(&mut fix, &narrowing);
    fix
}
