//! The walk: what it begins with, its threads and its end.

use super::inode::Inode;
use super::metadata::metadata_of;
use super::mounts::{self, Mounted};
use super::place::Place;
use super::resolve::resolve;
use super::root::{Last, Root};
use super::worker::{Waiting, Worker};
use crate::queue::Queue;
use crate::{Entry, EntryKind, WalkOptions, WalkReport, WalkStep};
use std::collections::HashSet;
use std::ffi::CString;
use std::num::NonZero;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex};

/// More threads than this only wait for each other.
const MAX_THREADS: usize = 32;

/// Called for everything that is met.
pub(super) type Visit<'a> = dyn Fn(&Entry, &Inode<'_>) -> WalkStep + Sync + 'a;

/// What the threads of one walk share.
pub(super) struct Walk<'a> {
    pub(super) root: &'a Root,
    pub(super) options: &'a WalkOptions,
    pub(super) visit: &'a Visit<'a>,
    /// Set when the deadline has come.
    pub(super) stopped: AtomicBool,
    /// Directories that are held open for the ones waiting below them.
    pub(super) held: Arc<AtomicUsize>,
    /// Device and inode of each directory entered; kept only when file systems are crossed, for within one file system
    /// a directory has one place.
    pub(super) entered: Option<Mutex<HashSet<(u64, u64)>>>,
}

/// Walks a tree; see [`crate::System::walk`].
pub(super) fn walk(root: &Root, options: &WalkOptions, visit: &Visit<'_>) -> WalkReport {
    let walk = Walk {
        root,
        options,
        visit,
        stopped: AtomicBool::new(false),
        held: Arc::default(),
        entered: options.cross_file_systems.then(Mutex::default),
    };
    let mut report = WalkReport::default();
    if let Some(first) = walk.begin(&mut report) {
        walk.run(first, &mut report);
    }
    report.errors.sort_by(|one, other| one.0.cmp(&other.0));
    report.other_file_systems.sort();
    report.elsewhere.sort();
    report
}

impl Walk<'_> {
    /// Visits the start; returns it if it is a directory to be entered.
    fn begin(&self, report: &mut WalkReport) -> Option<Waiting> {
        if self.is_late() {
            report.timed_out = true;
            return None;
        }
        let start = &self.options.start;
        let found = resolve(self.root, start, Last::Keep)
            .and_then(|found| Ok((rustix::fs::fstat(&found.handle)?, found)));
        let (stat, found) = match found {
            Ok(found) => found,
            Err(error) => {
                let path = Path::new("/").join(start);
                report.errors.push((path, error.kind(), error.to_string()));
                return None;
            }
        };
        report.entries += 1;
        let metadata = metadata_of(&stat);
        let entry = Entry { path: &found.path, metadata, head: None };
        let step = (self.visit)(&entry, &Inode::new(found.handle.as_fd(), c".", &stat));
        if metadata.kind != EntryKind::Directory || step == WalkStep::Skip {
            return None;
        }
        match mounts::mounted_at(&found.handle) {
            Mounted::Files | Mounted::Elsewhere => {}
            Mounted::Kernel => return None,
            Mounted::Trigger => {
                report.other_file_systems.push(found.path);
                return None;
            }
        }
        self.is_new(metadata.device, metadata.inode);
        // A path that a handle was just found by holds no NUL.
        let path = CString::new(found.path.into_os_string().into_vec()).ok()?;
        Some(Waiting {
            place: Arc::new(Place::start(path)),
            above: None,
            device: metadata.device,
            owner: metadata.uid,
        })
    }

    fn run(&self, first: Waiting, report: &mut WalkReport) {
        let queue = Queue::new(first);
        let workers: Vec<Worker> =
            (0..self.threads()).map(|_| Worker::new(self, queue.join())).collect();
        let mut workers = workers.into_iter();
        let own = workers.next();
        let reports: Vec<WalkReport> = std::thread::scope(|scope| {
            // Where a thread can't be had (a limit on processes), the others do its work.
            let threads: Vec<_> = workers
                .map_while(|worker| {
                    let name = "walk".to_owned();
                    std::thread::Builder::new()
                        .name(name)
                        .spawn_scoped(scope, || worker.run(&queue))
                        .ok()
                })
                .collect();
            let own = own.map(|worker| worker.run(&queue));
            let joined = threads.into_iter().map(|thread| match thread.join() {
                Ok(report) => report,
                // The visitor's panic is its caller's.
                Err(panic) => std::panic::resume_unwind(panic),
            });
            own.into_iter().chain(joined).collect()
        });
        for part in reports {
            report.entries += part.entries;
            report.errors.extend(part.errors);
            report.other_file_systems.extend(part.other_file_systems);
            report.elsewhere.extend(part.elsewhere);
            report.timed_out |= part.timed_out;
        }
    }

    fn threads(&self) -> usize {
        let wanted = match self.options.threads {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            wanted => wanted,
        };
        wanted.min(MAX_THREADS)
    }

    pub(super) fn is_late(&self) -> bool {
        self.options.deadline.is_some_and(|deadline| std::time::Instant::now() >= deadline)
    }

    /// Whether a directory has not been entered yet, in a walk that could come to it by two ways.
    pub(super) fn is_new(&self, device: u64, inode: u64) -> bool {
        let Some(entered) = &self.entered else { return true };
        let mut entered = entered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        entered.insert((device, inode))
    }
}
