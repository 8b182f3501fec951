//! How a walk is asked for and what it answers.

use std::path::PathBuf;
use std::time::Instant;

/// What to walk.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// Where to begin; `/` for the whole target. Symbolic links on the way are followed inside the target, and the
    /// paths shown are those they lead to; a start that is itself a link is visited as one.
    pub start: PathBuf,
    /// Go into other file systems mounted below. Those through which the kernel shows itself (`/proc`, `/sys`, `/dev`,
    /// control groups…) are never entered, nor is an automounter woken, nor [`WalkReport::elsewhere`].
    pub cross_file_systems: bool,
    /// Threads; 0 takes as many as there are processors. The caller's is one of them.
    pub threads: usize,
    /// Stop when this moment has come.
    pub deadline: Option<Instant>,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self { start: PathBuf::from("/"), cross_file_systems: false, threads: 0, deadline: None }
    }
}

/// What a visitor wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkStep {
    /// Go on; into a directory, its entries.
    Continue,
    /// Leave this directory out.
    Skip,
}

/// What a walk saw and what it did not.
#[derive(Debug, Clone, Default)]
pub struct WalkReport {
    /// Things visited, the start among them.
    pub entries: u64,
    /// Directories not entered because they are another file system, sorted. What is the kernel's own is not among
    /// them: it holds nothing installed. Each can be the start of another walk.
    pub other_file_systems: Vec<PathBuf>,
    /// On a running machine, directories never entered because another machine's files (NFS, SMB, FUSE…) or a
    /// container's overlay are mounted there; sorted. They are targets of their own.
    pub elsewhere: Vec<PathBuf>,
    /// What could not be read, with the error: permission, input/output; sorted by path. What vanished while the walk
    /// went on is no error.
    pub errors: Vec<(PathBuf, std::io::ErrorKind, String)>,
    /// Whether the deadline ended it.
    pub timed_out: bool,
}
