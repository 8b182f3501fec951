//! Security updates that wait for an installed database server.

use crate::cause::Cause;
use crate::host::Host;
use crate::host::databases::Product;
use crate::host::updates::{PackageUpdates, judge_packages};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How the packages of a product begin, or those of their sources.
const POSTGRESQL: [&str; 1] = ["postgresql"];
const MYSQL: [&str; 3] = ["mysql", "percona-server", "community-mysql"];
const MARIADB: [&str; 2] = ["mariadb", "MariaDB"];

/// What waits for each installed product.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    products: Vec<(Product, Result<PackageUpdates, Cause>)>,
    unseen: Vec<Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let databases = host.databases(&[])?;
    let products: BTreeSet<Product> =
        databases.servers.iter().map(|server| server.product).collect();
    let read = |product| (product, updates(host, product));
    Ok(Facts { products: products.into_iter().map(read).collect(), unseen: databases.unseen })
}

/// The updates of packages named after the product and its version: `postgresql-15`, `mariadb10.11-server`.
fn updates(host: &Host, product: Product) -> Result<PackageUpdates, Cause> {
    let beginnings: &[&str] = match product {
        Product::Postgresql => &POSTGRESQL,
        Product::Mysql => &MYSQL,
        Product::Mariadb => &MARIADB,
    };
    let software = host.software()?;
    let names: BTreeSet<&str> = software
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .filter(|name| beginnings.iter().any(|beginning| is_of(name, beginning)))
        .collect();
    // `mysql-common` and clients come without a server.
    if !names.iter().any(|name| is_server(name)) && !software.packages.is_empty() {
        return Ok(PackageUpdates::default());
    }
    host.updates_of(&names.into_iter().collect::<Vec<_>>())
}

/// Whether a package is a server, its base or its extensions, and not another program that only begins alike.
fn is_of(name: &str, beginning: &str) -> bool {
    name.strip_prefix(beginning).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(|c: char| c == '-' || c.is_ascii_digit())
    })
}

/// `mariadb-server-10.5`, `postgresql16-server`, Debian's `postgresql-15`, Alpine's `postgresql16`.
fn is_server(name: &str) -> bool {
    let version = name.strip_prefix("postgresql").map(|rest| rest.trim_start_matches('-'));
    name.contains("server")
        || version.is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.')
        })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.products.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("database-absent"));
    }
    let mut judgement = Judgement::new();
    for (product, updates) in &facts.products {
        match updates {
            Err(cause) => judgement.unseen(cause),
            Ok(updates) if updates.package_count == 0 => {
                judgement.ask(reason("updates-no-package").arg("name", product.name()));
            }
            Ok(updates) => {
                judge_packages(&mut judgement, updates, params.integer("max_advisory_age_days"));
            }
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}
