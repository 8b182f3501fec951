//! Files go; their bytes and attributes stay in the record of the fix, from which they can be looked at and put back.

use super::Facts;
use crate::allowlist;
use crate::fix::{Edit, Fix};
use crate::judgement::reason;
use crate::params::Params;

/// The largest file whose bytes are kept, in bytes.
const MAX_KEPT: u64 = 8 << 20;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for file in &facts.files {
        let is_known = allowlist::reason_for(params, "allowlist", &file.path).is_some();
        if is_known || file.is_runtime_state() {
            continue;
        }
        if file.size > MAX_KEPT {
            fix.leave(reason("large").arg("size", file.size).file(&file.path));
            continue;
        }
        if !file.users.is_empty() {
            let users = file.users.join(", ");
            fix.consent(reason("in-use").arg("users", users).file(&file.path));
        }
        fix.edit(Edit::Remove { path: file.path.clone() });
    }
    fix
}
