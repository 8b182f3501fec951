//! Proxy settings of nginx and Apache.

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

/// Variables of nginx that a request fills.
const OF_REQUEST: [&str; 9] =
    ["$http_", "$host", "$arg_", "$cookie_", "$query_string", "$args", "$1", "$2", "$3"];

pub fn collect(host: &Host, _params: &Params) -> Result<WebFacts, Cause> {
    web::collect_all(host, nginx, apache, tomcat)
}

/// Whether the part of a target that names the server comes from the request.
fn is_controlled(target: &str) -> bool {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    // These two begin with a slash: what stands before them is the server.
    let end = ["/", "$request_uri", "$uri"].iter().filter_map(|mark| rest.find(mark)).min();
    let authority = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
    authority.is_empty() || OF_REQUEST.iter().any(|name| authority.contains(name))
}

fn nginx(nginx: &Nginx, server: &mut ServerFacts) {
    let tree = &nginx.tree;
    for at in tree.endpoints() {
        let Some(pass) = tree.blocks.get(at).and_then(|block| block.own("proxy_pass")) else {
            continue;
        };
        let sort = if is_controlled(pass.value()) { "controlled" } else { "entry" };
        server.add(Spot::new(sort, tree.named(at)).value(pass.value()).nginx(pass));
    }
}

fn apache(apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    for at in config.servers().filter(|at| config.is_served(*at)) {
        if let Some(on) = config.server_value(at, "proxyrequests").filter(|found| found.is("on")) {
            let sort = if is_restricted(config, at) { "restricted" } else { "open" };
            server.add(Spot::new(sort, config.named(at)).apache(on));
        }
    }
    for name in ["proxypass", "proxypassmatch"] {
        for (at, pass) in config.everywhere(name) {
            let target =
                pass.arguments.iter().find(|word| word.contains("://") || word.contains("unix:"));
            if let Some(target) = target {
                let sort = if name == "proxypassmatch" && has_captured_server(target) {
                    "controlled"
                } else {
                    "entry"
                };
                server.add(Spot::new(sort, config.named(at)).value(target).apache(pass));
            }
        }
    }
    for (at, rule) in config.everywhere("rewriterule") {
        let flags = rule.arguments.get(2).map_or("", String::as_str).trim_matches(['[', ']']);
        let is_proxy = flags
            .split(',')
            .any(|flag| matches!(flag.trim().to_ascii_lowercase().as_str(), "p" | "proxy"));
        if let (true, Some(target)) = (is_proxy, rule.arguments.get(1)) {
            let sort = if has_captured_server(target) { "controlled" } else { "entry" };
            server.add(Spot::new(sort, config.named(at)).value(target).apache(rule));
        }
    }
}

/// Whether the server of a target is taken from the request: `http://%{HTTP_HOST}/`, `http://$1/`.
fn has_captured_server(target: &str) -> bool {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.contains(['$', '%'])
}

/// Whether `<Proxy *>` asks for more than `Require all granted`.
fn is_restricted(config: &crate::host::apache::Config, server: usize) -> bool {
    let all = config.sections.iter().enumerate().filter(|(at, section)| {
        section.kind == "proxy"
            && section.arguments.first().is_some_and(|path| path == "*")
            && [0, server].contains(&config.server_of(*at))
    });
    let granted = |words: &[String]| {
        words.iter().map(|word| word.to_ascii_lowercase()).eq(["all", "granted"])
    };
    let mut requires = all.flat_map(|(_, section)| section.all("require")).peekable();
    requires.peek().is_some() && !requires.any(|require| granted(&require.arguments))
}

fn tomcat(tomcat: &Instance, server: &mut ServerFacts) {
    let Some(document) = &tomcat.server else { return };
    for connector in document.root.named("Connector") {
        if let Some(name) =
            connector.attribute("proxyName").or_else(|| connector.attribute("proxyPort"))
        {
            server.add(Spot::new("entry", "Connector").value(name).tomcat(document, connector, ""));
        }
    }
    for valve in document.root.named("Valve") {
        let class = valve.attribute("className").unwrap_or_default();
        if class.ends_with("RemoteIpValve") {
            server.add(Spot::new("entry", "Valve").value(class).tomcat(document, valve, ""));
        }
    }
}

pub fn judge(facts: &WebFacts, _params: &Params) -> Judgement {
    web::judge(facts, "none", |_, spot| match spot.sort.as_str() {
        "open" => (Weight::Bad, "open"),
        "controlled" => (Weight::Bad, "controlled"),
        "restricted" => (Weight::Ask, "restricted"),
        _ => (Weight::Ask, "entry"),
    })
}
