//! Mappings of servlets that run scripts are commented out. Example applications stay for a person.

use super::{Facts, is_needless};
use crate::fix::Fix;
use crate::fix::web::comment_out;
use crate::host::web::Handle;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &Facts, _params: &Params) -> Fix {
    let mut fix = Fix::new();
    for instance in &facts.instances {
        for mapping in instance.mappings.iter().filter(|mapping| is_needless(mapping)) {
            if let Some(head) = &mapping.head {
                comment_out(&mut fix, &Handle::Xml(head.clone()));
                fix.leave(reason("web-restart").file(&instance.base));
            }
        }
        for folder in &instance.examples {
            fix.leave(reason("examples").arg("folder", folder).file(folder));
        }
    }
    fix
}
