//! Files lose write access for others, and nothing else. Who has one open through it is told of first.

use super::{Facts, sort};
use crate::allowlist;
use crate::fix::{AttributesEdit, Fix};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for file in &facts.files {
        let path = &file.found.path;
        let is_known = allowlist::reason_for(params, "allowlist", path).is_some();
        if is_known || sort(&file.found) == "temporary" {
            continue;
        }
        if !file.writers.is_empty() {
            let who = file.writers.join(", ");
            fix.consent(reason("in-use").arg("who", who).file(path));
        }
        fix.edit(AttributesEdit {
            path: path.clone(),
            limit: Some(0o7775),
            ..AttributesEdit::default()
        });
    }
    fix
}
