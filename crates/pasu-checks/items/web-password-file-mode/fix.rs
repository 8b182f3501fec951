//! Files of users are for the account that runs Tomcat alone.

use super::{Facts, allowed};
use crate::fix::Fix;
use crate::fix::web::hide;
use crate::params::Params;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for instance in &facts.instances {
        for file in &instance.files {
            hide(&mut fix, file, instance.runner.as_ref(), allowed(params));
        }
    }
    fix
}
