//! Whether nginx and Apache send plain requests to HTTPS.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::web::sites::{self, Site};
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect(
        host,
        |nginx: &Nginx, server| add_sites(&sites::of_nginx(nginx), server),
        |apache: &Apache, server| add_sites(&sites::of_apache(apache), server),
    )
}

fn add_sites(sites: &[Site], server: &mut ServerFacts) {
    for site in sites.iter().filter(|site| site.is_plain) {
        let spot = match &site.answers_plain {
            Some(place) => Spot::new("answers", &site.scope).at(place.clone()),
            None => Spot::new("redirects", &site.scope).at(site.place.clone()),
        };
        server.add(spot);
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "answers" => (Weight::Bad, "answers"),
        _ => (Weight::Note, "redirects"),
    })
}
