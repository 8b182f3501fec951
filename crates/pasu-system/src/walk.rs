//! How a walk is asked for and what it answers.

use std::path::PathBuf;
use std::time::Instant;

/// What to walk.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// Where to begin; `/` for the whole target.
    pub start: PathBuf,
    /// Go into other file systems mounted below.
    pub cross_file_systems: bool,
    /// Threads; 0 takes as many as there are processors.
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
    /// Things visited.
    pub entries: u64,
    /// Directories not entered because they are another file system.
    pub other_file_systems: Vec<PathBuf>,
    /// What could not be read, with the error: permission, input/output.
    pub errors: Vec<(PathBuf, std::io::ErrorKind, String)>,
    /// Whether the deadline ended it.
    pub timed_out: bool,
}
