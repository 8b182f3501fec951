//! nginx asks for the file first, Apache no longer gives `ExecCGI`, and Tomcat's mapping is commented out. An alias over
//! content stays for a person.

use crate::fix::Fix;
use crate::fix::web::{add, comment_out, each, without_options};
use crate::host::web::WebFacts;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| match (spot.sort.as_str(), server.product.as_str()) {
        ("extension", _) => add(fix, spot, "try_files $uri =404;"),
        ("exec", "Apache") => without_options(fix, spot, &["ExecCGI"]),
        ("exec", _) => spot.handle.iter().for_each(|handle| comment_out(fix, handle)),
        _ => {}
    })
}
