//! How databases store passwords: `password_encryption = scram-sha-256`, `default-authentication-plugin = …`.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::databases::{Database, Databases, Product};
use crate::host::postgresql::HbaLine;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many lines are kept.
const MAX_LINES: usize = 200;

const OPTIONS: [&str; 3] =
    ["password_encryption", "default_authentication_plugin", "authentication_policy"];

const POSTGRESQL: &str = "SELECT rolname, CASE WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram' WHEN rolpassword LIKE 'md5%' THEN 'md5' END AS kind FROM pg_authid WHERE rolpassword IS NOT NULL";
const MYSQL: &str = "SELECT user, host, plugin FROM mysql.user";

/// The options, and the lines that take clear passwords with their clusters' names.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    databases: Databases,
    clear: Vec<(String, HbaLine)>,
    /// What could not be read of `pg_hba.conf`.
    unseen: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut clear = Vec::new();
    let mut unseen = Vec::new();
    for cluster in &host.postgresql()?.clusters {
        let lines = cluster.reachable_lines().filter(|line| line.method == "password");
        unseen.extend(cluster.hba_unseen.iter().cloned());
        clear.extend(lines.take(MAX_LINES).map(|line| (cluster.shown(), line.clone())));
    }
    Ok(Facts { databases: host.databases(&OPTIONS)?, clear, unseen })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.databases.is_absent() {
        return Judgement::not_applicable(reason("database-absent"));
    }
    let mut judgement = Judgement::new();
    for server in &facts.databases.servers {
        judge_default(server, &mut judgement);
        let query = if server.product == Product::Postgresql { POSTGRESQL } else { MYSQL };
        let name = &server.name;
        judgement.ask(reason("database-query").arg("name", name).arg("query", query));
        for cause in &server.unseen {
            judgement.unseen(cause);
        }
    }
    for (name, line) in &facts.clear {
        let bad = reason("clear-password").arg("name", name).at(line.place.clone());
        judgement.bad(bad.excerpt(&line.shown()));
    }
    for cause in facts.databases.unseen.iter().chain(&facts.unseen) {
        judgement.unseen(cause);
    }
    judgement
}

/// The option, its value and whether anything sets it; `None` where the version does not tell.
fn default_of(server: &Database) -> Option<(&'static str, String, bool)> {
    let (name, built_in) = match server.product {
        Product::Postgresql => {
            let is_old = server.version? < 14;
            (OPTIONS[0], if is_old { "md5" } else { "scram-sha-256" })
        }
        Product::Mysql => {
            if let Some(policy) = server.option(OPTIONS[2]) {
                let first = policy.value.split(',').next().unwrap_or_default().trim();
                // `*` leaves it to the other option.
                if !matches!(first, "" | "*") {
                    return Some((OPTIONS[2], first.trim_start_matches("*:").to_owned(), true));
                }
            }
            let is_old = server.option(OPTIONS[1]).is_none() && server.version? < 8;
            (OPTIONS[1], if is_old { "mysql_native_password" } else { "caching_sha2_password" })
        }
        // Each account has its own plugin.
        Product::Mariadb => return None,
    };
    let set = server.option(name);
    Some((name, set.map_or(built_in, |found| &found.value).to_lowercase(), set.is_some()))
}

fn judge_default(server: &Database, judgement: &mut Judgement) {
    let Some((option, value, is_set)) = default_of(server) else { return };
    // What could not be read may set it.
    if !server.unseen.is_empty() {
        return;
    }
    let is_strong = match server.product {
        Product::Postgresql => value == "scram-sha-256",
        // Others leave the password to the operating system or a directory.
        _ => !matches!(value.as_str(), "mysql_native_password" | "mysql_old_password"),
    };
    let key = match (is_strong, is_set) {
        (true, _) => "strong-default",
        (false, true) => "weak-default",
        (false, false) => "weak-built-in",
    };
    let place = server.option(option).map(|found| found.place.clone());
    let said = reason(key)
        .arg("name", &server.name)
        .arg("option", option)
        .arg("value", &value)
        .at(place.or_else(|| server.place.clone()));
    if is_strong { judgement.good(said) } else { judgement.bad(said) }
}
