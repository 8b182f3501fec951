//! Owner and mode of what the machine runs at boot: start scripts, units with what adds to them, and their folders.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::{Judgement, Reason, reason};
use crate::kinds::file_mode::{owner_name, rwx};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Folders with everything below them. A target's `.wants` and a unit's `.d` are among them.
const FOLDERS: [&str; 11] = [
    "/etc/init.d",
    "/etc/rc.d",
    "/etc/systemd/system",
    "/etc/systemd/system-generators",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/etc/runlevels",
    "/etc/local.d",
    "/etc/init",
];

/// Single files and folders of links.
const PATTERNS: [&str; 4] = ["/etc/rc.local", "/etc/rc?.d", "/etc/rc?.d/*", "/etc/inittab"];

/// How deep folders are gone down.
const MAX_DEPTH: usize = 4;

/// How many files are looked at.
const MAX_FILES: u64 = 30_000;

/// How many deviating files, and how many programs, are kept.
const MAX_KEPT: usize = 300;

/// How many units are asked for their programs.
const MAX_UNITS: usize = 1000;

/// What others may change.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Scripts, units and folders that others own or may write.
    open: Vec<OpenFile>,
    /// Programs of units that run as root, of the same sort, with the unit.
    programs: Vec<(String, OpenFile)>,
    /// How many were looked at.
    files: u64,
    unseen: Vec<Cause>,
}

/// What somebody else than root may change.
#[derive(Debug, Serialize, Deserialize)]
struct OpenFile {
    file: FileFacts,
    owner: String,
    /// Whether somebody can work as the owner.
    by_person: bool,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut search = Search { host, facts: Facts::default(), seen: BTreeSet::new() };
    for folder in FOLDERS {
        search.look(folder, MAX_DEPTH)?;
    }
    for pattern in PATTERNS {
        match host.glob(pattern) {
            Ok(paths) => {
                for path in paths {
                    search.look(&path, 0)?;
                }
            }
            Err(cause) => search.facts.unseen.push(cause),
        }
    }
    search.programs()?;
    Ok(search.facts)
}

struct Search<'a> {
    host: &'a Host,
    facts: Facts,
    /// Real paths: links of many targets lead to one unit.
    seen: BTreeSet<String>,
}

impl Search<'_> {
    /// Looks at what a path leads to, and below it.
    fn look(&mut self, path: &str, depth: usize) -> Result<(), Cause> {
        let file = match self.host.file_followed(path) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(()),
            Err(cause) => {
                self.facts.unseen.push(cause);
                return Ok(());
            }
        };
        // A link to /dev/null masks a unit.
        if file.kind == FileKind::Other || !self.seen.insert(file.path.clone()) {
            return Ok(());
        }
        self.facts.files += 1;
        if self.facts.files > MAX_FILES {
            return Err(Cause::new(
                CauseKind::Limit,
                format!("more than {MAX_FILES} boot scripts and units"),
            ));
        }
        let real = file.path.clone();
        let is_folder = file.kind == FileKind::Directory;
        if is_open(&file) {
            if self.facts.open.len() < MAX_KEPT {
                let open = open_file(self.host, file)?;
                self.facts.open.push(open);
            } else if self.facts.open.len() == MAX_KEPT {
                let detail = format!("more than {MAX_KEPT} deviating files");
                self.facts.unseen.push(Cause::new(CauseKind::Limit, detail));
            }
        }
        if is_folder && depth > 0 {
            match self.host.list(&real) {
                Ok(names) => {
                    for name in names {
                        self.look(&format!("{real}/{name}"), depth - 1)?;
                    }
                }
                Err(cause) => self.facts.unseen.push(cause),
            }
        }
        Ok(())
    }

    /// Programs of services that something starts or that run, and that run as root.
    fn programs(&mut self) -> Result<(), Cause> {
        let units = self.host.units()?;
        let mut done = BTreeSet::new();
        let services = units.units.values().filter(|unit| {
            unit.name.ends_with(".service") && (unit.is_enabled() || unit.is_active())
        });
        for unit in services.take(MAX_UNITS) {
            let user = self.host.unit_values(unit, "Service", "User")?;
            let is_root =
                user.last().is_none_or(|user| matches!(user.value.as_str(), "root" | "0"));
            if !is_root {
                continue;
            }
            for key in ["ExecStartPre", "ExecStart", "ExecStartPost"] {
                for value in self.host.unit_values(unit, "Service", key)? {
                    let Some(path) = program(&value.value) else { continue };
                    if done.insert(path.to_owned()) {
                        self.program(&unit.name, path)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn program(&mut self, unit: &str, path: &str) -> Result<(), Cause> {
        // What can't be looked at here does not decide.
        let Ok(Some(file)) = self.host.file_followed(path) else { return Ok(()) };
        if file.kind == FileKind::File && is_open(&file) && self.facts.programs.len() < MAX_KEPT {
            self.facts.programs.push((unit.to_owned(), open_file(self.host, file)?));
        }
        Ok(())
    }
}

fn open_file(host: &Host, file: FileFacts) -> Result<OpenFile, Cause> {
    let owner = owner_name(host, file.uid)?;
    let by_person = file.uid != 0
        && host.accounts()?.of_uid(file.uid).is_some_and(|account| account.has_login_shell());
    Ok(OpenFile { file, owner, by_person })
}

/// Somebody else than root owns it or may write it. Root's own group may.
fn is_open(file: &FileFacts) -> bool {
    file.uid != 0 || !writers(file).is_empty()
}

/// Who else may write: by the mode, in the words of `ls`, or by the access list.
fn writers(file: &FileFacts) -> Vec<String> {
    let mut found = Vec::new();
    // In a folder with the sticky bit others can't replace what is not theirs, and still can add.
    if file.mode & 0o002 != 0 {
        found.push("o+w".to_owned());
    }
    if file.mode & 0o020 != 0 && file.gid != 0 {
        found.push("g+w".to_owned());
    }
    let grants = file.acl.iter().filter(|grant| {
        grant.permissions & 2 != 0 && grant.who != "user:0" && grant.who != "group:0"
    });
    found.extend(grants.map(|grant| format!("{} {}", grant.who, rwx(grant.permissions))));
    found
}

/// `-/usr/sbin/sshd -D $OPTS`: the path after the signs of systemd.service(5); `None` for a name that is looked up.
fn program(command: &str) -> Option<&str> {
    let command = command.trim_start_matches(['-', '@', ':', '+', '!', '|']).trim_start();
    let word = command.split_whitespace().next()?.trim_matches(['"', '\'']);
    word.starts_with('/').then_some(word)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    if facts.files == 0 && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("absent"));
    }
    let mut judgement = Judgement::new();
    for open in &facts.open {
        if open.file.uid != 0 {
            judgement.bad(open.reason("owner"));
        }
        if !writers(&open.file).is_empty() {
            judgement.bad(open.reason("writable"));
        }
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    if facts.open.is_empty() && facts.unseen.is_empty() {
        judgement.good(reason("fits").arg("count", facts.files));
    }
    for (unit, open) in &facts.programs {
        judgement.warn(open.reason("program").arg("unit", unit));
    }
    judgement
}

impl OpenFile {
    fn reason(&self, key: &'static str) -> Reason {
        reason(key)
            .arg("owner", &self.owner)
            .arg("mode", self.file.octal())
            .arg("writers", writers(&self.file).join(", "))
            .file(&self.file.path)
    }
}
