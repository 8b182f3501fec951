//! A server of nginx that answers plain requests alone sends them on, where a server of the same name has TLS. Others
//! stay for a person: without TLS behind it a redirect leads nowhere.

use crate::fix::Fix;
use crate::fix::web::{add, each};
use crate::host::web::WebFacts;
use crate::params::Params;

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |_, spot, fix| add(fix, spot, "return 301 https://$host$request_uri;"))
}
