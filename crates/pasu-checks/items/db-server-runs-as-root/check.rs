//! The account as which MySQL or MariaDB runs: `/proc/PID/status`, else `user=` and `User=`.

mod fix;
pub use fix::plan;

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
    /// Whether the account of the parameter is there, and owns the data.
    has_owner: bool,
    /// Whether an option file, and no unit, names its account.
    is_option: bool,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let mysql = host.mysql()?;
    let postgresql = host.postgresql()?;
    Ok(Facts {
        servers: mysql
            .servers
            .iter()
            .map(|found| server(host, found, params.text("account")))
            .collect::<Result<_, _>>()?,
        clusters: postgresql.clusters.iter().map(|cluster| cluster.shown()).collect(),
        unseen: mysql
            .servers
            .iter()
            .filter(|found| found.process.is_none())
            .flat_map(|found| found.unseen.clone())
            .collect(),
    })
}

/// Whether an account that is not root owns the data directory; what cannot be read is not owned.
fn owns_data(host: &Host, found: &MysqlServer, name: &str) -> bool {
    let uid = host.accounts().ok().and_then(|known| known.named(name).map(|account| account.uid));
    let owner = host.file_followed(found.data()).ok().flatten().map(|data| data.uid);
    uid.is_some_and(|uid| uid != 0 && owner == Some(uid))
}

fn server(host: &Host, found: &MysqlServer, wanted: &str) -> Result<Server, Cause> {
    let mut server = Server {
        name: found.shown(),
        running: false,
        account: None,
        place: None,
        has_owner: owns_data(host, found, wanted),
        is_option: false,
    };
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
        server.is_option = user.is_some();
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
