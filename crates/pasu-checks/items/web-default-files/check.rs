//! Default files and samples in what web servers publish.

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
use std::collections::BTreeSet;

/// Words of vendors' first pages.
const MARKS: [&str; 8] = [
    "Welcome to nginx!",
    "Faithfully yours, nginx",
    "Test Page for the Nginx HTTP Server",
    "Apache2 Debian Default Page",
    "Apache2 Ubuntu Default Page",
    "Test Page for the HTTP Server",
    "HTTP Server Test Page",
    "<h1>It works!</h1>",
];

/// Names of pages that vendors put into a root.
const PAGES: [&str; 6] =
    ["index.html", "index.htm", "index.nginx-debian.html", "50x.html", "404.html", "index.html.en"];

/// Names that are seldom meant to be published.
const CANDIDATES: [&str; 8] =
    [".git", ".svn", ".env", "phpinfo.php", "info.php", "test.php", "backup.zip", "index.html.bak"];

/// The largest page that is searched.
const MAX_PAGE: u64 = 256 << 10;

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(
        host,
        |found, server| nginx(host, found, server),
        |found, server| apache(host, found, server),
        |found, server| tomcat(host, found, server),
    )
}

fn spot(sort: &str, path: &str) -> Spot {
    Spot::new(sort, "")
        .value(path)
        .at(pasu_model::Place::File { path: path.to_owned(), line: None })
}

fn folder(host: &Host, root: &str, server: &mut ServerFacts) {
    for name in PAGES {
        let path = format!("{root}/{name}");
        match host.text_of(&path, MAX_PAGE) {
            Ok(Some(file)) => {
                let is_vendors = |line: &String| MARKS.iter().any(|mark| line.contains(mark));
                if name == "index.nginx-debian.html" || file.lines.iter().any(is_vendors) {
                    server.add(spot("page", &path));
                }
            }
            Ok(None) => {}
            // No vendor's page is that large.
            Err(cause) if cause.kind == crate::CauseKind::Limit => {}
            Err(cause) => server.unseen(cause),
        }
    }
    for name in CANDIDATES {
        exists(host, &format!("{root}/{name}"), "candidate", server);
    }
}

fn exists(host: &Host, path: &str, sort: &str, server: &mut ServerFacts) {
    match host.file(path) {
        Ok(Some(_)) => server.add(spot(sort, path)),
        Ok(None) => {}
        Err(cause) => server.unseen(cause),
    }
}

fn nginx(host: &Host, nginx: &Nginx, server: &mut ServerFacts) {
    let mut roots: BTreeSet<String> =
        nginx.content().into_iter().map(|(path, _, _)| path).collect();
    let tree = &nginx.tree;
    if tree.servers().any(|at| tree.effective(at, "root").is_none()) {
        roots.insert(nginx.absolute("html"));
    }
    for root in roots.iter().filter(|root| !root.contains('$')) {
        folder(host, root, server);
    }
}

fn apache(host: &Host, apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let mut roots = BTreeSet::new();
    for at in config.servers().filter(|at| config.is_served(*at)) {
        for (path, directive) in config.content(at) {
            match directive.name.as_str() {
                "scriptalias" => {
                    for name in
                        ["test-cgi", "printenv", "printenv.pl", "printenv.vbs", "printenv.wsf"]
                    {
                        exists(host, &format!("{path}/{name}"), "sample", server);
                    }
                }
                _ => {
                    roots.insert(path);
                }
            }
        }
    }
    roots.iter().for_each(|root| folder(host, root, server));
    for name in ["alias", "aliasmatch"] {
        for (_, alias) in config.everywhere(name) {
            let target = alias.arguments.last().map_or("", String::as_str);
            let is_manual = target.contains("apache2-doc")
                || target.contains("httpd/manual")
                || target.ends_with("apache2/manual");
            if is_manual {
                server.add(Spot::new("manual", "").value(target).apache(alias));
            } else if alias.value() == "/.noindex.html" {
                server.add(Spot::new("welcome", "").apache(alias));
            }
        }
    }
}

fn tomcat(host: &Host, tomcat: &Instance, server: &mut ServerFacts) {
    for application in &tomcat.applications {
        let name = application.name.trim_end_matches(".war");
        if matches!(
            name,
            "docs" | "examples" | "host-manager" | "manager" | "tomcat-docs" | "sample"
        ) {
            server.add(spot("application", &application.folder));
        } else if name == "ROOT" {
            for mark in ["tomcat.svg", "tomcat.png", "asf-logo-wide.svg", "RELEASE-NOTES.txt"] {
                exists(host, &format!("{}/{mark}", application.folder), "page", server);
            }
        }
    }
    for descriptor in &tomcat.descriptors {
        let name = descriptor.path.rsplit('/').next().unwrap_or_default();
        if matches!(name, "docs.xml" | "examples.xml" | "host-manager.xml" | "manager.xml") {
            server.add(spot("application", &descriptor.path));
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "page" => (Weight::Bad, "page"),
        "manual" => (Weight::Bad, "manual"),
        "welcome" => (Weight::Bad, "welcome"),
        "sample" => (Weight::Bad, "sample"),
        "application" => (Weight::Bad, "application"),
        _ => (Weight::Warning, "candidate"),
    })
}
