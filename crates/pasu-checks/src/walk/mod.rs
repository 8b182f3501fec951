//! The one walk over the whole tree, on which every whole-disk item rides.
//!
//! What the walk looks for is in one file each; a visitor costs a few comparisons for an entry that is as it should be.

mod hidden;
mod secrets;
mod setid;
mod unowned;
mod world_writable;

use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use pasu_model::Place;
use pasu_system::{Entry, EntryKind, Metadata, Rider, System, WalkOptions, WalkReport, WalkStep};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub(crate) use hidden::is_odd;
pub use secrets::{
    MAX_SECRET, is_candidate as may_hold_secret, is_candidates_name as may_name_secret,
};

/// How many of each kind are kept; all are counted.
const MAX_KEPT: usize = 2000;

/// How many places that could not be entered are named.
const MAX_UNSEEN: usize = 20;

/// Where engines keep containers and images, which are targets of their own, and what lists files without holding them.
const SKIPPED: [&str; 14] = [
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/snap",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/kubelet",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/incus",
    "/var/lib/machines",
    "/var/snap/lxd",
];

/// What the walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkFacts {
    /// Regular files with set-user-ID or set-group-ID.
    pub setid: Listed,
    /// Numbers of owners and groups that have no name in the account files, with what belongs to them.
    pub unowned: Vec<UnknownId>,
    /// Why owners could not be told.
    pub unowned_unknown: Option<Cause>,
    /// Regular files that everybody may write.
    pub world_writable_files: Listed,
    /// Directories that everybody may write, without the sticky bit.
    pub world_writable_directories: Listed,
    /// What has a hidden or an odd name, outside homes.
    pub hidden: Listed,
    /// Files of an image whose names are those of files with secrets.
    #[serde(default)]
    pub secret_candidates: Listed,
    /// What the walk did not see.
    pub unseen: Vec<Cause>,
    /// Directories that belong to another machine or to containers, and were left out on purpose.
    pub left_out: Vec<String>,
    /// How many things were looked at.
    pub entries: u64,
}

/// Some of what was found, and how many there are in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// By path, at most two thousand.
    pub found: Vec<Found>,
    /// All.
    pub total: u64,
}

impl Listed {
    /// Why a check of all of them would be incomplete: more were found than are kept.
    #[must_use]
    pub fn cut_off(&self) -> Option<Cause> {
        let kept = self.found.len();
        let detail = || format!("{} found, the first {kept} are judged", self.total);
        (self.total > kept as u64).then(|| Cause::new(CauseKind::Limit, detail()))
    }
}

/// The number of a user or group without a name, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownId {
    /// A group's number.
    pub group: bool,
    /// The number.
    pub id: u32,
    /// How many things belong to it.
    pub total: u64,
    /// Paths of some of them, sorted.
    pub paths: Vec<String>,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Found {
    /// Path, lossily decoded.
    pub path: String,
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Whether it is a directory.
    pub directory: bool,
}

/// What of the target a walk covered, as far as it matters to a verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// What was not seen.
    pub unseen: Vec<Cause>,
    /// What was left out on purpose.
    pub left_out: Vec<String>,
    /// How many things were looked at.
    pub entries: u64,
}

impl WalkFacts {
    /// What of it is still so, seen through another door: the things found are looked at again, no others are.
    #[must_use]
    pub fn again(&self, system: &dyn System) -> Self {
        let look = |path: &str| system.symlink_metadata(Path::new(path)).ok();
        let keep = |listed: &Listed, is_so: &dyn Fn(&Metadata) -> bool| {
            let mut again = listed.clone();
            again.found.retain_mut(|found| match look(&found.path).filter(|now| is_so(now)) {
                Some(now) => {
                    (found.mode, found.uid, found.gid) = (now.mode, now.uid, now.gid);
                    true
                }
                None => false,
            });
            again.total -= (listed.found.len() - again.found.len()) as u64;
            again
        };
        let mut facts = self.clone();
        facts.setid = keep(&self.setid, &|now| now.mode & 0o6000 != 0);
        facts.world_writable_files = keep(&self.world_writable_files, &|now| now.mode & 0o002 != 0);
        facts.world_writable_directories = keep(&self.world_writable_directories, &|now| {
            now.mode & 0o002 != 0 && now.mode & 0o1000 == 0
        });
        facts.hidden = keep(&self.hidden, &|_| true);
        for unknown in &mut facts.unowned {
            let (group, id) = (unknown.group, unknown.id);
            let before = unknown.paths.len();
            unknown.paths.retain(|path| {
                look(path).is_some_and(|now| if group { now.gid == id } else { now.uid == id })
            });
            unknown.total -= (before - unknown.paths.len()) as u64;
        }
        facts.unowned.retain(|unknown| unknown.total > 0);
        facts
    }

