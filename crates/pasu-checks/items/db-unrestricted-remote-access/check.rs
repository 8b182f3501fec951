//! From where databases can be reached: `listen_addresses`, `pg_hba.conf`, `bind-address` and the listeners.

mod fix;
pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::mysql::{Flavour, MysqlServer};
use crate::host::postgresql::{Cluster, HbaLine};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many lines are kept.
const MAX_LINES: usize = 200;

const ACCOUNTS: &str =
    "SELECT user, host FROM mysql.user WHERE host NOT IN ('localhost', '127.0.0.1', '::1')";

/// From where each server can be reached.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    clusters: Vec<ClusterFacts>,
    servers: Vec<ServerFacts>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ClusterFacts {
    name: String,
    listen: String,
    /// Listeners of the running server that others reach.
    listeners: Vec<String>,
    open: Vec<OpenLine>,
    unseen: Vec<Cause>,
}

/// A line that takes any address, and what stands there.
#[derive(Debug, Serialize, Deserialize)]
struct OpenLine {
    line: HbaLine,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct ServerFacts {
    name: String,
    /// `bind_address = *`, and what else others reach.
    reachable: Vec<String>,
    bind: String,
    unseen: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let postgresql = host.postgresql()?;
    let mut facts =
        Facts { clusters: Vec::new(), servers: Vec::new(), unseen: postgresql.unseen.clone() };
    for cluster in &postgresql.clusters {
        facts.clusters.push(cluster_facts(host, cluster)?);
    }
    for server in &host.mysql()?.servers {
        facts.servers.push(server_facts(host, server)?);
    }
    Ok(facts)
}

fn cluster_facts(host: &Host, cluster: &Cluster) -> Result<ClusterFacts, Cause> {
    let open = cluster.reachable_lines().filter(|line| line.is_open() && line.admits());
    Ok(ClusterFacts {
        name: cluster.shown(),
        listen: cluster.value("listen_addresses", "localhost").to_owned(),
        listeners: reached(host, cluster.process)?,
        open: open.take(MAX_LINES).map(|line| open_line(host, line)).collect::<Result<_, _>>()?,
        unseen: cluster.all_unseen().cloned().collect(),
    })
}

fn open_line(host: &Host, line: &HbaLine) -> Result<OpenLine, Cause> {
    let mut text = String::new();
    if let Place::File { path, line: Some(number) } = &line.place
        && let Some(file) = host.text(path)?
    {
        let found = file.numbered().find(|(at, _)| at == number);
        text = found.map(|(_, text)| text.to_owned()).unwrap_or_default();
    }
    Ok(OpenLine { line: line.clone(), text })
}

fn server_facts(host: &Host, server: &MysqlServer) -> Result<ServerFacts, Cause> {
    let is_on = |name: &str| server.flag(name).is_none_or(|(on, _)| on);
    let bind = server.value("bind_address", "*");
    let mut reachable = Vec::new();
    if is_on("networking") && !is_local(bind) {
        reachable.push(format!("bind_address = {bind}"));
    }
    // MySQL 8 has a second protocol, which does not heed the first one's address.
    let version = server.version.as_ref().and_then(|text| text.split('.').next()?.parse().ok());
    let has_x = server.flavour == Flavour::Mysql && version.is_none_or(|major: u32| major >= 8);
    let x_bind = server.value("mysqlx_bind_address", "*");
    if has_x && is_on("mysqlx") && is_on("networking") && !is_local(x_bind) {
        reachable.push(format!("mysqlx_bind_address = {x_bind}"));
    }
    reachable.extend(reached(host, server.process)?);
    let bind = if is_on("networking") { bind } else { "skip_networking" }.to_owned();
    Ok(ServerFacts { name: server.shown(), reachable, bind, unseen: server.unseen.clone() })
}

/// Whether every address of a list is this host's own.
fn is_local(addresses: &str) -> bool {
    addresses.split(',').map(str::trim).all(|address| {
        // `::1%lo` or `127.0.0.1/namespace`.
        let address = address.split(['%', '/']).next().unwrap_or_default();
        address.is_empty()
            || address == "localhost"
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// The TCP listeners of a process that others reach.
fn reached(host: &Host, process: Option<(u32, u32)>) -> Result<Vec<String>, Cause> {
    let Some((pid, _)) = process else { return Ok(Vec::new()) };
    let listeners = host.listeners()?;
    let own = listeners.iter().filter(|listener| {
        listener.pids.contains(&pid)
            && !listener.is_loopback()
            && listener.protocol == crate::host::sockets::Protocol::Tcp
    });
    Ok(own.map(|listener| listener.shown()).collect())
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.clusters.is_empty() && facts.servers.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("database-absent"));
    }
    let mut judgement = Judgement::new();
    for cluster in &facts.clusters {
        judge_cluster(cluster, &mut judgement);
    }
    for server in &facts.servers {
        judge_server(server, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}

fn judge_cluster(cluster: &ClusterFacts, judgement: &mut Judgement) {
    let say = |key: &'static str| {
        let said = reason(key).arg("name", &cluster.name).arg("value", &cluster.listen);
        said.arg("option", "listen_addresses")
    };
    if is_local(&cluster.listen) && cluster.listeners.is_empty() {
        judgement.good(say("local-only"));
    } else if cluster.open.is_empty() {
        judgement.good(say("limited"));
    } else {
        for OpenLine { line, .. } in &cluster.open {
            judgement.bad(say("any-address").at(line.place.clone()).excerpt(&line.shown()));
        }
    }
    for cause in &cluster.unseen {
        judgement.unseen(cause);
    }
}

fn judge_server(server: &ServerFacts, judgement: &mut Judgement) {
    let name = &server.name;
    for what in &server.reachable {
        judgement.ask(reason("reachable").arg("name", name).arg("what", what));
    }
    if server.reachable.is_empty() {
        let good = reason("local-only").arg("name", name).arg("option", "bind_address");
        judgement.good(good.arg("value", &server.bind));
    } else {
        judgement.ask(reason("database-query").arg("name", name).arg("query", ACCOUNTS));
    }
    for cause in &server.unseen {
        judgement.unseen(cause);
    }
}
