//! Where the base of an image comes from, as far as labels tell.

use crate::allowlist;
use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

/// What labels and files say.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    name: Option<String>,
    has_digest: bool,
    distribution: Option<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let labels = &host.image()?.config().labels;
    let name = labels.get(NAME).filter(|name| !name.is_empty());
    let os = host.os();
    Ok(Facts {
        has_digest: labels.contains_key(DIGEST) || name.is_some_and(|name| name.contains('@')),
        name: name.cloned(),
        distribution: os.map(|os| format!("{} {}", os.id, os.version)),
    })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    match &facts.name {
        Some(name) if allowlist::reason_for(params, "trusted", name).is_some() => {
            judgement.good(reason("trusted").arg("name", name));
        }
        name => {
            judgement.ask(reason("ask"));
            if let Some(name) = name {
                judgement.note(reason("base").arg("name", name));
            }
        }
    }
    if facts.name.is_some() && !facts.has_digest {
        judgement.warn(reason("unpinned"));
    }
    if let Some(name) = &facts.distribution {
        judgement.note(reason("distribution").arg("name", name));
    }
    judgement
}
