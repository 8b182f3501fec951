//! The accounts of worker processes of nginx and Apache.

mod fix;
mod worker;
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
use serde::{Deserialize, Serialize};
use worker::Worker;

/// What the servers run as, and as what they could.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    web: WebFacts,
    workers: Vec<Worker>,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let mut workers: Vec<Worker> = Vec::new();
    let mut apaches: Vec<Worker> = Vec::new();
    let web = web::collect_all(
        host,
        |found, server| {
            nginx(host, found, server);
            workers.push(Worker::of_nginx(host, found, params.text("account")));
        },
        |found, server| {
            apache(host, found, server);
            apaches.push(Worker::of_apache(host, found, params.text("account")));
        },
        |found, server| tomcat(host, found, server),
    )?;
    workers.extend(apaches);
    Ok(Facts { web, workers })
}

fn nginx(host: &Host, nginx: &Nginx, server: &mut ServerFacts) {
    let running = &nginx.processes;
    for worker in running.iter().filter(|process| process.uid == 0) {
        let line = worker.arguments.join(" ");
        if line.contains("worker process") {
            server.add(Spot::new("process", "").value(format!("{line} (pid {})", worker.pid)));
        }
    }
    let user = nginx.tree.blocks.first().and_then(|main| main.own("user"));
    // Without root's rights the master cannot change accounts, and the setting means nothing.
    if !running.is_empty() && running.iter().all(|process| process.uid != 0) {
        return;
    }
    match user {
        Some(user) => account(host, user.value(), Spot::new("", "").nginx(user), server),
        None => {
            let place = pasu_model::Place::File { path: nginx.path.clone(), line: None };
            server.add(Spot::new("unset", "").at(place));
        }
    }
}

fn apache(host: &Host, apache: &Apache, server: &mut ServerFacts) {
    let config = &apache.config;
    let running = &apache.processes;
    let roots = running.iter().filter(|process| process.uid == 0).count();
    if roots > 1 && roots == running.len() {
        server.add(Spot::new("process", "").value(format!("{roots} × root")));
    }
    if !running.is_empty() && roots == 0 {
        return;
    }
    match config.server_value(0, "user") {
        Some(user) => account(host, user.value(), Spot::new("", "").apache(user), server),
        None => {
            let place = pasu_model::Place::File { path: apache.path.clone(), line: None };
            server.add(Spot::new("unset", "").at(place));
        }
    }
    // mpm_itk gives each virtual host its own.
    for (_, user) in config.everywhere("assignuserid") {
        account(host, user.value(), Spot::new("", "").apache(user), server);
    }
}

/// What an account, by name or as `#33`, may do.
fn account(host: &Host, name: &str, spot: Spot, server: &mut ServerFacts) {
    let spot = spot.value(name);
    let with = |sort: &str, spot: Spot| Spot { sort: sort.to_owned(), ..spot };
    if name == "root" || name == "#0" {
        return server.add(with("root", spot));
    }
    let accounts = match host.accounts() {
        Ok(accounts) => accounts,
        Err(cause) => return server.unseen(cause),
    };
    let number = name.strip_prefix('#').and_then(|number| number.parse().ok());
    let found = number.map_or_else(|| accounts.named(name), |uid| accounts.of_uid(uid));
    match found {
        Some(found) if found.uid == 0 => server.add(with("root", spot)),
        Some(found) if found.is_interactive() => {
            server.add(with("login", spot.clone()));
            server.add(with("account", spot));
        }
        Some(_) => server.add(with("account", spot)),
        None if number.is_some_and(|uid| uid != 0) => server.add(with("account", spot)),
        None => server.unseen(Cause::malformed("/etc/passwd", None, format!("no account {name}"))),
    }
}

/// Without a process the unit tells: one that names no user runs as root.
fn tomcat(host: &Host, tomcat: &Instance, server: &mut ServerFacts) {
    if let Some(process) = &tomcat.process {
        let value = format!("Tomcat (pid {})", process.pid);
        let sort = if process.uid == 0 { "process" } else { "account" };
        return server.add(Spot::new(sort, "").value(value));
    }
    let name = tomcat.base.rsplit('/').next().unwrap_or_default();
    let unit = host.units().map(|units| units.named(&format!("{name}.service")).cloned());
    let values = match unit {
        Ok(Some(unit)) => {
            host.unit_values(&unit, "Service", "User").map(|values| (unit.path, values))
        }
        Ok(None) => return server.unseen(Cause::not_running("the account of Tomcat's process")),
        Err(cause) => Err(cause),
    };
    match values {
        Ok((_, values)) if !values.is_empty() => {
            if let Some(user) = values.last() {
                account(host, &user.value, Spot::new("", "").at(user.place.clone()), server);
            }
        }
        Ok((path, _)) => {
            let place = pasu_model::Place::File { path, line: None };
            server.add(Spot::new("root", "").value("root").at(place));
        }
        Err(cause) => server.unseen(cause),
    }
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    web::judge(&facts.web, "none", |_, spot| match spot.sort.as_str() {
        "root" => (Weight::Bad, "root"),
        "process" => (Weight::Bad, "process"),
        "login" => (Weight::Warning, "login"),
        "unset" => (Weight::Warning, "unset"),
        _ => (Weight::Note, "account"),
    })
}
