//! Error pages of nginx, Apache and Tomcat.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::{Apache, Config, Directive};
use crate::host::nginx::Nginx;
use crate::host::tomcat::Instance;
use crate::host::web::{self, Handle, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;
use std::collections::{BTreeMap, BTreeSet};

/// The page of our own in nginx.
const PAGE: &str = "/pasu-error.html";

pub fn collect(host: &Host, params: &Params) -> Result<WebFacts, Cause> {
    let codes: BTreeSet<String> = params.integers("codes").map(|code| code.to_string()).collect();
    web::collect_all(
        host,
        |found, server| nginx(&codes, found, server),
        |found, server| apache(&codes, found, server),
        |found, server| tomcat(&codes, found, server),
    )
}

fn missing(codes: &BTreeSet<String>, set: &BTreeSet<String>) -> Option<String> {
    let left: Vec<&str> = codes.difference(set).map(String::as_str).collect();
    (!left.is_empty()).then(|| left.join(", "))
}

fn nginx(codes: &BTreeSet<String>, nginx: &Nginx, server: &mut ServerFacts) {
    let tree = &nginx.tree;
    for at in tree.endpoints() {
        let Some(block) = tree.blocks.get(at) else { continue };
        let around = tree.server_of(at).and_then(|at| tree.blocks.get(at));
        // What is always sent elsewhere shows no page.
        let is_redirect = |block: &crate::host::nginx::Block| block.own("return").is_some();
        let is_condition = matches!(block.name.as_str(), "if" | "limit_except");
        if is_condition || is_redirect(block) || around.is_some_and(is_redirect) {
            continue;
        }
        let pages = tree.effective_all(at, "error_page");
        let set = pages.iter().flat_map(|page| page.arguments.iter().cloned()).collect();
        if let Some(left) = missing(codes, &set) {
            let spot = match pages.first() {
                Some(page) => Spot::new("missing", tree.named(at)).nginx(page),
                None => Spot::new("missing", tree.named(at)).at(around.unwrap_or(block).place()),
            };
            let holder = tree.chain(at).find(|block| block.own("error_page").is_some());
            let blocks = holder.or(around).into_iter().chain(around);
            let blocks = blocks.map(|block| Handle::Nginx(block.head()));
            server.add(blocks.fold(spot.value(left), Spot::near));
        }
    }
}

fn apache(codes: &BTreeSet<String>, apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for at in config.servers().filter(|at| config.is_served(*at)) {
        let Some(section) = config.sections.get(at) else { continue };
        if section.all("redirect").any(|redirect| redirect.arguments.iter().any(|path| path == "/"))
        {
            continue;
        }
        let root =
            config.content(at).first().map_or_else(|| "/".to_owned(), |(path, _)| path.clone());
        let mut set = BTreeSet::new();
        let mut taken: BTreeMap<&str, &Directive> = BTreeMap::new();
        let place = config.at(at, &root);
        for page in place.sections(config).flat_map(|section| section.all("errordocument")) {
            let [code, target, ..] = page.arguments.as_slice() else { continue };
            if target.eq_ignore_ascii_case("default") {
                set.remove(code);
                taken.insert(code, page);
            } else {
                set.insert(code.clone());
            }
        }
        if let Some(left) = missing(codes, &set) {
            let taken = taken.into_iter().filter(|(code, _)| !set.contains(*code));
            let taken = taken.map(|(code, page)| taken_back(config, code, page));
            let spot = Spot::new("missing", config.named(at)).value(left).at(section.place());
            server.add(taken.fold(spot, Spot::near));
        }
    }
}

/// `ErrorDocument 404 default`; the code is kept where the main server has a page for it.
fn taken_back(config: &Config, code: &str, page: &Directive) -> Handle {
    let mut head = page.head();
    let main = config.sections.first().into_iter().flat_map(|main| main.all("errordocument"));
    let last = main.filter(|one| one.value() == code).last();
    if last
        .is_some_and(|one| !one.arguments.iter().any(|word| word.eq_ignore_ascii_case("default")))
    {
        head.words.push(code.to_owned());
    }
    Handle::Apache(head)
}

fn tomcat(codes: &BTreeSet<String>, tomcat: &Instance, server: &mut ServerFacts) {
    let of = |document: &Option<crate::host::tomcat::Document>| -> BTreeSet<String> {
        let pages = document.iter().flat_map(|document| document.root.named("error-page"));
        pages.map(|page| page.child_text("error-code").trim().to_owned()).collect()
    };
    let mut base = of(&tomcat.web);
    for valve in tomcat.server.iter().flat_map(|document| document.root.named("Valve")) {
        let has = |code: &&String| valve.attribute(&format!("errorCode.{code}")).is_some();
        base.extend(codes.iter().filter(has).cloned());
    }
    let place = |path: String| pasu_model::Place::File { path, line: None };
    let hosts: Vec<Handle> = tomcat
        .server
        .iter()
        .flat_map(|document| {
            document.root.named("Host").filter_map(|host| document.head(host).map(Handle::Xml))
        })
        .collect();
    let unpacked = tomcat.applications.iter().filter(|application| !application.packed);
    let mut applications = unpacked.peekable();
    let left = missing(codes, &base).filter(|_| applications.peek().is_none());
    if let Some(left) = left {
        let file = place(format!("{}/web.xml", tomcat.conf));
        let spot = Spot::new("missing", "Tomcat").value(left).at(file);
        server.add(hosts.iter().cloned().fold(spot, Spot::near));
    }
    for application in applications {
        let mut set = of(&application.web);
        set.extend(base.iter().cloned());
        if let Some(left) = missing(codes, &set) {
            let file = place(format!("{}/WEB-INF/web.xml", application.folder));
            let spot = Spot::new("missing", &application.name).value(left).at(file);
            server.add(hosts.iter().cloned().fold(spot, Spot::near));
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, _| (Weight::Bad, "missing"))
}
