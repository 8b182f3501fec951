//! Images whose only name is `latest`, or that have none.

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many names are kept.
const MAX_NAMES: usize = 20;

/// The names of the image.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    tags: Vec<String>,
    digests: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let info = &host.image()?.info;
    let some = |names: &[String]| names.iter().take(MAX_NAMES).cloned().collect();
    Ok(Facts { tags: some(&info.repo_tags), digests: some(&info.repo_digests) })
}

/// The tag of `registry:5000/app:1.2`; none in `registry:5000/app`, whose colon is of the port.
fn tag(name: &str) -> Option<&str> {
    let last = name.rsplit('/').next()?;
    last.split_once(':').map(|(_, tag)| tag)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let is_fixed = |name: &&String| tag(name).is_some_and(|tag| tag != "latest");
    if let Some(name) = facts.tags.iter().find(is_fixed) {
        judgement.good(reason("pinned").arg("name", name));
    } else if !facts.tags.is_empty() {
        for name in &facts.tags {
            judgement.bad(reason("latest").arg("name", name));
        }
    } else if let Some(name) = facts.digests.first() {
        judgement.good(reason("pinned").arg("name", name));
    } else {
        judgement.bad(reason("none"));
    }
    judgement
}
