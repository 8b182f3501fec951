//! Owner, mode and access list of files: `kind = "file-mode"`.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::host::{FileFacts, Host};
use crate::judgement::{Judgement, reason};
use serde::{Deserialize, Serialize};

/// What the files must be.
#[derive(Debug, Clone)]
pub struct Spec {
    paths: Vec<String>,
    limit: Limit,
    absent: Absent,
}

/// The owners and bits that files may have.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Names of accounts that may own them.
    pub owners: Vec<String>,
    /// Bits that may be set (`0o7777`); a mode within it is good, whatever its number.
    pub mode: u32,
}

/// What it means that none of the files is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Absent {
    Pass,
    NotApplicable,
    Fail,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Paths or patterns.
    paths: Vec<String>,
    owners: Vec<String>,
    /// Octal digits.
    mode: String,
    absent: Absent,
}

/// What is read of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Those that are there, links followed.
    pub files: Vec<OwnedFile>,
    /// Those that could not be looked at.
    pub unseen: Vec<Cause>,
}

/// A file with the name of its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedFile {
    /// The file.
    pub file: FileFacts,
    /// Its owner's name, or number where there is no name.
    pub owner: String,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        let table: Table = spec.try_into()?;
        let mode = u32::from_str_radix(&table.mode, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .ok_or_else(|| KindError::Value(format!("mode = {:?}: not octal", table.mode)))?;
        let limit = Limit { owners: table.owners, mode };
        Ok(Self { paths: table.paths, limit, absent: table.absent })
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        collect(host, &self.paths)
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        if facts.files.is_empty() && facts.unseen.is_empty() {
            let paths = self.paths.join(", ");
            let absent = reason("file-mode-absent").arg("paths", paths);
            let mut judgement = Judgement::new();
            match self.absent {
                Absent::Pass => judgement.good(absent),
                Absent::Fail => judgement.bad(absent),
                Absent::NotApplicable => return Judgement::not_applicable(absent),
            }
            return judgement;
        }
        judge(facts, &self.limit)
    }
}

/// Reads the files that paths or patterns name.
pub fn collect(host: &Host, paths: &[String]) -> Result<Facts, Cause> {
    let mut facts = Facts { files: Vec::new(), unseen: Vec::new() };
    for pattern in paths {
        for path in host.glob(pattern)? {
            match host.file_followed(&path) {
                Ok(Some(file)) => {
                    let owner = owner_name(host, file.uid)?;
                    facts.files.push(OwnedFile { file, owner });
                }
                // A link that leads nowhere.
                Ok(None) => {}
                Err(cause) => facts.unseen.push(cause),
            }
        }
    }
    Ok(facts)
}

/// The name of an owner: `root` also where `/etc/passwd` cannot be read.
pub fn owner_name(host: &Host, uid: u32) -> Result<String, Cause> {
    if uid == 0 { Ok("root".to_owned()) } else { Ok(host.accounts()?.name_of(uid)) }
}

/// Judges files one by one.
pub fn judge(facts: &Facts, limit: &Limit) -> Judgement {
    let mut judgement = Judgement::new();
    for file in &facts.files {
        judge_file(file, limit, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    judgement
}

/// Judges one file: owner, bits beyond the limit, and what an access list gives beyond it.
pub fn judge_file(OwnedFile { file, owner }: &OwnedFile, limit: &Limit, judgement: &mut Judgement) {
    let allowed = format!("{:04o}", limit.mode);
    let mut is_good = true;
    if !limit.owners.contains(owner) {
        is_good = false;
        let owners = limit.owners.join(", ");
        judgement.bad(
            reason("file-mode-owner").arg("owner", owner).arg("allowed", owners).file(&file.path),
        );
    }
    if file.bits_beyond(limit.mode) != 0 {
        is_good = false;
        judgement.bad(
            reason("file-mode-bits")
                .arg("mode", file.octal())
                .arg("allowed", &allowed)
                .file(&file.path),
        );
    }
    for grant in file.grants_beyond(limit.mode) {
        is_good = false;
        let permissions = rwx(grant.permissions);
        judgement.bad(
            reason("file-mode-acl")
                .arg("who", &grant.who)
                .arg("permissions", permissions)
                .file(&file.path),
        );
    }
    if is_good {
        let mode = file.octal();
        judgement
            .good(reason("file-mode-good").arg("owner", owner).arg("mode", mode).file(&file.path));
    }
}

/// `rw-`.
#[must_use]
pub fn rwx(permissions: u8) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x')]
        .iter()
        .map(|(bit, letter)| if permissions & bit != 0 { *letter } else { '-' })
        .collect()
}
