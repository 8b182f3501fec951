//! An open forward proxy is closed. Where a target comes from the request, only a person knows which is meant.

use crate::fix::Fix;
use crate::fix::web::{each, set};
use crate::host::web::WebFacts;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |_, spot, fix| {
        if spot.sort == "open" {
            set(fix, spot, "Off");
        }
    })
}
