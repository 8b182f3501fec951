//! One thread of a walk: takes a directory, visits what is in it, queues the directories below.

use super::inode::Inode;
use super::metadata::metadata_of;
use super::mounts::{self, Mounted};
use super::place::{Held, Place};
use super::walk::Walk;
use crate::queue;
use crate::{Entry, EntryKind, Metadata, WalkReport, WalkStep};
use rustix::fs::{AtFlags, Mode, OFlags, RawDir};
use rustix::io::Errno;
use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes of directory entries asked for at once; no single entry needs more than a few hundred.
const BUFFER: usize = 32 << 10;

/// How many directories stay open for the ones waiting below them. Beyond, a directory is reached by its path.
const MAX_HELD: usize = 128;

/// The longest path that is gone down, in bytes: sixteen times what a program can name. Real trees end far below.
const MAX_PATH: usize = 64 << 10;

/// Bytes of paths and messages that one thread's errors may take; further ones are only counted.
const MAX_ERRORS: usize = 8 << 20;

/// After how many entries the clock is looked at.
const CLOCK_INTERVAL: u64 = 16;

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// A directory that waits to be read.
pub(super) struct Waiting {
    pub(super) place: Arc<Place>,
    /// The directory it is in, if that is held open.
    pub(super) above: Option<Arc<Held>>,
    pub(super) device: u64,
    pub(super) owner: u32,
}

pub(super) struct Worker<'a> {
    walk: &'a Walk<'a>,
    queue: queue::Worker<'a, Waiting>,
    report: WalkReport,
    /// The path of the entry in hand; written in place so that an entry costs no allocation.
    path: PathBuf,
    /// Bytes that errors take, and how many found no room.
    error_bytes: usize,
    untold: u64,
}

impl<'a> Worker<'a> {
    pub(super) fn new(walk: &'a Walk<'a>, queue: queue::Worker<'a, Waiting>) -> Self {
        let report = WalkReport::default();
        Self { walk, queue, report, path: PathBuf::new(), error_bytes: 0, untold: 0 }
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
        if self.untold > 0 {
            let message = format!("{} more places could not be read", self.untold);
            let start = Path::new("/").join(&self.walk.options.start);
            self.report.errors.push((start, std::io::ErrorKind::Other, message));
        }
        self.report
    }

    /// Visits everything in one directory.
    fn read(&mut self, directory: &Waiting, buffer: &mut Vec<u8>) {
        directory.place.write_path(&mut self.path);
        if self.path.as_os_str().len() > MAX_PATH {
            self.fail(
                std::io::ErrorKind::InvalidFilename,
                format!("path of more than {MAX_PATH} bytes"),
            );
            return;
        }
        let opened = match self.open(directory) {
            Ok(opened) => opened,
            // Without the start nothing is seen: never silently.
            Err(error) if directory.place.is_start() => {
                return self.fail(error.kind(), error.to_string());
            }
            Err(error) => return self.fail_unless_gone(error),
        };
        let held = Held::new(opened, &self.walk.held, MAX_HELD);
        let (fd, held) = match &held {
            Ok(held) => (held.fd.as_fd(), Some(held)),
            Err(fd) => (fd.as_fd(), None),
        };
        let mut here = Here { directory, fd, held, unseen: 0, error: None };
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
        root.quietly(directory.owner, DIRECTORY, |flags| match &directory.above {
            Some(above) => {
                rustix::fs::openat(&above.fd, directory.place.name(), flags, Mode::empty())
            }
            None => root.open_exact(&self.path, flags),
        })
    }

    /// Looks at one entry and shows it to the visitor.
    fn meet(&mut self, here: &mut Here, name: &CStr) {
        if self.report.entries.is_multiple_of(CLOCK_INTERVAL) && self.walk.is_late() {
            self.walk.stopped.store(true, Ordering::Relaxed);
            return;
        }
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let stat = match rustix::fs::statat(here.fd, name, flags) {
            Ok(stat) => stat,
            Err(error) if is_gone(error) => return,
            Err(error) => {
                here.unseen += 1;
                here.error.get_or_insert(error);
                return;
            }
        };
        let metadata = metadata_of(&stat);
        self.path.push(OsStr::from_bytes(name.to_bytes()));
        self.report.entries += 1;
        let entry = Entry { path: &self.path, metadata, head: None };
        let step = (self.walk.visit)(&entry, &Inode::new(here.fd, name, &stat));
        if metadata.kind == EntryKind::Directory
            && step == WalkStep::Continue
            && self.is_entered(here, name, &metadata)
        {
            self.queue.push(Waiting {
                place: Arc::new(Place::below(&here.directory.place, name)),
                above: here.held.cloned(),
                device: metadata.device,
                owner: metadata.uid,
            });
        }
        self.path.pop();
    }

    /// Whether a directory belongs to the walk: not another file system unless asked for, not seen before.
    fn is_entered(&mut self, here: &Here, name: &CStr, metadata: &Metadata) -> bool {
        if metadata.device != here.directory.device {
            match mounts::mounted(here.fd, name, &self.path, self.walk.root.live) {
                Mounted::Kernel => return false,
                Mounted::Elsewhere => {
                    self.report.elsewhere.push(self.path.clone());
                    return false;
                }
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
        self.error_bytes += self.path.as_os_str().len() + message.len();
        if self.error_bytes > MAX_ERRORS {
            self.untold += 1;
            return;
        }
        self.report.errors.push((self.path.clone(), kind, message));
    }
}

/// The directory being read.
struct Here<'a> {
    directory: &'a Waiting,
    fd: BorrowedFd<'a>,
    held: Option<&'a Arc<Held>>,
    /// Entries that could not be looked at, with the first one's error: told once for the directory.
    unseen: u64,
    error: Option<Errno>,
}

/// Whether what was there a moment ago has been removed, or replaced by something that is no directory.
fn is_gone(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}
