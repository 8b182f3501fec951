//! Web servers for which a security update waits, or whose version is no longer supported.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::updates::{PackageUpdates, judge_packages};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

const NGINX: [&str; 6] =
    ["nginx", "nginx-core", "nginx-light", "nginx-full", "nginx-extras", "openresty"];
const APACHE: [&str; 4] = ["apache2", "httpd", "httpd-core", "apache2-bin"];
const TOMCAT: [&str; 6] = ["tomcat", "tomcat8", "tomcat9", "tomcat10", "tomcat11", "tomcat7"];

/// Branches that get no more fixes from their makers.
const ENDED: [&str; 11] = [
    "tomcat-6.",
    "tomcat-7.",
    "tomcat-8.",
    "tomcat-10.0.",
    "tomcat7 ",
    "tomcat8 ",
    "httpd 2.2.",
    "apache2 2.2.",
    "tomcat 7.",
    "tomcat 8.",
    "tomcat 10.0.",
];

/// The servers that are installed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    servers: Vec<Server>,
    unseen: Vec<Cause>,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
struct Server {
    product: String,
    path: String,
    updates: Result<PackageUpdates, Cause>,
    /// `tomcat8 8.5.39-1`, or a folder such as `/opt/apache-tomcat-8.5.100`.
    ended: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let web = host.web()?;
    let tomcat = host.tomcat()?;
    let mut servers = Vec::new();
    // Instances of one product share its packages.
    if let Some(nginx) = web.nginx.first() {
        servers.push(server(host, "nginx", &nginx.path, &NGINX));
    }
    if let Some(apache) = web.apache.first() {
        servers.push(server(host, "Apache", &apache.path, &APACHE));
    }
    for (at, instance) in tomcat.instances.iter().enumerate() {
        let mut found = server(host, "Tomcat", &instance.base, &TOMCAT);
        if ENDED.iter().any(|ended| instance.base.contains(ended)) {
            found.ended.push(instance.base.clone());
        }
        if at == 0 || !found.ended.is_empty() {
            servers.push(found);
        }
    }
    Ok(Facts { servers, unseen: tomcat.unseen.clone() })
}

fn server(host: &Host, product: &str, path: &str, names: &[&str]) -> Server {
    let updates = host.updates_of(names);
    let installed = updates.iter().flat_map(|updates| &updates.installed);
    let without_epoch = |shown: &String| match shown.split_once(' ') {
        Some((name, version)) => {
            format!("{name} {}", version.split_once(':').map_or(version, |(_, version)| version))
        }
        None => shown.clone(),
    };
    let installed = installed.map(without_epoch);
    let ended =
        installed.filter(|shown| ENDED.iter().any(|ended| shown.starts_with(ended))).collect();
    Server { product: product.to_owned(), path: path.to_owned(), ended, updates }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.servers.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("web-none"));
    }
    let mut judgement = Judgement::new();
    facts.unseen.iter().for_each(|cause| judgement.unseen(cause));
    for server in &facts.servers {
        for ended in &server.ended {
            judgement.bad(reason("end-of-life").arg("what", ended).file(&server.path));
        }
        match &server.updates {
            Ok(updates) if updates.package_count == 0 => {
                judgement.ask(reason("foreign").arg("product", &server.product).file(&server.path));
            }
            Ok(updates) => {
                judge_packages(&mut judgement, updates, params.integer("max_advisory_age_days"));
                judgement.ask(reason("policy").arg("product", &server.product).file(&server.path));
            }
            Err(cause) => judgement.unseen(cause),
        }
    }
    judgement
}
