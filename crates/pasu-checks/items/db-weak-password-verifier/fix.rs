//! New passwords of PostgreSQL are kept by SCRAM. Those that are there, clear passwords and accounts of MySQL stay for
//! a person.

use super::{Facts, default_of};
use crate::fix::Fix;
use crate::host::databases::Product;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    let servers = facts.databases.servers.iter();
    for server in servers.filter(|server| server.product == Product::Postgresql) {
        let is_weak = default_of(server).is_some_and(|(_, value, _)| value != "scram-sha-256");
        if is_weak && server.unseen.is_empty() {
            server.set(&mut fix, "password_encryption", "scram-sha-256");
        }
    }
    for (name, line) in &facts.clear {
        fix.leave(reason("clear-password").arg("name", name).at(line.place.clone()));
    }
    fix
}
