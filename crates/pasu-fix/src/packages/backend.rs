//! What every package manager does for an update, whichever it is.

use super::journal::Saved;
use super::plan::{Manager, OldPackage, Request, UpdatePlan, Upgrade};
use super::{Apk, Apt, Dnf, Machine, PackagesError};
use pasu_system::{Disk, ToolJob, ToolOutput};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long an installation may take. It goes on after that; only we stop waiting.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// How much of what a package manager says is looked at.
const LIMIT: usize = 64 << 10;

/// A package manager at work. What it says goes to a log.
pub(super) trait Backend {
    /// Refuses while another one works, and after one that was cut off.
    fn check(&self) -> Result<(), PackagesError>;

    /// What would be done.
    fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError>;

    /// Fetches new lists of packages.
    fn refresh(&self) -> Result<(), PackagesError>;

    /// Fetches the new package files, and changes nothing.
    fn download(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError>;

    /// Puts the package files of the installed versions into a folder.
    fn keep(&self, upgrades: &[&Upgrade], work: &Work<'_>) -> Result<(), PackagesError>;

    /// Name, version and architecture of a package file.
    fn identify(&self, file: &str) -> Result<[String; 3], PackagesError>;

    /// Carries the plan out.
    fn install(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError>;

    /// Finishes what was cut off, as far as that goes without new files.
    fn repair(&self, work: &Work<'_>) -> Result<(), PackagesError>;

    /// Whether packages, at least those of the plan, are wholly installed, none half-way.
    fn is_whole(&self, plan: &UpdatePlan) -> Result<bool, PackagesError>;

    /// Puts old package files back, and the marks of packages as they were. Refuses where that would remove a package.
    fn put_back(
        &self,
        saved: &[Saved],
        plan: &UpdatePlan,
        work: &Work<'_>,
    ) -> Result<(), PackagesError>;

    /// Installed versions by the names that plans use.
    fn versions(&self, plan: &UpdatePlan) -> Result<BTreeMap<String, String>, PackagesError>;
}

/// Where the files of an update lie.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    /// The machine.
    pub machine: Machine<'a>,
    /// Its files, to be changed.
    pub disk: &'a dyn Disk,
    /// The folder of old package files.
    pub folder: &'a Path,
    /// The log of what the package manager says.
    pub log: &'a Path,
    /// Variables for the package manager and the programs of packages.
    pub environment: &'a [(&'a str, &'a str)],
}

impl Work<'_> {
    /// Runs a tool that changes something; its status must be 0.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<(), PackagesError> {
        let output = self.run_with_status(program, arguments)?;
        if output.status == Some(0) {
            return Ok(());
        }
        Err(PackagesError::failed(super::machine::line(program, arguments), &output))
    }

    fn run_with_status(
        &self,
        program: &str,
        arguments: &[&str],
    ) -> Result<ToolOutput, PackagesError> {
        let job = ToolJob {
            program,
            arguments,
            environment: self.environment,
            directory: self.folder,
            timeout: PATIENCE,
            limit: LIMIT,
            log: Some(self.log),
        };
        self.machine.runner.run(&job).map_err(|source| PackagesError::Tool {
            line: super::machine::line(program, arguments),
            source,
        })
    }
}

/// The package manager of a machine.
pub(super) fn backend<'a>(manager: Manager, machine: Machine<'a>) -> Box<dyn Backend + 'a> {
    match manager {
        Manager::Apk => Box::new(Apk::new(machine)),
        Manager::Apt => Box::new(Apt::new(machine)),
        Manager::Dnf => Box::new(Dnf::new(machine)),
    }
}

impl Upgrade {
    /// Whether its old package file can be had.
    pub(super) fn can_be_kept(&self) -> bool {
        self.old_package != OldPackage::Nowhere
    }
}
