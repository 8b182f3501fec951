//! Commands and files of cron and at. What each must be differs by what reads it: cron ignores a user's table that is
//! not the user's, and run-parts a script that can't be executed.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::{FileKind, Host};
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{self, Limit, OwnedFile};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a file is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Sort {
    /// A program that ordinary users must not run.
    Command,
    /// Configuration of the system.
    Table,
    /// A table of one user, which has to be that user's.
    Spool,
    /// A job of one user, which `atd` runs because of its owner's execute bit.
    Job,
    /// A script or a folder: everybody may read it, only root may change it.
    Script,
}

/// Which files are judged how, by part.
const FILES: [(&str, Sort, &[&str]); 10] = [
    ("cron", Sort::Command, &["/usr/bin/crontab", "/bin/crontab"]),
    (
        "cron",
        Sort::Table,
        &["/etc/crontab", "/etc/anacrontab", "/etc/cron.d/*", "/etc/cron.allow", "/etc/cron.deny"],
    ),
    (
        "cron",
        Sort::Spool,
        &[
            "/var/spool/cron/*",
            "/var/spool/cron/crontabs/*",
            "/var/spool/cron/tabs/*",
            "/etc/crontabs/*",
        ],
    ),
    (
        "cron",
        Sort::Script,
        &[
            "/etc/cron.hourly/*",
            "/etc/cron.daily/*",
            "/etc/cron.weekly/*",
            "/etc/cron.monthly/*",
            "/etc/cron.yearly/*",
            "/etc/periodic/*/*",
        ],
    ),
    (
        "cron",
        Sort::Script,
        &[
            "/etc/cron.d",
            "/etc/cron.hourly",
            "/etc/cron.daily",
            "/etc/cron.weekly",
            "/etc/cron.monthly",
            "/etc/cron.yearly",
        ],
    ),
    ("at", Sort::Command, &["/usr/bin/at", "/bin/at"]),
    ("at", Sort::Table, &["/etc/at.allow", "/etc/at.deny"]),
    ("at", Sort::Job, &["/var/spool/cron/atjobs/*"]),
    ("at", Sort::Job, &["/var/spool/at/*"]),
    ("at", Sort::Job, &["/var/spool/atjobs/*"]),
];

/// Programs that are many commands under one mode.
const SHARED: [&str; 3] = ["busybox", "bbsuid", "toybox"];

/// The files of both parts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    files: Vec<PartFile>,
    unseen: Vec<(bool, Cause)>,
    /// Whether cron.allow is there and names root alone.
    cron_for_root: bool,
    /// The same of at.allow.
    at_for_root: bool,
    /// Accounts besides root that have jobs or are named by cron.allow.
    cron_users: BTreeSet<String>,
    /// The same of at.
    at_users: BTreeSet<String>,
}

/// A file of one part.
#[derive(Debug, Serialize, Deserialize)]
struct PartFile {
    is_cron: bool,
    sort: Sort,
    /// Under which name it was found; a link may lead elsewhere.
    name: String,
    file: OwnedFile,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        files: Vec::new(),
        unseen: Vec::new(),
        cron_for_root: is_for_root(host, "/etc/cron.allow"),
        at_for_root: is_for_root(host, "/etc/at.allow"),
        cron_users: named_by(host, "/etc/cron.allow"),
        at_users: named_by(host, "/etc/at.allow"),
    };
    for (part, sort, patterns) in FILES {
        for pattern in patterns {
            facts.add(host, part == "cron", sort, pattern)?;
        }
    }
    for found in facts.files.iter().filter(|found| found.file.file.uid != 0) {
        let users = if found.is_cron { &mut facts.cron_users } else { &mut facts.at_users };
        if matches!(found.sort, Sort::Spool | Sort::Job) {
            users.insert(found.file.owner.clone());
        }
    }
    Ok(facts)
}

