//! Regular files that everybody may write. One fails unless the allowlist gives a reason for it; of data in the folders
//! that are for everybody, a person says.

mod fix;

pub use fix::plan;

use crate::allowlist;
use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::owner_name;
use crate::params::Params;
use crate::walk::{Found, Listed, Scope, tell_open_directories};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Trees of the system, where everybody may write nothing.
const SYSTEM: [&str; 12] = [
    "/bin/",
    "/boot/",
    "/etc/",
    "/lib/",
    "/lib64/",
    "/root/",
    "/sbin/",
    "/usr/",
    "/var/lib/dpkg/",
    "/var/lib/rpm/",
    "/var/log/",
    "/var/spool/cron/",
];

/// Folders for what programs of all users leave there for a while.
const FOR_EVERYBODY: [&str; 2] = ["/tmp/", "/var/tmp/"];

/// What the walk found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    files: Vec<OpenFile>,
    cut_off: Option<Cause>,
    open_directories: Listed,
    knows_packages: bool,
    scope: Scope,
}

/// One file.
#[derive(Debug, Serialize, Deserialize)]
struct OpenFile {
    found: Found,
    owner: String,
    package: Option<String>,
    /// Who besides root and the owner has it open.
    writers: Vec<String>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let walked = host.walk()?;
    let listed = &walked.world_writable_files;
    let paths: BTreeSet<String> = listed.found.iter().map(|found| found.path.clone()).collect();
    let owners = host.package_owners(&paths)?;
    let openers = host.openers(&paths.iter().map(String::as_str).collect());
    let writers = |found: &Found| {
        let users = openers.get(&found.path).into_iter().flatten();
        let others = users.filter(|uid| **uid != 0 && **uid != found.uid);
        others.map(|uid| owner_name(host, *uid)).collect::<Result<_, Cause>>()
    };
    let files = listed.found.iter().map(|found| {
        Ok(OpenFile {
            writers: writers(found)?,
            owner: owner_name(host, found.uid)?,
            package: owners.of(&found.path).map(str::to_owned),
            found: found.clone(),
        })
    });
    let mut open_directories = walked.world_writable_directories.clone();
    open_directories.found.truncate(50);
    Ok(Facts {
        files: files.collect::<Result<_, Cause>>()?,
        cut_off: listed.cut_off(),
        open_directories,
        knows_packages: owners.is_known,
        scope: walked.scope(),
    })
}

/// What is said of a file that is not on the allowlist.
fn sort(found: &Found) -> &'static str {
    let is_program = found.mode & 0o111 != 0;
    let is_in = |trees: &[&str]| trees.iter().any(|tree| found.path.starts_with(tree));
    match () {
        () if is_in(&SYSTEM) => "system",
        () if is_program => "program",
        () if is_in(&FOR_EVERYBODY) => "temporary",
        () => "unexplained",
    }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let mut known = 0;
    for file in &facts.files {
        let path = &file.found.path;
        if let Some(why) = allowlist::reason_for(params, "allowlist", path) {
            known += 1;
            judgement.note(reason("allowed").arg("why", why).file(path));
            continue;
        }
        let key = sort(&file.found);
        let nobody = if facts.knows_packages { "none" } else { "unknown" };
        let said = reason(key)
            .arg("owner", &file.owner)
            .arg("mode", format!("{:04o}", file.found.mode))
            .arg("package", file.package.as_deref().unwrap_or(nobody))
            .file(path);
        if key == "temporary" {
            judgement.ask(said);
        } else {
            judgement.bad(said);
        }
    }
    if let Some(cause) = &facts.cut_off {
        judgement.unseen(cause);
    }
    facts.scope.tell(&mut judgement);
    let is_whole = facts.cut_off.is_none() && facts.scope.is_whole();
    if is_whole && known == facts.files.len() {
        judgement.good(match known {
            0 => reason("none").arg("entries", facts.scope.entries),
            _ => reason("all-known").arg("count", known),
        });
    }
    tell_open_directories(&facts.open_directories, &mut judgement);
    judgement
}
