//! Owner, mode and access list of files: `kind = "file-mode"`.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::fix::{AttributesEdit, Edit, Fix};
use crate::host::{FileFacts, Host};
use crate::judgement::{Judgement, Reason, reason};
use serde::{Deserialize, Serialize};

/// What the files must be.
#[derive(Debug, Clone)]
pub struct Spec {
    paths: Vec<String>,
    also: Vec<String>,
    limit: Limit,
    absent: Absent,
}

/// The owners and bits that files may have.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Names of accounts that may own them; none where the owner does not matter.
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
    /// Further ones, which are held to the same limit and only told of.
    #[serde(default)]
    also: Vec<String>,
    owners: Vec<String>,
    /// Octal digits.
    mode: String,
    absent: Absent,
}

/// What is read of the files that decide and of those that are only told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllFacts {
    deciding: Facts,
    also: Facts,
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
        Ok(Self { paths: table.paths, also: table.also, limit, absent: table.absent })
    }
}

impl KindCheck for Spec {
    type Facts = AllFacts;

    fn collect(&self, host: &Host) -> Result<AllFacts, Cause> {
        let deciding = collect(host, &self.paths)?;
        // What does not decide must not block either.
        let also = collect(host, &self.also)
            .unwrap_or_else(|cause| Facts { files: Vec::new(), unseen: vec![cause] });
        Ok(AllFacts { deciding, also })
    }

    fn judge(&self, AllFacts { deciding, also }: &AllFacts) -> Judgement {
        let mut judgement = if deciding.files.is_empty() && deciding.unseen.is_empty() {
            self.absent()
        } else {
            judge(deciding, &self.limit)
        };
        for file in &also.files {
            for deviation in deviations(file, &self.limit) {
                judgement.warn(deviation);
            }
        }
        for cause in &also.unseen {
            let told = reason(cause.kind.key()).arg("detail", &cause.detail);
            judgement.warn(told.at(cause.place.clone()));
        }
        judgement
    }

    fn plan(&self, facts: &AllFacts) -> Fix {
        let mut fix = Fix::new();
        for file in &facts.deciding.files {
            bring_within(&mut fix, file, &self.limit);
        }
        fix
    }
}

impl Spec {
    /// None of the deciding files is there.
    fn absent(&self) -> Judgement {
        let absent = reason("file-mode-absent").arg("paths", self.paths.join(", "));
        let mut judgement = Judgement::new();
        match self.absent {
            Absent::Pass => judgement.good(absent),
            Absent::Fail => judgement.bad(absent),
            Absent::NotApplicable => return Judgement::not_applicable(absent),
        }
        judgement
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
pub fn judge_file(file: &OwnedFile, limit: &Limit, judgement: &mut Judgement) {
    let deviations = deviations(file, limit);
    if deviations.is_empty() {
        judgement.good(as_found(file));
    }
    for deviation in deviations {
        judgement.bad(deviation);
    }
}

/// What a file has beyond its limit: none where it is within.
#[must_use]
pub fn deviations(OwnedFile { file, owner }: &OwnedFile, limit: &Limit) -> Vec<Reason> {
    let mut found = Vec::new();
    if !limit.owners.is_empty() && !limit.owners.contains(owner) {
        let owners = limit.owners.join(", ");
        found.push(reason("file-mode-owner").arg("owner", owner).arg("allowed", owners));
    }
    if file.bits_beyond(limit.mode) != 0 {
        let allowed = format!("{:04o}", limit.mode);
        found.push(reason("file-mode-bits").arg("mode", file.octal()).arg("allowed", allowed));
    }
    found.extend(file.grants_beyond(limit.mode).map(|grant| {
        let permissions = rwx(grant.permissions);
        reason("file-mode-acl").arg("who", &grant.who).arg("permissions", permissions)
    }));
    found.into_iter().map(|reason| reason.file(&file.path)).collect()
}

/// The edits that bring a file within its limit: none where it is.
#[must_use]
pub fn within(file: &OwnedFile, limit: &Limit) -> Option<Edit> {
    if deviations(file, limit).is_empty() {
        return None;
    }
    let is_foreign = !limit.owners.is_empty() && !limit.owners.contains(&file.owner);
    let edit = AttributesEdit {
        path: file.file.path.clone(),
        owner: limit.owners.first().filter(|_| is_foreign).cloned(),
        limit: Some(limit.mode),
        limit_acl: true,
        ..AttributesEdit::default()
    };
    Some(edit.into())
}

/// Adds what brings a file within its limit.
pub fn bring_within(fix: &mut Fix, file: &OwnedFile, limit: &Limit) {
    if let Some(edit) = within(file, limit) {
        fix.edit(edit);
        consent_to_lost_entries(fix, &file.file, limit.mode);
    }
}

/// An access list goes as a whole: where it also holds entries that are within the limit, somebody reads by it, and a
/// person has to accept that.
pub fn consent_to_lost_entries(fix: &mut Fix, file: &FileFacts, limit: u32) {
    let beyond: Vec<_> = file.grants_beyond(limit).collect();
    let lost: Vec<String> = file
        .acl
        .iter()
        .filter(|grant| grant.permissions != 0 && !beyond.contains(grant))
        .map(|grant| format!("{} {}", grant.who, rwx(grant.permissions)))
        .collect();
    if !beyond.is_empty() && !lost.is_empty() {
        let what = lost.join(", ");
        fix.consent(reason("fix-acl-entries").arg("what", what).file(&file.path));
    }
}

/// A file's owner and mode as they are.
#[must_use]
pub fn as_found(OwnedFile { file, owner }: &OwnedFile) -> Reason {
    reason("file-mode-good").arg("owner", owner).arg("mode", file.octal()).file(&file.path)
}

/// `rw-`.
#[must_use]
pub fn rwx(permissions: u8) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x')]
        .iter()
        .map(|(bit, letter)| if permissions & bit != 0 { *letter } else { '-' })
        .collect()
}
