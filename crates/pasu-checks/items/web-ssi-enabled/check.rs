//! Server Side Includes of nginx and Apache.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::fix::ElementHead;
use crate::host::Host;
use crate::host::apache::{Apache, OptionSet};
use crate::host::nginx::Nginx;
use crate::host::tomcat::{Document, Element, Instance};
use crate::host::web::{self, Handle, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    for at in nginx.tree.endpoints() {
        let on = nginx.tree.effective(at, "ssi").filter(|found| found.value() == "on");
        if let Some(directive) = on {
            server.add(Spot::new("ssi", nginx.tree.named(at)).nginx(directive));
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    if !apache.config.may_have_module("include") {
        return;
    }
    for place in &apache.places {
        let (set, giver) = place.options(&apache.config, OptionSet::INCLUDES);
        if let (true, Some(giver)) = (set.has(OptionSet::INCLUDES), giver) {
            let sort = if place.is_served { "ssi" } else { "unserved" };
            server.add(Spot::new(sort, &place.name).apache(giver));
        }
    }
    apache.places_unseen.iter().for_each(|cause| server.unseen(cause.clone()));
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.web_documents() {
        for element in document.root.named("servlet").chain(document.root.named("filter")) {
            let class =
                [element.child_text("servlet-class"), element.child_text("filter-class")].concat();
            if class.contains(".ssi.") {
                let spot = Spot::new("ssi", &element.name).tomcat(document, element, class);
                let mappings = mappings(document, element).map(Handle::Xml);
                server.add(mappings.fold(spot, Spot::near));
            }
        }
    }
}

/// The mappings of a servlet or filter.
fn mappings<'a>(
    document: &'a Document,
    element: &'a Element,
) -> impl Iterator<Item = ElementHead> + 'a {
    let key = format!("{}-name", element.name);
    let kind = format!("{}-mapping", element.name);
    let name = element.child_text(&key).to_owned();
    let all = document.root.all().into_iter();
    let own = all.filter(move |one| one.name == kind && one.child_text(&key) == name);
    own.filter_map(|mapping| document.head(mapping))
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "ssi" => (Weight::Bad, "ssi"),
        _ => (Weight::Warning, "unserved"),
    })
}
