//! The option that names root names the account that owns the data.

use super::Facts;
use crate::fix::Fix;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let wanted = params.text("account");
    for server in &facts.servers {
        let Some((account, Some(0))) = &server.account else { continue };
        if server.running || !server.is_option {
            // Files that root made since would stay root's, and the server would not start.
            fix.leave(reason("by-hand").arg("name", &server.name).at(server.place.clone()));
            continue;
        }
        fix.need(reason("owns-data").arg("account", wanted), server.has_owner);
        fix.replace_part(server.place.as_ref(), account, wanted);
    }
    fix
}
