//! The size of requests that nginx and Apache take.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::tomcat::Instance;
use crate::host::web::{self, Handle, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

/// Apache limits bodies by itself since 2.4.54.
const LIMITED_SINCE: (u32, u32, u32) = (2, 4, 54);

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
}

fn is_zero(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    number.parse::<u64>() == Ok(0)
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    let tree = &nginx.tree;
    for at in tree.endpoints() {
        if let Some(found) = tree.effective(at, "client_max_body_size") {
            let sort = if is_zero(found.value()) { "unlimited" } else { "limited" };
            server.add(Spot::new(sort, tree.named(at)).value(found.value()).nginx(found));
            continue;
        }
        let around = tree.server_of(at).unwrap_or(at);
        if let Some(block) = tree.blocks.get(around) {
            let spot = Spot::new("unset", tree.named(around)).value("1m").at(block.place());
            let http = tree.around(at, "http").map(|http| Handle::Nginx(http.head()));
            server.add(http.into_iter().fold(spot, Spot::near));
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let is_limited = apache.version.is_some_and(|version| version >= LIMITED_SINCE);
    for at in config.servers().filter(|at| config.is_served(*at)) {
        let root =
            config.content(at).first().map_or_else(|| "/".to_owned(), |(path, _)| path.clone());
        let places = apache.places.iter().filter(|place| place.server == at && place.is_served);
        for place in places.chain([&config.at(at, &root)]) {
            if let Some(found) = place.value(config, "limitrequestbody") {
                let sort = if is_zero(found.value()) { "unlimited" } else { "limited" };
                server.add(Spot::new(sort, &place.name).value(found.value()).apache(found));
            } else if let Some(section) = config.sections.get(at) {
                let sort = if is_limited { "unset" } else { "unlimited" };
                server.add(Spot::new(sort, config.named(at)).value("1 GiB").at(section.place()));
            }
        }
    }
    apache.places_unseen.iter().for_each(|cause| server.unseen(cause.clone()));
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    if let Some(document) = &tomcat.server {
        for connector in document.root.named("Connector") {
            let scope = format!("Connector {}", connector.attribute("port").unwrap_or_default());
            let spot = match connector.attribute("maxPostSize") {
                None => Spot::new("unset", scope).value("2 MiB").tomcat(document, connector, ""),
                Some(size) => {
                    let sort = if size.trim().starts_with('-') { "unlimited" } else { "limited" };
                    Spot::new(sort, scope).value(size).tomcat(
                        document,
                        connector,
                        format!("maxPostSize=\"{size}\""),
                    )
                }
            };
            server.add(spot);
        }
    }
}

pub fn judge(facts: &WebFacts, params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "unlimited" => (Weight::Bad, "unlimited"),
        "limited" => (Weight::Note, "limited"),
        _ if params.flag("require_explicit") => (Weight::Bad, "unset"),
        _ => (Weight::Warning, "unset-allowed"),
    })
}
