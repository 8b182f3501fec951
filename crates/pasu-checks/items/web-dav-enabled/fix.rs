//! The directive that is found is switched off where it stands.

use crate::fix::Fix;
use crate::fix::web::{each, set};
use crate::host::web::WebFacts;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| {
        if spot.sort == "dav" {
            set(fix, spot, if server.product == "nginx" { "off" } else { "Off" });
        }
    })
}
