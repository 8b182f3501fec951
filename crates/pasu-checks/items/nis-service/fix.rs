//! The services switched off. Accounts of NIS are gone then, which is why a person accepts it.

use super::Facts;
use crate::fix::{Fix, services};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    services::switch_off(&mut fix, "nis", &facts.service);
    fix
}
