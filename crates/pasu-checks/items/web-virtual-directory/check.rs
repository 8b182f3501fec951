//! Virtual directories of nginx, Apache and Tomcat.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::apache::Apache;
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
    for (path, at, directive) in nginx.content() {
        if directive.name == "alias" {
            server.add(Spot::new("entry", nginx.tree.named(at)).value(path).nginx(directive));
        }
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for name in ["alias", "aliasmatch", "scriptalias", "scriptaliasmatch"] {
        for (at, alias) in config.everywhere(name) {
            let value = alias.arguments.join(" → ");
            let target = alias.arguments.last().map_or("", String::as_str);
            let vendor = [
                "/usr/share/apache2/icons",
                "/usr/share/httpd/icons",
                "/usr/lib/cgi-bin",
                "/usr/share/javascript",
                "/usr/share/httpd/noindex",
                "/var/www/cgi-bin",
                "/usr/local/apache2/cgi-bin",
                "/usr/local/apache2/icons",
            ];
            let sort = if [
                "/usr/share/doc/apache2-doc",
                "/usr/share/httpd/manual",
                "/usr/local/apache2/manual",
            ]
            .iter()
            .any(|path| target.starts_with(path))
            {
                "manual"
            } else if vendor.iter().any(|path| target.starts_with(path)) {
                "vendor"
            } else {
                "entry"
            };
            server.add(Spot::new(sort, config.named(at)).value(value).apache(alias));
        }
    }
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    for document in tomcat.server.iter().chain(&tomcat.descriptors) {
        for context in document.root.named("Context") {
            // A descriptor's file name is its path.
            let file = document.path.rsplit('/').next().unwrap_or_default();
            let path = context.attribute("path").unwrap_or(file);
            let target = context.attribute("docBase").unwrap_or("appBase");
            let value = format!("{path} → {target}");
            server.add(Spot::new("entry", "Context").value(value).tomcat(document, context, ""));
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "manual" => (Weight::Bad, "manual"),
        "vendor" => (Weight::Ask, "vendor"),
        _ => (Weight::Ask, "entry"),
    })
}
