//! The line that tells the version is changed where it stands; without one, a line is added for the whole server.

use crate::fix::web::{add, add_to_apache, each, set};
use crate::fix::{Edit, Fix, XmlChange};
use crate::host::web::{Handle, ServerFacts, Spot, WebFacts};
use crate::params::Params;

const VALVE: &str = "org.apache.catalina.valves.ErrorReportValve";

pub fn plan(facts: &WebFacts, _params: &Params) -> Fix {
    each(facts, |server, spot, fix| match (server.product.as_str(), spot.sort.as_str()) {
        ("nginx", "version") => set(fix, spot, "off"),
        ("nginx", _) => add(fix, spot, "server_tokens off;"),
        ("Apache", "version") => set(fix, spot, "Prod"),
        ("Apache", "version-by-default") => apache(fix, server),
        ("Apache", _) => set(fix, spot, "Off"),
        _ => tomcat(fix, spot),
    })
}

fn apache(fix: &mut Fix, server: &ServerFacts) {
    add_to_apache(fix, server, vec!["ServerTokens Prod".to_owned()]);
}

/// Newer ones send no name unless one is set; older ones need another in its place.
fn tomcat(fix: &mut Fix, spot: &Spot) {
    let Some(Handle::Xml(at)) = &spot.handle else { return };
    let attribute = |name: &str, value: &str| XmlChange::Attribute {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let valve = |name: &str| XmlChange::Valve {
        class: VALVE.to_owned(),
        name: name.to_owned(),
        value: "false".to_owned(),
    };
    let changes = match spot.value.as_str() {
        "xpoweredBy" => vec![attribute("xpoweredBy", "false")],
        "server" => vec![attribute("server", "Server")],
        _ => vec![valve("showReport"), valve("showServerInfo")],
    };
    fix.extend(changes.into_iter().map(|change| Edit::Xml { at: at.clone(), change }));
}
