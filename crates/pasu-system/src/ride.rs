//! One walk for two: a target whose walk shows everything to a second visitor too.

use crate::{
    Acl, Entry, EntryKind, Metadata, System, SystemFile, ToolCall, ToolOutput, WalkOptions,
    WalkReport, WalkStep,
};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A visitor that rides along: called from several threads, and asked by itself which directories to leave out.
pub trait Rider: Sync {
    /// Looks at one entry.
    fn visit(&self, entry: &Entry<'_>) -> WalkStep;
}

/// A target whose first walk over all of it is shared with a [`Rider`]. Everything else is the target's own.
pub struct SharedWalk<'a> {
    system: &'a dyn System,
    rider: &'a dyn Rider,
    /// What the walk saw, for the rider; `None` until there was one.
    report: Mutex<Option<WalkReport>>,
}

impl<'a> SharedWalk<'a> {
    /// A target and who rides along.
    #[must_use]
    pub fn new(system: &'a dyn System, rider: &'a dyn Rider) -> Self {
        Self { system, rider, report: Mutex::default() }
    }

    /// What the shared walk saw, without what the rider left out; `None` if there was none.
    #[must_use]
    pub fn into_report(self) -> Option<WalkReport> {
        self.report.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Directories that one of the two left out while the other went on.
#[derive(Default)]
struct LeftOut(Mutex<HashSet<PathBuf>>);

impl LeftOut {
    /// Whether an entry lies in a directory that was left out. A directory there is left out too, so that only the
    /// parent must be known.
    fn holds(&self, entry: &Entry<'_>) -> bool {
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if folders.is_empty() {
            return false;
        }
        let inside = entry.path.parent().is_some_and(|parent| folders.contains(parent));
        if inside && entry.metadata.kind == EntryKind::Directory {
            folders.insert(entry.path.to_path_buf());
        }
        inside
    }

    fn add(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf());
    }

    /// A report without what lies in directories that were left out.
    fn without(self, report: &WalkReport) -> WalkReport {
        let folders = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_seen = |path: &Path| !path.ancestors().any(|above| folders.contains(above));
        WalkReport {
            entries: report.entries,
            other_file_systems: kept(&report.other_file_systems, is_seen),
            elsewhere: kept(&report.elsewhere, is_seen),
            errors: report.errors.iter().filter(|(path, ..)| is_seen(path)).cloned().collect(),
            timed_out: report.timed_out,
        }
    }
}

fn kept(paths: &[PathBuf], is_seen: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    paths.iter().filter(|path| is_seen(path)).cloned().collect()
}

impl System for SharedWalk<'_> {
    fn is_live(&self) -> bool {
        self.system.is_live()
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.system.symlink_metadata(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        self.system.open(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        self.system.read_dir(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.system.read_link(path)
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        self.system.acl(path)
    }

    fn run(&self, call: &ToolCall<'_>) -> io::Result<ToolOutput> {
        self.system.run(call)
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        let is_first = self.report.lock().unwrap_or_else(PoisonError::into_inner).is_none()
            && options.start == Path::new("/");
        if !is_first {
            return self.system.walk(options, visit);
        }
        let (of_caller, of_rider) = (LeftOut::default(), LeftOut::default());
        let report = self.system.walk(options, &|entry| {
            let step = |left_out: &LeftOut, visit: &dyn Fn(&Entry) -> WalkStep| {
                if left_out.holds(entry) { WalkStep::Skip } else { visit(entry) }
            };
            let caller = step(&of_caller, &|entry| visit(entry));
            let rider = step(&of_rider, &|entry| self.rider.visit(entry));
            if entry.metadata.kind == EntryKind::Directory {
                match (caller, rider) {
                    (WalkStep::Skip, WalkStep::Skip) => return WalkStep::Skip,
                    (WalkStep::Skip, WalkStep::Continue) => of_caller.add(entry.path),
                    (WalkStep::Continue, WalkStep::Skip) => of_rider.add(entry.path),
                    (WalkStep::Continue, WalkStep::Continue) => {}
                }
            }
            WalkStep::Continue
        });
        let for_rider = of_rider.without(&report);
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(for_rider);
        of_caller.without(&report)
    }
}

#[cfg(test)]
mod tests {
    use super::{Rider, SharedWalk};
    use crate::{Entry, MemorySystem, System, WalkOptions, WalkStep};
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;

    struct Seen {
        skip: &'static str,
        paths: Mutex<Vec<PathBuf>>,
    }

    impl Rider for Seen {
        fn visit(&self, entry: &Entry<'_>) -> WalkStep {
            if entry.path == Path::new(self.skip) {
                return WalkStep::Skip;
            }
            self.paths.lock().unwrap().push(entry.path.to_path_buf());
            WalkStep::Continue
        }
    }

    fn seen(skip: &'static str) -> Seen {
        Seen { skip, paths: Mutex::default() }
    }

    fn files(seen: &Seen) -> Vec<String> {
        let paths = seen.paths.lock().unwrap();
        paths
            .iter()
            .map(|path| path.display().to_string())
            .filter(|path| path.contains('.'))
            .collect()
    }

    #[test]
    fn each_sees_what_it_did_not_leave_out() {
        let system = MemorySystem::new()
            .with_file("/a/deep/down/1.txt", "")
            .with_file("/b/deep/2.txt", "")
            .with_file("/c/3.txt", "")
            .with_unreadable_directory("/a/deep/shut");
        let (rider, caller) = (seen("/b"), seen("/a"));
        let shared = SharedWalk::new(&system, &rider);
        let report = shared.walk(&WalkOptions::default(), &|entry| caller.visit(entry));
        assert_eq!(files(&caller), ["/b/deep/2.txt", "/c/3.txt"]);
        assert_eq!(files(&rider), ["/a/deep/down/1.txt", "/c/3.txt"]);
        assert!(report.errors.is_empty(), "the caller never wanted to go there");
        assert_eq!(shared.into_report().map(|report| report.errors.len()), Some(1));
    }

    #[test]
    fn what_both_leave_out_is_not_entered() {
        let system =
            MemorySystem::new().with_unreadable_directory("/a/shut").with_file("/b/1.txt", "");
        let (rider, caller) = (seen("/a"), seen("/a"));
        let shared = SharedWalk::new(&system, &rider);
        let report = shared.walk(&WalkOptions::default(), &|entry| caller.visit(entry));
        assert!(report.errors.is_empty());
        assert_eq!(files(&rider), files(&caller));
    }
}
