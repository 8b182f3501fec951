//! Owner and mode of log files. Taken by the letter every stock system fails, so what distributions are known to keep
//! otherwise is told of and does not fail.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::logrotate::Create;
use crate::host::{FileFacts, FileKind, Host, path_matches};
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::file_mode::{self, Limit, OwnedFile};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// How many files are looked at.
const MAX_FILES: u64 = 50_000;

/// How deep folders are gone through for files that everybody may write, below those that are judged in full.
const MAX_LEVELS: i64 = 16;

/// How many deviating files are kept.
const MAX_KEPT: usize = 500;

/// The log files that are not root's with 0644 or stricter, and how many there are in all.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Files and folders that somebody else may write, or a file that is another's.
    deviating: Vec<LogFile>,
    /// Files of deeper folders that everybody may write.
    open_below: Vec<LogFile>,
    files: u64,
    unseen: Vec<Cause>,
    /// The same of deeper folders, which do not decide.
    unseen_below: Vec<Cause>,
    /// Whether processes were seen.
    is_live: bool,
    /// When it was, seconds since 1970.
    now: i64,
}

/// A file or folder with the name of its group.
#[derive(Debug, Serialize, Deserialize)]
struct LogFile {
    file: OwnedFile,
    group: String,
    upkeep: Upkeep,
}

/// What writes a file and what would give its owner and mode back.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Upkeep {
    /// Whether the owner's number has a name.
    is_owner_known: bool,
    /// Whether a process runs as the owner.
    is_owner_running: bool,
    /// Who besides root and the owner has it open.
    writers: Vec<String>,
    /// Whether anybody has it open.
    is_open: bool,
    /// What logrotate makes in its place.
    create: Option<Create>,
    /// Line of tmpfiles.d that sets its mode at boot, with the mode.
    at_boot: Option<(Place, u32)>,
}

#[derive(Deserialize)]
struct Vendor {
    files: Vec<String>,
    folder_groups: Vec<String>,
}

/// A test makes sure that it can be read.
static VENDOR: LazyLock<Option<Vendor>> =
    LazyLock::new(|| toml::from_str(include_str!("vendor.toml")).ok());

fn limit() -> Limit {
    Limit { owners: vec!["root".to_owned()], mode: 0o644 }
}

pub fn collect(host: &Host, params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts::default();
    let Some(top) = host.file_followed("/var/log")? else { return Ok(facts) };
    let depth = params.integer("max_depth").clamp(1, MAX_LEVELS);
    facts.gather(host, &top.path, depth)?;
    facts.is_live = host.is_live();
    facts.now = host.now();
    facts.ask_upkeep(host)?;
    Ok(facts)
}

impl Facts {
    fn gather(&mut self, host: &Host, top: &str, depth: i64) -> Result<(), Cause> {
        let mut waiting = vec![(top.to_owned(), 1)];
        let mut seen = 0;
        while let Some((folder, level)) = waiting.pop() {
            if level <= depth + 1
                && let Some(file) = host.file(&folder)?
                && file.is_writable_by_others()
            {
                let log = log_file(host, file)?;
                self.keep(log);
            }
            let names = match host.list(&folder) {
                Ok(names) => names,
                Err(cause) => {
                    self.not_seen(cause, level > depth);
                    continue;
                }
            };
            for name in names {
                let path = format!("{folder}/{name}");
                let file = match host.file(&path) {
                    Ok(Some(file)) => file,
                    Ok(None) => continue,
                    Err(cause) => {
                        self.not_seen(cause, level > depth);
                        continue;
                    }
                };
                match file.kind {
                    FileKind::Directory if level < MAX_LEVELS => waiting.push((path, level + 1)),
                    FileKind::File => {
                        seen += 1;
                        self.look_at(host, file, level > depth)?;
                    }
                    _ => {}
                }
            }
            if seen > MAX_FILES {
                let detail = format!("more than {MAX_FILES} files in {top}");
                self.unseen.push(Cause::new(CauseKind::Limit, detail));
                break;
            }
        }
        Ok(())
    }

    fn look_at(&mut self, host: &Host, file: FileFacts, is_below: bool) -> Result<(), Cause> {
        let mode = limit().mode;
        if is_below {
            if file.mode & 0o002 != 0 && self.open_below.len() < MAX_KEPT {
                self.open_below.push(log_file(host, file)?);
            }
            return Ok(());
        }
        self.files += 1;
        let fits = file.bits_beyond(mode) == 0 && file.grants_beyond(mode).next().is_none();
        if file.uid != 0 || !fits {
            self.keep(log_file(host, file)?);
        }
        Ok(())
    }

