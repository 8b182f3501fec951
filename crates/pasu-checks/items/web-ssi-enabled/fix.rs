//! The line that switches SSI on switches it off. `Options All` says nothing of SSI; whoever names it wants it, so a
//! person has to agree.

use crate::fix::Fix;
use crate::fix::web::{comment_out, each, set, without_options};
use crate::host::web::WebFacts;
use crate::judgement::reason;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| {
        if spot.sort != "ssi" {
            return;
        }
        match server.product.as_str() {
            "nginx" => set(fix, spot, "off"),
            "Apache" => without_options(fix, spot, &["Includes", "IncludesNOEXEC"]),
            // A mapping of a servlet that is gone keeps the application from starting.
            _ => spot.near.iter().chain(&spot.handle).for_each(|handle| comment_out(fix, handle)),
        }
        if server.product != "Apache" || spot.text.to_lowercase().contains("includes") {
            fix.consent(reason("wanted").arg("scope", &spot.scope).at(spot.place.clone()));
        }
    })
}
