//! Listings of directories by nginx and Apache.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::{Apache, OptionSet};
use crate::host::nginx::Nginx;
use crate::host::tomcat::Instance;
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    for at in nginx.tree.endpoints() {
        for name in ["autoindex", "fancyindex"] {
            let on = nginx.tree.effective(at, name).filter(|found| found.value() == "on");
            if let Some(directive) = on {
                server.add(Spot::new("listing", nginx.tree.named(at)).nginx(directive));
            }
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    if !apache.config.may_have_module("autoindex") {
        return;
    }
    for place in &apache.places {
        let (set, giver) = place.options(&apache.config, OptionSet::INDEXES);
        if let (true, Some(giver)) = (set.has(OptionSet::INDEXES), giver) {
            let sort = if place.is_served { "listing" } else { "unserved" };
            server.add(Spot::new(sort, &place.name).apache(giver));
        }
    }
    apache.places_unseen.iter().for_each(|cause| server.unseen(cause.clone()));
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.web_documents() {
        for parameter in document.root.named("init-param") {
            let is_on = parameter.child_text("param-value").trim().eq_ignore_ascii_case("true");
            if is_on && parameter.child_text("param-name").trim() == "listings" {
                server.add(Spot::new("listing", "DefaultServlet").tomcat(
                    document,
                    parameter,
                    "listings = true",
                ));
            }
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "listing" => (Weight::Bad, "listing"),
        _ => (Weight::Warning, "unserved"),
    })
}
