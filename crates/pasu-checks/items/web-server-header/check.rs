//! Versions that nginx and Apache tell in their responses.

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
        match tree.effective(at, "server_tokens") {
            Some(found) if found.value() == "on" || found.value() == "build" => {
                server.add(Spot::new("version", tree.named(at)).nginx(found));
            }
            Some(_) => {}
            None => {
                let around = tree.server_of(at).unwrap_or(at);
                let Some(block) = tree.blocks.get(around) else { continue };
                server.add(Spot::new("version-by-default", tree.named(around)).at(block.place()));
            }
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    // It counts for the whole server, wherever the last one stands.
    match config.everywhere("servertokens").last() {
        Some((_, found)) if found.is("prod") || found.is("productonly") => {}
        Some((_, found)) => server.add(Spot::new("version", "Apache").apache(found)),
        None => {
            if let Some(main) = config.sections.first() {
                server.add(Spot::new("version-by-default", "Apache").at(main.place()));
            }
        }
    }
    let mut signature = |found: Option<&crate::host::apache::Directive>, scope: &str| {
        if let Some(found) = found.filter(|found| !found.is("off")) {
            server.add(Spot::new("signature", scope).apache(found));
        }
    };
    for at in config.servers().filter(|at| config.is_served(*at)) {
        signature(config.server_value(at, "serversignature"), &config.named(at));
    }
    for place in apache.places.iter().filter(|place| place.is_served) {
        signature(place.value(config, "serversignature"), &place.name);
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "version" => (Weight::Bad, "version"),
        "version-by-default" => (Weight::Bad, "version-by-default"),
        _ => (Weight::Bad, "signature"),
    })
}
