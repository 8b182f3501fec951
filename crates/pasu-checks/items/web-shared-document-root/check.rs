//! Document roots of nginx, Apache and Tomcat.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
use crate::host::nginx::Nginx;
use crate::host::tomcat::{Document, Instance};
use crate::host::web::{self, ServerFacts, Spot, WebFacts};
use crate::judgement::Judgement;
use crate::params::Params;
use pasu_model::Weight;

/// Where packages put their first pages, and what stands above.
const DEFAULTS: [&str; 12] = [
    "/usr/share/nginx/html",
    "/usr/share/nginx",
    "/usr/local/nginx/html",
    "/etc/nginx/html",
    "/opt/nginx/html",
    "/var/www/html",
    "/var/www",
    "/var/www/localhost/htdocs",
    "/srv/www/htdocs",
    "/usr/local/apache2/htdocs",
    "/usr/local/apache/htdocs",
    "/usr/share/httpd/noindex",
];

/// Paths of the system and of other services.
const SYSTEM: [&str; 14] = [
    "/",
    "/etc",
    "/home",
    "/usr",
    "/var",
    "/root",
    "/opt",
    "/srv",
    "/tmp",
    "/usr/share",
    "/usr/local",
    "/var/lib",
    "/var/log",
    "/var/tmp",
];

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
}

fn sort_of(path: &str) -> &'static str {
    if SYSTEM.contains(&path) {
        "system"
    } else if DEFAULTS.contains(&path) {
        "default"
    } else {
        "own"
    }
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    let tree = &nginx.tree;
    for (path, at, directive) in nginx.content() {
        server.add(Spot::new(sort_of(&path), tree.named(at)).value(path).nginx(directive));
    }
    // Without a root nginx serves its own directory.
    for at in tree.endpoints() {
        let Some(block) = tree.blocks.get(at) else { continue };
        let passes = block
            .directives
            .iter()
            .any(|found| found.name == "return" || found.name.ends_with("_pass"));
        let has_root = block.own("alias").is_some() || tree.effective(at, "root").is_some();
        let around = tree.server_of(at).and_then(|at| tree.blocks.get(at));
        let answers = around.is_none_or(|server| server.own("return").is_none());
        if !passes && !has_root && answers && matches!(block.name.as_str(), "server" | "location") {
            server.add(
                Spot::new("default", tree.named(at))
                    .value(nginx.absolute("html"))
                    .at(block.place()),
            );
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for at in config.servers().filter(|at| config.is_served(*at)) {
        let Some(root) = config.server_value(at, "documentroot") else { continue };
        let path = config.absolute(root.value());
        server.add(Spot::new(sort_of(&path), config.named(at)).value(path).apache(root));
    }
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    if let Some(document) = &tomcat.server {
        for host in document.root.named("Host") {
            let written = host.attribute("appBase").unwrap_or("webapps");
            let path = tomcat.path(written);
            let sort =
                if path == format!("{}/webapps", tomcat.base) { "default" } else { sort_of(&path) };
            let name = format!("Host {}", host.attribute("name").unwrap_or("_"));
            server.add(Spot::new(sort, name).value(path).tomcat(
                document,
                host,
                format!("appBase=\"{written}\""),
            ));
        }
    }
    // Tomcat does not look at the docBase of a `META-INF/context.xml`, which lies in the application itself.
    let outside = |document: &&Document| !document.path.ends_with("/META-INF/context.xml");
    for document in tomcat.context_documents().filter(outside) {
        for context in document.root.named("Context") {
            let Some(written) = context.attribute("docBase").filter(|path| path.starts_with('/'))
            else {
                continue;
            };
            let path = tomcat.path(written);
            let name = format!("Context {}", context.attribute("path").unwrap_or("_"));
            server.add(Spot::new(sort_of(&path), name).value(path).tomcat(
                document,
                context,
                format!("docBase=\"{written}\""),
            ));
        }
    }
}

pub fn judge(facts: &WebFacts, params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "system" => (Weight::Bad, "system"),
        "default" if params.flag("default_path_is_bad") => (Weight::Bad, "default"),
        "default" => (Weight::Warning, "default"),
        _ => (Weight::Note, "own"),
    })
}
