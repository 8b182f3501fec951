//! Workers told to run as an account of their own that can read what they serve.

use super::{Facts, Worker};
use crate::fix::web::set;
use crate::fix::{Edit, Fix, SettingEdit, Syntax};
use crate::host::web::{Handle, ServerFacts, Spot};
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for server in &facts.web.servers {
        let spots: Vec<&Spot> = server.spots.iter().filter(|spot| spot.sort == "root").collect();
        let has_process = server.spots.iter().any(|spot| spot.sort == "process");
        let worker = facts.workers.iter().find(|worker| worker.path == server.path);
        match worker {
            _ if spots.is_empty() && !has_process => {}
            Some(worker) if !spots.is_empty() => change(&mut fix, server, worker, &spots),
            _ => fix.leave(reason("by-hand").arg("product", &server.product).file(&server.path)),
        }
    }
    fix
}

fn change(fix: &mut Fix, server: &ServerFacts, worker: &Worker, spots: &[&Spot]) {
    let Some(account) = worker.account.as_deref() else {
        return fix.leave(reason("no-account").file(&server.path));
    };
    let unread = worker.unreadable.join(", ");
    fix.need(
        reason("readable").arg("value", account).arg("paths", unread),
        worker.unreadable.is_empty(),
    );
    for spot in spots {
        match (&spot.handle, &worker.variables) {
            (Some(Handle::Apache(_)), Some(path)) if variable(&spot.text).is_some() => {
                let name = variable(&spot.text).unwrap_or_default();
                fix.edit(SettingEdit::new(path, Syntax::Shell, name, account));
            }
            (Some(Handle::Apache(_)), _)
                if spot.text.to_ascii_lowercase().contains("assignuserid") =>
            {
                set(fix, spot, &format!("{account} {account}"));
            }
            _ => set(fix, spot, account),
        }
    }
    if let Some(unit) = &server.unit {
        // Variables are read, and workers of root leave, only when it starts.
        fix.edit(Edit::Restart { unit: unit.clone(), closes: Vec::new() });
    }
}

/// `User ${APACHE_RUN_USER}`: the name of the variable.
fn variable(text: &str) -> Option<&str> {
    Some(text.split_once("${")?.1.split_once('}')?.0)
}
