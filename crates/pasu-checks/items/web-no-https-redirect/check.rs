//! Whether nginx and Apache send plain requests to HTTPS.

mod fix;

pub use fix::plan;

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
            Some(place) => {
                let spot = Spot::new("answers", &site.scope).at(place.clone());
                let head = site.head.clone().filter(|_| has_twin(site, sites));
                head.into_iter().fold(spot, Spot::near)
            }
            None => Spot::new("redirects", &site.scope).at(site.place.clone()),
        };
        server.add(spot);
    }
}

/// Whether another server has all its names with TLS, and it has none itself.
fn has_twin(site: &Site, sites: &[Site]) -> bool {
    let is_twin = |other: &Site| {
        other.is_tls
            && other.has_certificate
            && site.names.iter().all(|name| other.names.contains(name))
    };
    !site.is_tls && !site.names.is_empty() && sites.iter().any(is_twin)
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "answers" => (Weight::Bad, "answers"),
        _ => (Weight::Note, "redirects"),
    })
}
