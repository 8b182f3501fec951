//! Whether an automounter is in use. What it would mount and what systemd mounts on demand are told of.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::services::ServiceState;
use crate::host::{Host, KeyValue};
use crate::judgement::{Judgement, reason};
use crate::kinds::service::tell;
use crate::params::Params;
use pasu_model::Weight;
use serde::{Deserialize, Serialize};

/// How many maps and mounts are kept.
const MAX_SHOWN: usize = 50;

/// The automounter, its maps, and what systemd mounts on demand.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    service: ServiceState,
    maps: Vec<KeyValue>,
    on_demand: Vec<KeyValue>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    // Neither maps nor fstab decide: what cannot be read is left out.
    Ok(Facts {
        service: host.service("automount")?,
        maps: maps(host).unwrap_or_default(),
        on_demand: on_demand(host).unwrap_or_default(),
    })
}

/// `/misc /etc/auto.misc`; lines with `+` include what is read here anyway, or another source.
fn maps(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let mut found = Vec::new();
    let mut paths = vec!["/etc/auto.master".to_owned()];
    paths.extend(host.glob("/etc/auto.master.d/*.autofs")?);
    for path in paths {
        let Some(file) = host.text(&path)? else { continue };
        for (number, line) in file.settings().filter(|(_, line)| !line.starts_with('+')) {
            let Some((key, value)) = line.split_once(char::is_whitespace) else { continue };
            let (key, value) = (key.to_owned(), value.trim().to_owned());
            found.push(KeyValue { key, value, place: file.place(number) });
        }
    }
    found.truncate(MAX_SHOWN);
    Ok(found)
}

fn on_demand(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let Some(file) = host.text("/etc/fstab")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (number, line) in file.settings() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, point, _, options, ..] = words.as_slice() else { continue };
        if options.split(',').any(|option| option == "x-systemd.automount") {
            let (key, value) = ((*point).to_owned(), (*options).to_owned());
            found.push(KeyValue { key, value, place: file.place(number) });
        }
    }
    found.truncate(MAX_SHOWN);
    Ok(found)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    tell(&mut judgement, "automount", &facts.service, Weight::Bad);
    for map in &facts.maps {
        judgement.note(reason("map").arg("name", &map.key).at(map.place.clone()));
    }
    for mount in &facts.on_demand {
        let said = reason("systemd-automount").arg("name", &mount.key).at(mount.place.clone());
        judgement.note(said);
    }
    judgement
}