impl Facts {
    fn add(&mut self, host: &Host, is_cron: bool, sort: Sort, pattern: &str) -> Result<(), Cause> {
        let paths = match host.glob(pattern) {
            Ok(paths) => paths,
            Err(cause) => {
                self.unseen.push((is_cron, cause));
                return Ok(());
            }
        };
        // Where `/bin` is a link to `usr/bin`, the second name is no second file.
        let is_merged =
            || matches!(host.file("/bin"), Ok(Some(it)) if it.kind == FileKind::Symlink);
        for name in paths {
            if name.starts_with("/bin/") && is_merged() {
                continue;
            }
            let file = match host.file_followed(&name) {
                Ok(Some(file)) => file,
                Ok(None) => continue,
                Err(cause) => {
                    self.unseen.push((is_cron, cause));
                    continue;
                }
            };
            let is_known = || {
                self.files
                    .iter()
                    .any(|known| known.file.file.path == file.path && known.is_cron == is_cron)
            };
            let is_meant = sort == Sort::Script || file.kind == FileKind::File;
            if is_meant && !is_known() {
                let owner = file_mode::owner_name(host, file.uid)?;
                self.files.push(PartFile { is_cron, sort, name, file: OwnedFile { file, owner } });
            }
        }
        Ok(())
    }
}

/// Whom a list lets in besides root.
fn named_by(host: &Host, path: &str) -> BTreeSet<String> {
    let Ok(Some(file)) = host.text(path) else { return BTreeSet::new() };
    file.settings().map(|(_, name)| name.to_owned()).filter(|name| name != "root").collect()
}

/// One name a line.
fn is_for_root(host: &Host, path: &str) -> bool {
    let Ok(Some(file)) = host.text(path) else { return false };
    file.settings().all(|(_, line)| line == "root")
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let is_empty = facts.files.is_empty() && facts.unseen.is_empty();
    let mut judgement = if is_empty {
        Judgement::not_applicable(reason("unused").arg("what", "cron, at"))
    } else {
        Judgement::new()
    };
    if !is_empty {
        judge_part(facts, true, params, &mut judgement);
        judge_part(facts, false, params, &mut judgement);
    }
    judgement
}

fn judge_part(facts: &Facts, is_cron: bool, params: &Params, judgement: &mut Judgement) {
    let (part, allow) = if is_cron { ("cron", "/etc/cron.allow") } else { ("at", "/etc/at.allow") };
    let for_root = if is_cron { facts.cron_for_root } else { facts.at_for_root };
    let is_restricted = for_root && params.flag("accept_allow_list");
    let mut count = 0;
    for found in facts.files.iter().filter(|found| found.is_cron == is_cron) {
        let limit = limit(found.sort);
        let deviations = file_mode::deviations(&found.file, &limit);
        if deviations.is_empty() {
            count += 1;
            continue;
        }
        // A command whose owner alone is wrong is not one that ordinary users can run.
        if found.sort != Sort::Command || found.file.file.bits_beyond(limit.mode) == 0 {
            for deviation in deviations {
                judgement.bad(deviation.part(part));
            }
            continue;
        }
        let file = &found.file.file;
        let target = file.path.rsplit('/').next().unwrap_or_default();
        let said = if SHARED.contains(&target) {
            let command = found.name.rsplit('/').next().unwrap_or_default();
            reason("shared-command").arg("command", command)
        } else {
            reason("command").arg("mode", file.octal())
        };
        let said = said.part(part).file(&file.path);
        if is_restricted && found.file.owner == "root" {
            judgement.warn(said);
            let restricted = reason("restricted").arg("allow", allow).file(allow);
            judgement.good(restricted.part(part));
        } else {
            judgement.bad(said);
        }
    }
    let mut is_seen = true;
    for (_, cause) in facts.unseen.iter().filter(|(of_cron, _)| *of_cron == is_cron) {
        is_seen = false;
        judgement.unseen_part(cause, Some(part));
    }
    let is_there = facts.files.iter().any(|found| found.is_cron == is_cron);
    if count > 0 {
        judgement.good(reason("fits").arg("what", part).arg("count", count).part(part));
    } else if !is_there && is_seen {
        judgement.good(reason("unused").arg("what", part).part(part));
    }
}

fn limit(sort: Sort) -> Limit {
    let root = || vec!["root".to_owned()];
    match sort {
        Sort::Command => Limit { owners: root(), mode: 0o750 },
        Sort::Table => Limit { owners: root(), mode: 0o640 },
        Sort::Spool => Limit { owners: Vec::new(), mode: 0o640 },
        Sort::Job => Limit { owners: Vec::new(), mode: 0o740 },
        Sort::Script => Limit { owners: root(), mode: 0o7755 },
    }
}
