//! Owner, mode and access list of `/etc/shadow`; its companions are told of.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{self, Limit};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// What holds hashes beside `/etc/shadow` itself.
const COMPANIONS: [&str; 4] = ["/etc/gshadow", "/etc/shadow-", "/etc/gshadow-", "/etc/shadow~"];

/// The bits that the guideline leaves.
const LIMIT: u32 = 0o400;

/// The bits that Debian's packages set.
const DEBIAN: u32 = 0o640;

/// The file and its companions.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    shadow: file_mode::Facts,
    companions: file_mode::Facts,
    /// The number of Debian's group `shadow`, where there is one.
    shadow_group: Option<u32>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let groups = host.groups()?;
    Ok(Facts {
        shadow: file_mode::collect(host, &["/etc/shadow".to_owned()])?,
        companions: file_mode::collect(host, &COMPANIONS.map(str::to_owned))?,
        shadow_group: groups
            .entries
            .iter()
            .find(|group| group.name == "shadow")
            .map(|group| group.gid),
    })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.shadow.files.is_empty() && facts.shadow.unseen.is_empty() {
        return Judgement::not_applicable(reason("absent").file("/etc/shadow"));
    }
    let limit = |mode| Limit { owners: vec!["root".to_owned()], mode };
    let mut judgement = Judgement::new();
    for found in &facts.shadow.files {
        let file = &found.file;
        let in_debian = facts.shadow_group == Some(file.gid)
            && file_mode::deviations(found, &limit(DEBIAN)).is_empty();
        let in_guideline = file_mode::deviations(found, &limit(LIMIT)).is_empty();
        if in_debian && !in_guideline && params.flag("accept_debian_0640_shadow") {
            judgement.good(reason("within-policy").arg("mode", file.octal()).file(&file.path));
            judgement.warn(reason("accepted").file(&file.path));
            continue;
        }
        file_mode::judge_file(found, &limit(LIMIT), &mut judgement);
        if in_debian && !in_guideline {
            judgement.note(reason("debian-default").file(&file.path));
        }
    }
    for cause in &facts.shadow.unseen {
        judgement.unseen(cause);
    }
    let companion_limit = limit(if facts.shadow_group.is_some() { DEBIAN } else { LIMIT });
    for found in &facts.companions.files {
        for deviation in file_mode::deviations(found, &companion_limit) {
            judgement.warn(deviation);
        }
    }
    judgement
}