    /// What the walk covered.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let left_out = self.left_out.iter().take(MAX_UNSEEN).cloned().collect();
        Scope { unseen: self.unseen.clone(), left_out, entries: self.entries }
    }
}

impl Scope {
    /// Whether everything was seen: only then can nothing have been missed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unseen.is_empty()
    }

    /// Says what was not seen and what was left out.
    pub fn tell(&self, judgement: &mut Judgement) {
        for cause in &self.unseen {
            judgement.unseen(cause);
        }
        for path in &self.left_out {
            judgement.note(reason("walk-left-out").file(path));
        }
    }
}

/// Says that everybody may write a directory that has no sticky bit, of some; the rest is counted.
pub fn tell_open_directories(directories: &Listed, judgement: &mut Judgement) {
    let told = directories.found.iter().take(MAX_UNSEEN);
    let count = told.len() as u64;
    for found in told {
        let mode = format!("{:04o}", found.mode);
        judgement.warn(reason("open-directory").arg("mode", mode).file(&found.path));
    }
    if directories.total > count {
        let more = reason("walk-more").arg("count", directories.total - count);
        judgement.warn(more.arg("what", "o+w, no sticky bit"));
    }
}

/// Takes what one sort of finding is about.
trait Visitor: Sync {
    /// Looks at one entry; called from several threads.
    fn visit(&self, entry: &Entry<'_>);
}

/// A list that several threads add to.
#[derive(Default)]
struct Gathered(Mutex<Listed>);

impl Gathered {
    fn add(&self, entry: &Entry<'_>) {
        let mut listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listed.total += 1;
        if listed.found.len() < MAX_KEPT {
            listed.found.push(Found {
                path: entry.path.to_string_lossy().into_owned(),
                mode: entry.metadata.mode,
                uid: entry.metadata.uid,
                gid: entry.metadata.gid,
                directory: entry.metadata.kind == EntryKind::Directory,
            });
        }
    }

    fn take(self) -> Listed {
        let mut listed = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        listed.found.sort();
        listed
    }
}

/// Everything that is looked for on one walk. It can ride along on a walk of somebody else's.
pub struct Visitors {
    setid: setid::SetId,
    writable: world_writable::WorldWritable,
    unowned: Result<unowned::Unowned, Cause>,
    hidden: hidden::Hidden,
    /// Of images alone.
    secrets: Option<secrets::SecretFiles>,
}

impl Visitors {
    /// Visitors for one walk over a target.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        Self {
            setid: setid::SetId::default(),
            writable: world_writable::WorldWritable::default(),
            unowned: unowned::Unowned::new(host),
            hidden: hidden::Hidden::new(host),
            secrets: host
                .image()
                .is_ok()
                .then(|| secrets::SecretFiles { gathered: Gathered::default() }),
        }
    }

    /// What they found on a walk of this report.
    #[must_use]
    pub fn into_facts(self, report: &WalkReport) -> WalkFacts {
        let (unowned, unowned_unknown) = match self.unowned {
            Ok(visitor) => (visitor.take(), None),
            Err(cause) => (Vec::new(), Some(cause)),
        };
        let (world_writable_files, world_writable_directories) = self.writable.take();
        let shown = |path: &PathBuf| path.to_string_lossy().into_owned();
        WalkFacts {
            setid: self.setid.gathered.take(),
            unowned,
            unowned_unknown,
            world_writable_files,
            world_writable_directories,
            hidden: self.hidden.gathered.take(),
            secret_candidates: self.secrets.map(|it| it.gathered.take()).unwrap_or_default(),
            unseen: unseen(report),
            left_out: report.elsewhere.iter().map(shown).collect(),
            entries: report.entries,
        }
    }
}

