//! The account as which MySQL or MariaDB runs: `/proc/PID/status`, else `user=` and `User=`.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::mysql::MysqlServer;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Units that run it.
const UNITS: [&str; 3] = ["mysql.service", "mysqld.service", "mariadb.service"];

/// Who runs each server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    servers: Vec<Server>,
    /// Clusters of PostgreSQL, which are only told of.
    clusters: Vec<String>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Server {
    name: String,
    running: bool,
    /// Its account with the user number, if anything tells.
    account: Option<(String, Option<u32>)>,
    place: Option<Place>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mysql = host.mysql()?;
    let postgresql = host.postgresql()?;
    Ok(Facts {
        servers: mysql.servers.iter().map(|found| server(host, found)).collect::<Result<_, _>>()?,
        clusters: postgresql.clusters.iter().map(|cluster| cluster.shown()).collect(),
        unseen: mysql
            .servers
            .iter()
            .filter(|found| found.process.is_none())
            .flat_map(|found| found.unseen.clone())
            .collect(),
    })
}

fn server(host: &Host, found: &MysqlServer) -> Result<Server, Cause> {
    let mut server = Server { name: found.shown(), running: false, account: None, place: None };
    if let Some((_, uid)) = found.process {
        let name = if uid == 0 { "root".to_owned() } else { host.accounts()?.name_of(uid) };
        server.running = true;
        server.account = Some((name, Some(uid)));
        return Ok(server);
    }
    // The server leaves root for `user`; where the unit names an account, it never was root.
    let units = host.units()?;
    for unit in UNITS.iter().filter_map(|name| units.named(name)) {
        if let Some(user) = host.unit_values(unit, "Service", "User")?.pop() {
            server.account = Some((user.value, None));
            server.place = Some(user.place);
        }
    }
    if server.account.is_none() {
        let user = found.setting("user");
        server.account = user.map(|user| (user.value.clone(), None));
        server.place = user.map(|user| user.place.clone());
    }
    if let Some((name, uid)) = &mut server.account {
        let known = host.accounts()?.named(name).map(|account| account.uid);
        *uid = name.parse().ok().or(known).or((name == "root").then_some(0));
    }
    Ok(server)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = match (facts.servers.is_empty(), facts.clusters.is_empty()) {
        (true, true) => return Judgement::not_applicable(reason("database-absent")),
        (true, false) => Judgement::not_applicable(reason("database-none-meant")),
        _ => Judgement::new(),
    };
    for server in &facts.servers {
        let Some((account, uid)) = &server.account else {
            judgement.unseen(&Cause::not_running(format!("the account of {}", server.name)));
            continue;
        };
        let say = |key: &'static str| {
            let said = reason(key).arg("name", &server.name).arg("account", account);
            said.at(server.place.clone())
        };
        match (server.running, *uid == Some(0)) {
            (true, true) => judgement.bad(say("runs-as-root")),
            (true, false) => judgement.good(say("runs-as")),
            (false, true) => judgement.bad(say("would-run-as-root")),
            (false, false) => judgement.good(say("would-run-as")),
        }
    }
    for name in &facts.clusters {
        judgement.note(reason("database-not-meant").arg("name", name));
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}
