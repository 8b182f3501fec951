//! Versions that nginx and Apache tell in their responses.

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

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
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
                let mut spot =
                    Spot::new("version-by-default", tree.named(around)).at(block.place());
                if let Some(http) = tree.around(at, "http") {
                    spot = spot.near(Handle::Nginx(http.head()));
                }
                server.add(spot);
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

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    let Some(document) = &tomcat.server else { return };
    let is = |value: Option<&str>, wanted: &str| {
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    for connector in document.root.named("Connector") {
        if is(connector.attribute("xpoweredBy"), "true") {
            let spot = Spot::new("version", "Connector").value("xpoweredBy");
            server.add(spot.tomcat(document, connector, "xpoweredBy=\"true\""));
        }
        let name = connector.attribute("server").unwrap_or_default();
        if name.contains("Tomcat") || name.contains("Coyote") {
            let spot = Spot::new("version", "Connector").value("server");
            server.add(spot.tomcat(document, connector, format!("server=\"{name}\"")));
        }
    }
    // Without the valve error pages tell the version.
    for host in document.root.named("Host") {
        let hides = host.named("Valve").any(|valve| {
            let is_report =
                valve.attribute("className").is_some_and(|name| name.ends_with("ErrorReportValve"));
            is_report && is(valve.attribute("showServerInfo"), "false")
        });
        if !hides {
            let name = format!("Host {}", host.attribute("name").unwrap_or("_"));
            server.add(Spot::new("version-by-default", name).tomcat(document, host, ""));
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "version" => (Weight::Bad, "version"),
        "version-by-default" => (Weight::Bad, "version-by-default"),
        _ => (Weight::Bad, "signature"),
    })
}
