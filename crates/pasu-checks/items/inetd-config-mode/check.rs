//! Owner, mode and access list of what inetd and xinetd read.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{self, Limit};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const PATTERNS: [&str; 4] =
    ["/etc/inetd.conf", "/etc/inetd.d/*", "/etc/xinetd.conf", "/etc/xinetd.d/*"];

/// The files of the super-servers, and those of systemd where they are asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    files: file_mode::Facts,
    systemd: file_mode::Facts,
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let mut paths = BTreeSet::new();
    for pattern in PATTERNS {
        paths.extend(host.glob(pattern)?);
    }
    // xinetd.conf may include folders of any name.
    for entry in host.inetd()?.iter() {
        if let Place::File { path, .. } = &entry.place {
            paths.insert(path.clone());
        }
    }
    let paths: Vec<String> = paths.into_iter().collect();
    let systemd = if params.flag("include_systemd_files") {
        file_mode::collect(host, &["/etc/systemd/*.conf".to_owned()])?
    } else {
        file_mode::Facts { files: Vec::new(), unseen: Vec::new() }
    };
    Ok(Facts { files: file_mode::collect(host, &paths)?, systemd })
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = if facts.files.files.is_empty() && facts.files.unseen.is_empty() {
        let absent = reason("absent").file("/etc/inetd.conf");
        if facts.systemd.files.is_empty() {
            return Judgement::not_applicable(absent);
        }
        let mut judgement = Judgement::new();
        judgement.good(absent);
        judgement
    } else {
        file_mode::judge(&facts.files, &limit(0o600))
    };
    judge_systemd(&facts.systemd, &limit(0o755), &mut judgement);
    judgement
}

fn limit(mode: u32) -> Limit {
    Limit { owners: vec!["root".to_owned()], mode }
}

/// These are public by design: only who may change them matters.
fn judge_systemd(facts: &file_mode::Facts, limit: &Limit, judgement: &mut Judgement) {
    let mut is_good = true;
    for found in &facts.files {
        for deviation in file_mode::deviations(found, limit) {
            is_good = false;
            judgement.bad(deviation);
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    if is_good && !facts.files.is_empty() {
        judgement.good(reason("systemd-good").arg("count", facts.files.len()).file("/etc/systemd"));
    }
}
