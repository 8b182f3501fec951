//! Aliases of manuals are commented out; of others only a person knows whether they are needed.

use crate::fix::Fix;
use crate::fix::web::{comment_out, each};
use crate::host::web::WebFacts;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |_, spot, fix| {
        if spot.sort == "manual" {
            spot.handle.iter().for_each(|handle| comment_out(fix, handle));
        }
    })
}
