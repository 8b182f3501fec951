//! WebDAV of nginx and Apache.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect(host, nginx, apache)
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    let tree = &nginx.tree;
    for at in tree.endpoints() {
        for name in ["dav_methods", "dav_ext_methods"] {
            let on = tree.effective(at, name).filter(|found| found.value() != "off");
            if let Some(directive) = on {
                server.add(Spot::new("dav", tree.named(at)).nginx(directive));
            }
        }
    }
    let loads = tree.blocks.first().into_iter().flat_map(|main| main.all("load_module"));
    for module in loads.filter(|module| module.value().contains("dav")) {
        server.add(Spot::new("module", "").nginx(module));
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for place in &apache.places {
        if let Some(dav) = place.value(config, "dav").filter(|dav| !dav.is("off")) {
            let sort = if place.is_served { "dav" } else { "unserved" };
            server.add(Spot::new(sort, &place.name).apache(dav));
        }
    }
    for (_, module) in config.everywhere("loadmodule").filter(|(_, module)| module.is("dav_module"))
    {
        server.add(Spot::new("module", "").apache(module));
    }
    apache.places_unseen.iter().for_each(|cause| server.unseen(cause.clone()));
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |server, spot| match spot.sort.as_str() {
        "dav" => (Weight::Bad, "dav"),
        "unserved" => (Weight::Warning, "unserved"),
        _ if server.spots.iter().any(|spot| spot.sort == "dav") => (Weight::Note, "module"),
        _ => (Weight::Warning, "module"),
    })
}
