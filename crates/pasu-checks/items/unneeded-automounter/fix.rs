//! The automounter switched off, which unmounts what it has mounted.

use super::Facts;
use crate::fix::{Fix, services};
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    services::switch_off(&mut fix, "automount", &facts.service);
    fix
}
