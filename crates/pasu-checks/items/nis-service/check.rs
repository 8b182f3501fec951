//! Whether NIS is in use, and what of it is left in the configuration.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::services::ServiceState;
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell;
use crate::params::Params;
use pasu_model::{Place, Weight};
use serde::{Deserialize, Serialize};

/// How many lines of a kind are kept.
const MAX_SHOWN: usize = 20;

/// The services, and what calls on them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    service: ServiceState,
    sources: Vec<KeyValue>,
    compat: Vec<Place>,
    servers: Vec<KeyValue>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    // Only the service decides: what else cannot be read is left out.
    Ok(Facts {
        service: host.service("nis")?,
        sources: sources(host).unwrap_or_default(),
        compat: compat_lines(host),
        servers: servers(host).unwrap_or_default(),
    })
}

/// `passwd: files nis [NOTFOUND=return]`.
fn sources(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let Some(file) = host.text("/etc/nsswitch.conf")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (number, line) in file.settings() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((database, sources)) = line.split_once(':') else { continue };
        if sources.split_whitespace().any(|source| matches!(source, "nis" | "nisplus")) {
            let (key, value) = (database.trim().to_owned(), sources.trim().to_owned());
            found.push(KeyValue { key, value, place: file.place(number) });
        }
    }
    found.truncate(MAX_SHOWN);
    Ok(found)
}

fn compat_lines(host: &Host) -> Vec<Place> {
    let accounts = host.accounts().map(|accounts| accounts.compat.clone()).unwrap_or_default();
    let groups = host.groups().map(|groups| groups.compat.clone()).unwrap_or_default();
    let place = |path: &str, line| Place::File { path: path.to_owned(), line: Some(line) };
    let accounts = accounts.into_iter().map(|line| place("/etc/passwd", line));
    accounts
        .chain(groups.into_iter().map(|line| place("/etc/group", line)))
        .take(MAX_SHOWN)
        .collect()
}

fn servers(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let Some(file) = host.text("/etc/yp.conf")? else { return Ok(Vec::new()) };
    let line = |(number, line): (u32, &str)| KeyValue {
        key: "yp.conf".to_owned(),
        value: line.to_owned(),
        place: file.place(number),
    };
    Ok(file.settings().map(line).take(MAX_SHOWN).collect())
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    tell(&mut judgement, "nis", &facts.service, Weight::Bad);
    if facts.service.is_used() {
        return judgement;
    }
    for source in &facts.sources {
        let said = reason("source").arg("database", &source.key).at(source.place.clone());
        judgement.warn(said.excerpt(&source.value));
    }
    for place in &facts.compat {
        judgement.warn(reason("compat-line").at(place.clone()));
    }
    for server in &facts.servers {
        judgement.warn(reason("yp-conf").at(server.place.clone()).excerpt(&server.value));
    }
    judgement
}
