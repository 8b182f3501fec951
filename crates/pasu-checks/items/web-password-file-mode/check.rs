//! Modes of `tomcat-users.xml` and of other files with users that a Realm reads.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::tomcat::UserFile;
use crate::host::web::Runner;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{Limit, OwnedFile, judge_file, owner_name};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The files of each instance.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    instances: Vec<Instance>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Instance {
    base: String,
    /// Who has to read them.
    runner: Option<Runner>,
    files: Vec<OwnedFile>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let tomcat = host.tomcat()?;
    let mut facts = Facts { instances: Vec::new(), unseen: tomcat.unseen.clone() };
    for instance in &tomcat.instances {
        let mut files = Vec::new();
        for UserFile { path, .. } in &instance.users {
            match host.file_followed(path) {
                Ok(Some(file)) => {
                    files.push(OwnedFile { owner: owner_name(host, file.uid)?, file })
                }
                Ok(None) => {}
                Err(cause) => facts.unseen.push(cause),
            }
        }
        if instance.server.is_none() {
            // It may name another file.
            facts.unseen.extend(instance.unseen.iter().cloned());
        }
        let runner = instance.runner(host).unwrap_or_default();
        facts.instances.push(Instance { base: instance.base.clone(), runner, files });
    }
    Ok(facts)
}

fn allowed(params: &Params) -> u32 {
    if params.flag("accept_group_read") { 0o640 } else { 0o600 }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if facts.instances.is_empty() && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("tomcat-absent"));
    }
    let mode = allowed(params);
    let mut judgement = Judgement::new();
    for Instance { base, files, .. } in &facts.instances {
        for file in files {
            // The guideline says nothing of the owner, who differs by how Tomcat is run.
            let limit = Limit { owners: vec![file.owner.clone()], mode };
            judge_file(file, &limit, &mut judgement);
        }
        if files.is_empty() {
            judgement.good(reason("no-file").arg("base", base));
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}
