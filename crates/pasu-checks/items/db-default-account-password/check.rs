//! Default accounts of databases: lines of `pg_hba.conf` that ask for no password, and grant tables that are skipped.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::mysql::Flavour;
use crate::host::postgresql::{Cluster, HbaLine};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many lines of a cluster are kept.
const MAX_LINES: usize = 200;

const POSTGRESQL: &str = "SELECT rolname, rolcanlogin, rolpassword IS NULL AS no_password FROM pg_authid WHERE rolname = 'postgres'";
const MYSQL: &str = "SELECT user, host, plugin, authentication_string = '' AS no_password, account_locked FROM mysql.user WHERE user IN ('root', '', 'test')";
const MARIADB: &str = "SELECT User, Host, JSON_VALUE(Priv, '$.plugin'), COALESCE(JSON_VALUE(Priv, '$.authentication_string'), '') = '' AS no_password, JSON_VALUE(Priv, '$.account_locked'), JSON_QUERY(Priv, '$.auth_or') IS NOT NULL AS others FROM mysql.global_priv WHERE User IN ('root', '')";

/// What lets default accounts in.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    clusters: Vec<ClusterFacts>,
    servers: Vec<ServerFacts>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ClusterFacts {
    name: String,
    trust: Vec<HbaLine>,
    /// Whether some line asks the role `postgres` for a password.
    by_password: bool,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ServerFacts {
    name: String,
    flavour: Flavour,
    skips_grants: Option<Place>,
    unseen: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let postgresql = host.postgresql()?;
    let mysql = host.mysql()?;
    let servers = mysql.servers.iter().map(|server| {
        let skipped = server.setting("skip_grant_tables");
        let skipped = skipped.filter(|found| {
            !matches!(found.value.to_lowercase().as_str(), "0" | "off" | "false" | "no")
        });
        ServerFacts {
            name: server.shown(),
            flavour: server.flavour,
            skips_grants: skipped.map(|found| found.place.clone()),
            unseen: server.unseen.clone(),
        }
    });
    Ok(Facts {
        clusters: postgresql.clusters.iter().map(cluster).collect(),
        servers: servers.collect(),
        unseen: postgresql.unseen.clone(),
    })
}

fn cluster(cluster: &Cluster) -> ClusterFacts {
    let lines: Vec<&HbaLine> = cluster.reachable_lines().collect();
    let is_password = |line: &&&HbaLine| {
        line.concerns_postgres()
            && !matches!(
                line.method.as_str(),
                "trust" | "reject" | "peer" | "ident" | "cert" | "sspi" | "gss"
            )
    };
    let trust = lines.iter().filter(|line| line.method == "trust");
    ClusterFacts {
        name: cluster.shown(),
        trust: trust.take(MAX_LINES).map(|line| (*line).clone()).collect(),
        by_password: lines.iter().any(|line| is_password(&line)),
        unseen: cluster.all_unseen().cloned().collect(),
    }
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.clusters.is_empty() && facts.servers.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("database-absent"));
    }
    let mut judgement = Judgement::new();
    for cluster in &facts.clusters {
        for line in &cluster.trust {
            let bad = reason("trust").arg("name", &cluster.name).at(line.place.clone());
            judgement.bad(bad.excerpt(&line.shown()));
        }
        if cluster.by_password {
            judgement.ask(query(&cluster.name, POSTGRESQL));
        } else if cluster.trust.is_empty() {
            judgement.good(reason("os-identity").arg("name", &cluster.name));
        }
    }
    for server in &facts.servers {
        match &server.skips_grants {
            Some(place) => {
                let bad = reason("grants-skipped").arg("name", &server.name);
                judgement.bad(bad.at(place.clone()));
            }
            None => judgement.ask(query(
                &server.name,
                if server.flavour == Flavour::MariaDb { MARIADB } else { MYSQL },
            )),
        }
    }
    let of_clusters = facts.clusters.iter().flat_map(|cluster| &cluster.unseen);
    let of_servers = facts.servers.iter().flat_map(|server| &server.unseen);
    for cause in facts.unseen.iter().chain(of_clusters).chain(of_servers) {
        judgement.unseen(cause);
    }
    judgement
}

fn query(name: &str, query: &str) -> crate::judgement::Reason {
    reason("database-query").arg("name", name).arg("query", query)
}
