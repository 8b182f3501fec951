//! TLS of the servers that nginx and Apache offer to others.

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
    web::collect(host, nginx, apache)
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    add_sites(&sites::of_nginx(nginx), server);
    for at in nginx.tree.servers() {
        if let Some(found) = nginx.tree.effective(at, "ssl_protocols") {
            let old =
                found.arguments.iter().filter(|name| is_old(name)).cloned().collect::<Vec<_>>();
            if !old.is_empty() {
                server
                    .add(Spot::new("old", nginx.tree.named(at)).value(old.join(" ")).nginx(found));
            }
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    add_sites(&sites::of_apache(apache), server);
    let config = &apache.config;
    for (at, found) in config.everywhere("sslprotocol") {
        let old: Vec<String> = found
            .arguments
            .iter()
            .map(|name| name.trim_start_matches('+').to_owned())
            .filter(|name| is_old(name))
            .collect();
        if !old.is_empty() {
            server.add(Spot::new("old", config.named(at)).value(old.join(" ")).apache(found));
        }
    }
}

fn is_old(name: &str) -> bool {
    ["SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"]
        .iter()
        .any(|old| name.eq_ignore_ascii_case(old))
}

fn add_sites(sites: &[Site], server: &mut ServerFacts) {
    let secured = |site: &Site| {
        sites
            .iter()
            .any(|other| other.is_tls && other.names.iter().any(|name| site.names.contains(name)))
    };
    for site in sites {
        let sort = if site.is_tls && !site.has_certificate {
            "certificate"
        } else if site.is_tls {
            "tls"
        } else if site.is_local {
            "local"
        } else if site.answers_plain.is_none() {
            "redirects"
        } else if secured(site) {
            "paired"
        } else {
            "plain"
        };
        server.add(Spot::new(sort, &site.scope).at(site.place.clone()));
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "plain" => (Weight::Bad, "plain"),
        "certificate" => (Weight::Bad, "certificate"),
        "old" => (Weight::Warning, "old"),
        "tls" => (Weight::Note, "tls"),
        "redirects" => (Weight::Note, "redirects"),
        "paired" => (Weight::Note, "paired"),
        _ => (Weight::Note, "local"),
    })
}
