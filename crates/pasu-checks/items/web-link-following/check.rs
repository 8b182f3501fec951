//! Symbolic links that nginx and Apache follow.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::{Apache, OptionSet};
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
        match tree.effective(at, "disable_symlinks") {
            Some(found) if found.value() == "if_not_owner" => {
                server.add(Spot::new("owner", tree.named(at)).nginx(found));
            }
            Some(found) if found.value() == "off" => {
                server.add(Spot::new("follows", tree.named(at)).nginx(found));
            }
            Some(_) => {}
            None => {
                let around = tree.server_of(at).unwrap_or(at);
                let Some(block) = tree.blocks.get(around) else { continue };
                let spot = Spot::new("follows-by-default", tree.named(around)).at(block.place());
                let http = tree.around(at, "http").map(|http| Handle::Nginx(http.head()));
                server.add(http.into_iter().fold(spot, Spot::near));
            }
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for place in apache.places.iter().filter(|place| place.is_served) {
        let (set, giver) = place.options(config, OptionSet::FOLLOW);
        let (_, owner) = place.options(config, OptionSet::OWNER);
        if set.has(OptionSet::FOLLOW) {
            let spot = match giver {
                Some(giver) => Spot::new("follows", &place.name).apache(giver),
                None => {
                    let Some(section) = config.sections.get(place.server) else { continue };
                    Spot::new("follows-by-default", &place.name).at(section.place())
                }
            };
            server.add(spot);
        } else if let (true, Some(owner)) = (set.has(OptionSet::OWNER), owner) {
            server.add(Spot::new("owner", &place.name).apache(owner));
        }
    }
    apache.places_unseen.iter().for_each(|cause| server.unseen(cause.clone()));
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.context_documents() {
        for element in document.root.all() {
            let allows = element.attribute("allowLinking").map(str::trim);
            if allows.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
                server.add(Spot::new("follows", &element.name).tomcat(
                    document,
                    element,
                    "allowLinking=\"true\"",
                ));
            }
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "follows" => (Weight::Bad, "follows"),
        "follows-by-default" => (Weight::Bad, "follows-by-default"),
        _ => (Weight::Warning, "owner"),
    })
}
