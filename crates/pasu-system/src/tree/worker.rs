//! One thread of a walk: takes a directory, visits what is in it, queues the directories below.

use super::metadata::metadata_of;
use super::mounts::{self, Mounted};
use super::queue;
use super::walk::Walk;
use crate::{Entry, EntryKind, Metadata, WalkReport, WalkStep};
use rustix::fs::{AtFlags, Mode, OFlags, RawDir};
use rustix::io::Errno;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of directory entries asked for at once; no single entry needs more than a few hundred.
const BUFFER: usize = 32 << 10;

/// How many directories stay open for the ones waiting below them. Beyond, a directory is reached by its path.
const MAX_HELD: usize = 128;

/// The longest path that is gone down, in bytes. Real trees end far below; a made one must not take the memory.
const MAX_PATH: usize = 1 << 20;

/// After how many entries the clock is looked at.
const CLOCK_INTERVAL: u64 = 256;

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// A directory whose children are queued.
pub(super) struct Place {
    path: PathBuf,
    held: Option<(OwnedFd, Arc<AtomicUsize>)>,
}

impl Place {
    /// One that is not held open.
    pub(super) fn unheld(path: PathBuf) -> Self {
        Self { path, held: None }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((_, count)) = &self.held {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A directory that waits to be read.
pub(super) struct Waiting {
    pub(super) parent: Arc<Place>,
    /// Its name in the parent; empty if it is the parent itself.
    pub(super) name: CString,
    pub(super) device: u64,
    pub(super) owner: u32,
}

pub(super) struct Worker<'a> {
    walk: &'a Walk<'a>,
    queue: queue::Worker<'a, Waiting>,
    report: WalkReport,
    /// The path of the entry in hand; written in place so that an entry costs no allocation.
    path: PathBuf,
}

impl<'a> Worker<'a> {
    pub(super) fn new(walk: &'a Walk<'a>, queue: queue::Worker<'a, Waiting>) -> Self {
        Self { walk, queue, report: WalkReport::default(), path: PathBuf::new() }
    }

    pub(super) fn run(mut self, queue: &queue::Queue<Waiting>) -> WalkReport {
        let mut buffer = Vec::with_capacity(BUFFER);
        while let Some(directory) = self.queue.pop() {
            self.read(&directory, &mut buffer);
            if self.walk.stopped.load(Ordering::Relaxed) {
                self.report.timed_out = true;
                queue.finish();
                break;
            }
        }
        std::mem::take(&mut self.report)
    }

    /// Visits everything in one directory.
    fn read(&mut self, directory: &Waiting, buffer: &mut Vec<u8>) {
        self.path.clear();
        self.path.push(&directory.parent.path);
        if !directory.name.is_empty() {
            self.path.push(OsStr::from_bytes(directory.name.to_bytes()));
        }
        if self.path.as_os_str().len() > MAX_PATH {
            self.fail(
                std::io::ErrorKind::InvalidFilename,
                format!("path of more than {MAX_PATH} bytes"),
            );
            return;
        }
        let opened = match self.open(directory) {
            Ok(opened) => opened,
            Err(error) => return self.fail_unless_gone(error),
        };
        let mut unheld = None;
        let place = Arc::new(self.hold(opened, &mut unheld));
        let held = place.held.as_ref().map(|(held, _)| held);
        let Some(fd) = held.or(unheld.as_ref()).map(AsFd::as_fd) else { return };
        let mut here = Here { place: &place, fd, device: directory.device, unseen: 0, error: None };
        let mut entries = RawDir::new(fd, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => {}
                Ok(entry) => self.meet(&mut here, entry.file_name()),
                Err(error) => {
                    self.fail_unless_gone(error);
                    break;
                }
            }
            if self.walk.stopped.load(Ordering::Relaxed) {
                break;
            }
        }
        if let Some(error) = here.error {
            let message = format!("{} of its entries cannot be looked at: {error}", here.unseen);
            self.fail(error.kind(), message);
        }
    }

    fn open(&self, directory: &Waiting) -> rustix::io::Result<OwnedFd> {
        let root = self.walk.root;
        root.quietly(directory.owner, DIRECTORY, |flags| match &directory.parent.held {
            Some((parent, _)) => {
                rustix::fs::openat(parent, directory.name.as_c_str(), flags, Mode::empty())
            }
            None => root.open_exact(&self.path, flags),
        })
    }

    /// Keeps a directory open for those below it, if not too many are.
    fn hold(&self, fd: OwnedFd, unheld: &mut Option<OwnedFd>) -> Place {
        let path = self.path.clone();
        let count = &self.walk.held;
        if count.fetch_add(1, Ordering::Relaxed) < MAX_HELD {
            return Place { path, held: Some((fd, Arc::clone(count))) };
        }
        count.fetch_sub(1, Ordering::Relaxed);
        *unheld = Some(fd);
        Place::unheld(path)
    }

    /// Looks at one entry and shows it to the visitor.
    fn meet(&mut self, here: &mut Here, name: &CStr) {
        if self.report.entries.is_multiple_of(CLOCK_INTERVAL) && self.walk.is_late() {
            self.walk.stopped.store(true, Ordering::Relaxed);
            return;
        }
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let metadata = match rustix::fs::statat(here.fd, name, flags) {
            Ok(stat) => metadata_of(&stat),
            Err(error) if is_gone(error) => return,
            Err(error) => {
                here.unseen += 1;
                here.error.get_or_insert(error);
                return;
            }
        };
        self.path.push(OsStr::from_bytes(name.to_bytes()));
        self.report.entries += 1;
        let step = (self.walk.visit)(&Entry { path: &self.path, metadata });
        if metadata.kind == EntryKind::Directory
            && step == WalkStep::Continue
            && self.is_entered(here, name, &metadata)
        {
            self.queue.push(Waiting {
                parent: Arc::clone(here.place),
                name: name.to_owned(),
                device: metadata.device,
                owner: metadata.uid,
            });
        }
        self.path.pop();
    }

    /// Whether a directory belongs to the walk: not another file system unless asked for, not seen before.
    fn is_entered(&mut self, here: &Here, name: &CStr, metadata: &Metadata) -> bool {
        if metadata.device != here.device {
            match mounts::mounted(here.fd, name, &self.path, self.walk.root.live) {
                Mounted::Kernel => return false,
                Mounted::Files if self.walk.options.cross_file_systems => {}
                Mounted::Files | Mounted::Trigger => {
                    self.report.other_file_systems.push(self.path.clone());
                    return false;
                }
            }
        }
        self.walk.is_new(metadata.device, metadata.inode)
    }

    fn fail_unless_gone(&mut self, error: Errno) {
        if !is_gone(error) {
            self.fail(error.kind(), error.to_string());
        }
    }

    fn fail(&mut self, kind: std::io::ErrorKind, message: String) {
        self.report.errors.push((self.path.clone(), kind, message));
    }
}

/// The directory being read.
struct Here<'a> {
    place: &'a Arc<Place>,
    fd: BorrowedFd<'a>,
    device: u64,
    /// Entries that could not be looked at, with the first one's error: told once for the directory.
    unseen: u64,
    error: Option<Errno>,
}

/// Whether what was there a moment ago has been removed, or replaced by something that is no directory.
fn is_gone(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}
