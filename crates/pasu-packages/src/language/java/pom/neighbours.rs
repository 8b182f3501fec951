//! Reads further project files of the same target, within limits: a hostile tree of modules must not cost more than a
//! real one.

use super::MAX_POM;
use super::project::Project;
use pasu_system::System;
use std::cell::Cell;
use std::path::Path;

/// How many further files one project may need.
const MAX_FILES: usize = 256;
/// How many bytes they may have together.
const MAX_BYTES: u64 = 32 << 20;

/// The other project files of a target.
pub struct Neighbours<'a> {
    system: &'a dyn System,
    files: Cell<usize>,
    bytes: Cell<u64>,
}

impl<'a> Neighbours<'a> {
    /// The project files of a target, none read yet.
    pub fn new(system: &'a dyn System) -> Self {
        Self { system, files: Cell::new(MAX_FILES), bytes: Cell::new(MAX_BYTES) }
    }

    /// Reads one; `None` if it is not there, is no project (which its own reading reports) or the limits are reached.
    pub fn read(&self, path: &Path) -> Option<Project> {
        let files = self.files.get().checked_sub(1)?;
        self.files.set(files);
        let bytes = match self.system.read(path, MAX_POM.min(self.bytes.get())) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() == std::io::ErrorKind::FileTooLarge {
                    self.bytes.set(0);
                }
                return None;
            }
        };
        self.bytes.set(self.bytes.get().saturating_sub(bytes.len() as u64));
        Project::parse(&bytes).ok()
    }

    /// Whether a limit was reached, and some version may have stayed unknown for that.
    pub fn is_exhausted(&self) -> bool {
        self.files.get() == 0 || self.bytes.get() == 0
    }
}