    /// What only the plan needs is asked where there is something to plan.
    fn ask_upkeep(&mut self, host: &Host) -> Result<(), Cause> {
        let mut files: Vec<&mut LogFile> =
            self.deviating.iter_mut().chain(&mut self.open_below).collect();
        files.retain(|log| log.file.file.kind == FileKind::File);
        if files.is_empty() {
            return Ok(());
        }
        let paths: BTreeSet<String> = files.iter().map(|log| log.file.file.path.clone()).collect();
        let openers = host.openers(&paths.iter().map(String::as_str).collect());
        let running: BTreeSet<u32> = host
            .processes()
            .map(|processes| processes.iter().map(|process| process.uid).collect())
            .unwrap_or_default();
        // What rotates logs decides nothing: a file of it that cannot be read leaves the plan without that line.
        let rotations = host.rotations().unwrap_or_default();
        let at_boot = host.modes_at_boot().unwrap_or_default();
        for log in files {
            let file = &log.file.file;
            let open = openers.get(&file.path);
            let others = open.into_iter().flatten().filter(|uid| **uid != 0 && **uid != file.uid);
            let mut writers = Vec::new();
            for uid in others {
                writers.push(file_mode::owner_name(host, *uid)?);
            }
            let rotation = rotations.iter().find(|rotation| rotation.is_about(&file.path));
            log.upkeep = Upkeep {
                is_owner_known: file.uid == 0 || host.accounts()?.of_uid(file.uid).is_some(),
                is_owner_running: running.contains(&file.uid),
                writers,
                is_open: open.is_some(),
                create: rotation.and_then(|rotation| rotation.create.clone()),
                at_boot: at_boot.get(&file.path).cloned(),
            };
        }
        Ok(())
    }

    fn not_seen(&mut self, cause: Cause, is_below: bool) {
        let list = if is_below { &mut self.unseen_below } else { &mut self.unseen };
        if list.len() < MAX_KEPT {
            list.push(cause);
        }
    }

    fn keep(&mut self, log: LogFile) {
        if self.deviating.len() < MAX_KEPT {
            self.deviating.push(log);
        } else if !self.unseen.iter().any(|cause| cause.kind == CauseKind::Limit) {
            let detail = format!("more than {MAX_KEPT} deviating files");
            self.unseen.push(Cause::new(CauseKind::Limit, detail));
        }
    }
}

fn log_file(host: &Host, file: FileFacts) -> Result<LogFile, Cause> {
    let owner = file_mode::owner_name(host, file.uid)?;
    let group = if file.gid == 0 {
        "root".to_owned()
    } else {
        let groups = host.groups()?;
        let group = groups.entries.iter().find(|group| group.gid == file.gid);
        group.map_or_else(|| file.gid.to_string(), |group| group.name.clone())
    };
    Ok(LogFile { file: OwnedFile { file, owner }, group, upkeep: Upkeep::default() })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let is_empty = facts.files == 0 && facts.deviating.is_empty() && facts.open_below.is_empty();
    if is_empty && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("none").file("/var/log"));
    }
    let mut judgement = Judgement::new();
    let mut wrong = 0;
    for log in &facts.deviating {
        if log.file.file.kind == FileKind::Directory {
            if !log.is_usual_folder() {
                judgement.warn(log.reason("folder"));
            }
        } else if params.flag("use_exception_table") && log.is_shipped_so() {
            wrong += 1;
            judgement.warn(log.reason("vendor"));
        } else {
            wrong += 1;
            for deviation in file_mode::deviations(&log.file, &limit()) {
                judgement.bad(deviation);
            }
        }
    }
    for log in &facts.open_below {
        judgement.bad(log.reason("open-below"));
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    for cause in &facts.unseen_below {
        judgement.warn_unseen(cause);
    }
    if facts.unseen.is_empty() {
        let count = facts.files.saturating_sub(wrong);
        judgement.good(reason("fits").arg("count", count).file("/var/log"));
    }
    judgement
}

impl LogFile {
    fn reason(&self, key: &'static str) -> Reason {
        reason(key)
            .arg("owner", &self.file.owner)
            .arg("group", &self.group)
            .arg("mode", self.file.file.octal())
            .file(&self.file.file.path)
    }

    fn is_usual_folder(&self) -> bool {
        let file = &self.file.file;
        let is_known = VENDOR.as_ref().is_some_and(|v| v.folder_groups.contains(&self.group));
        file.mode & 0o002 == 0 && file.acl.is_empty() && is_known
    }

    /// Whether it is within what a distribution ships.
    fn is_shipped_so(&self) -> bool {
        let file = &self.file.file;
        self.shipped()
            .any(|mode| file.bits_beyond(mode) == 0 && file.grants_beyond(mode).next().is_none())
    }

    /// The modes of the lines that are about it: `0664 root utmp /var/log/wtmp*`, its own or root's in owner and group.
    fn shipped(&self) -> impl Iterator<Item = u32> {
        let mode_of = |line: &String| {
            let mut words = line.splitn(4, ' ');
            let mode = words.next().and_then(|mode| u32::from_str_radix(mode, 8).ok())?;
            let (owner, group, path) = (words.next()?, words.next()?, words.next()?);
            let is_group = [group, "root", "adm"].contains(&self.group.as_str());
            let is_owner = [owner, "root"].contains(&self.file.owner.as_str());
            (path_matches(path, &self.file.file.path) && is_owner && is_group).then_some(mode)
        };
        VENDOR.iter().flat_map(|vendor| &vendor.files).filter_map(mode_of)
    }
}

#[cfg(test)]
mod tests {
    use super::VENDOR;

    #[test]
    fn every_line_of_the_table_can_be_read() {
        for line in &VENDOR.as_ref().unwrap().files {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words.len(), 4, "{line}");
            assert!(u32::from_str_radix(words[0], 8).unwrap() & 0o7002 == 0, "{line}");
            assert!(words[3].starts_with("/var/log/"), "{line}");
        }
    }
}
