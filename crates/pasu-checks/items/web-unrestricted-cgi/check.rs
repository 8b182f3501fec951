//! CGI programs and what nginx and Apache let run.

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
        let Some(block) = tree.blocks.get(at) else { continue };
        let passes = ["fastcgi_pass", "scgi_pass", "uwsgi_pass"];
        let Some(pass) = passes.into_iter().find_map(|name| block.own(name)) else { continue };
        // `location ~ \.php$` and `~ ^/(.+\.php)$` take any path; `~ ^/cgi-bin/` one directory.
        let pattern = match block.arguments.as_slice() {
            [sign, pattern] if sign.starts_with('~') => Some(pattern),
            _ => None,
        };
        let names_folder = |pattern: &String| {
            let rest = pattern.strip_prefix("^/");
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        let takes_any = pattern.is_some_and(|pattern| !names_folder(pattern));
        let sort = if takes_any && !checks_file(tree, at) { "extension" } else { "limited" };
        let value = block.arguments.join(" ");
        let spot = Spot::new(sort, tree.named(at)).value(value).nginx(pass);
        server.add(spot.near(Handle::Nginx(block.head())));
    }
}

/// Whether a location asks for the file before it hands it over: `try_files $uri =404;` or `if (!-f …)`.
fn checks_file(tree: &crate::host::nginx::Tree, at: usize) -> bool {
    let Some(block) = tree.blocks.get(at) else { return false };
    let asks = |inner: &crate::host::nginx::Block| {
        inner.parent == Some(at) && inner.name == "if" && inner.arguments.join(" ").contains("!-f")
    };
    block.own("try_files").is_some() || tree.blocks.iter().skip(at).any(asks)
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let modules = ["cgi", "cgid", "fcgid"];
    if !modules.into_iter().any(|name| config.may_have_module(name)) {
        return;
    }
    let mut designated = Vec::new();
    for at in config.servers() {
        let root =
            config.server_value(at, "documentroot").map(|root| config.absolute(root.value()));
        for alias in config.server_values(at, "scriptalias") {
            let Some(target) = alias.arguments.last().map(|target| config.absolute(target)) else {
                continue;
            };
            let below = |root: &String| *root == target || root.starts_with(&format!("{target}/"));
            let sort =
                if root.as_ref().is_some_and(below) || alias.is("/") { "alias" } else { "limited" };
            server.add(Spot::new(sort, config.named(at)).value(&target).apache(alias));
            designated.push(target);
        }
    }
    for place in &apache.places {
        let (set, giver) = place.options(config, OptionSet::CGI);
        let (true, Some(giver)) = (set.has(OptionSet::CGI), giver) else { continue };
        let is_designated = place.folder.as_ref().is_some_and(|folder| {
            designated.contains(folder)
                || folder.rsplit('/').next().is_some_and(|name| name.contains("cgi"))
        });
        let sort = match (is_designated, place.is_served) {
            (true, _) => "limited",
            (false, true) => "exec",
            (false, false) => "unserved",
        };
        let folder = place.folder.clone().unwrap_or_default();
        server.add(Spot::new(sort, &place.name).value(folder).apache(giver));
    }
    apache.places_unseen.iter().for_each(|cause| server.unseen(cause.clone()));
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.web_documents() {
        for servlet in document.root.named("servlet") {
            let class = servlet.child_text("servlet-class").trim();
            let name = servlet.child_text("servlet-name").trim();
            let mut mappings = document.root.named("servlet-mapping");
            let mapping =
                mappings.find(|mapping| mapping.child_text("servlet-name").trim() == name);
            if let (true, Some(mapping)) = (class.ends_with("CGIServlet"), mapping) {
                server.add(Spot::new("exec", "CGIServlet").tomcat(
                    document,
                    mapping,
                    mapping.child_text("url-pattern"),
                ));
            }
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "extension" => (Weight::Bad, "extension"),
        "exec" => (Weight::Bad, "exec"),
        "alias" => (Weight::Bad, "alias"),
        "limited" => (Weight::Note, "limited"),
        _ => (Weight::Warning, "unserved"),
    })
}