impl Rider for Visitors {
    fn visit(&self, entry: &Entry<'_>) -> WalkStep {
        if entry.metadata.kind == EntryKind::Directory
            && SKIPPED.iter().any(|skipped| entry.path == Path::new(skipped))
        {
            return WalkStep::Skip;
        }
        self.setid.visit(entry);
        self.writable.visit(entry);
        self.hidden.visit(entry);
        if let Ok(unowned) = &self.unowned {
            unowned.visit(entry);
        }
        if let Some(secrets) = &self.secrets {
            secrets.visit(entry);
        }
        WalkStep::Continue
    }
}

/// Walks the target once.
pub(crate) fn walk(host: &Host) -> Result<WalkFacts, Cause> {
    let visitors = Visitors::new(host);
    let options = WalkOptions {
        cross_file_systems: host.is_live(),
        deadline: host.deadline(),
        ..WalkOptions::default()
    };
    let report = host.system().walk(&options, &|entry| visitors.visit(entry));
    Ok(visitors.into_facts(&report))
}

fn unseen(report: &WalkReport) -> Vec<Cause> {
    let mut causes: Vec<Cause> = report
        .errors
        .iter()
        .take(MAX_UNSEEN)
        .map(|(path, kind, detail)| {
            let path = path.to_string_lossy();
            Cause::of_file(&path, &io::Error::new(*kind, detail.clone()))
        })
        .collect();
    if let Some(more) = report.errors.len().checked_sub(MAX_UNSEEN).filter(|more| *more > 0) {
        let kind =
            if report.errors.iter().all(|(_, kind, _)| *kind == io::ErrorKind::PermissionDenied) {
                CauseKind::Permission
            } else {
                CauseKind::Io
            };
        causes.push(Cause::new(kind, format!("{more} more places")));
    }
    for path in &report.other_file_systems {
        let path = path.to_string_lossy().into_owned();
        let mut cause = Cause::new(CauseKind::Limit, "another file system is mounted there");
        cause.place = Some(Place::File { path, line: None });
        causes.push(cause);
    }
    if report.timed_out {
        let detail = format!("the time was up after {} files", report.entries);
        causes.push(Cause::new(CauseKind::Timeout, detail));
    }
    causes
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn one_walk_finds_them_all_and_leaves_containers_out() {
        let host = TestHost::new()
            .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
            .file("/etc/group", "root:x:0:\n")
            .file("/usr/bin/sudo", "")
            .mode("/usr/bin/sudo", 0o4755)
            .file("/srv/open", "")
            .mode("/srv/open", 0o666)
            .directory("/srv/all")
            .mode("/srv/all", 0o777)
            .directory("/tmp")
            .mode("/tmp", 0o1777)
            .file("/srv/lost", "")
            .owner("/srv/lost", 4242, 0)
            .file("/var/lib/docker/overlay2/x/diff/bin/su", "")
            .mode("/var/lib/docker/overlay2/x/diff/bin/su", 0o4755)
            .host();
        let facts = host.walk().unwrap();
        let paths = |listed: &super::Listed| {
            listed.found.iter().map(|found| found.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(paths(&facts.setid), ["/usr/bin/sudo"]);
        assert_eq!(paths(&facts.world_writable_files), ["/srv/open"]);
        assert_eq!(paths(&facts.world_writable_directories), ["/srv/all"]);
        let lost = &facts.unowned[0];
        assert_eq!((lost.id, lost.group, lost.total, facts.unowned.len()), (4242, false, 1, 1));
        assert_eq!(lost.paths, ["/srv/lost"]);
        assert!(facts.unseen.is_empty() && facts.unowned_unknown.is_none());
    }
}
