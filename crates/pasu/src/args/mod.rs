//! What was typed. Parsing does no I/O and decides nothing.

mod audit;
mod cache;
mod db;
mod environment;
mod fix;
mod image;
mod image_patch;
mod inspect;
mod report;
mod runs;
mod scan;
mod trivy;

pub use audit::{
    AnswerArgs, AuditArgs, AuditCommand, AuditRunArgs, ExplainArgs, ITEM_TIMEOUT, ImportanceArg,
    ListArgs, SchemaArg,
};
pub use cache::{CacheArgs, CacheCommand, ScanCacheArgs};
pub use db::{BuildArgs, CompareArgs, DbCommand, KeygenArgs, SignArgs, StatusArgs, UpdateArgs};
pub use fix::{
    FixApplyArgs, FixChoice, FixCommand, FixConfirmArgs, FixFormat, FixHistoryArgs,
    FixPackagesArgs, FixPlanArgs, FixRecoverArgs, FixRollbackArgs, FixShowArgs, FixTarget,
};
pub use image::{ConfigScannerArg, ImageArgs, ImageCommand, SourceArgs};
pub use image_patch::{ImagePatchArgs, PatchFormat, PrivilegeArg};
pub use inspect::InspectArgs;
pub use report::ReportArgs;
pub use runs::{
    DiffArgs, DiffFormat, RunsArgs, RunsCommand, RunsDeleteArgs, RunsFindingsArgs, RunsFormat,
    RunsListArgs, RunsRecoverArgs, RunsShowArgs, StoreArgs,
};
pub use scan::{PackageTypeArg, ScanArgs, ScannerArg};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use trivy::TrivyArgs;

/// Keeps watch over Linux servers: audits them against security guidelines, finds known vulnerabilities and says what
/// to do first.
///
/// Without a command, inspects this host.
#[derive(Debug, Parser)]
#[command(
    name = "pasu",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub struct Args {
    /// What to do; this host is inspected without one.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to inspect this host.
    #[command(flatten)]
    pub inspect: InspectArgs,
}

impl Args {
    /// Reads the command line and environment variables; ends the program where they are wrong, or ask for help.
    pub fn read() -> Self {
        let command = Self::command();
        let typed: Vec<OsString> = environment::in_order(&command, std::env::args_os().collect());
        let matches =
            environment::with_variables(command.clone(), &typed).try_get_matches_from(&typed);
        matches
            .and_then(|mut matches| Self::from_arg_matches_mut(&mut matches))
            .unwrap_or_else(|error| environment::explain(error, &command, &typed).exit())
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Inspect this host: guideline, packages and images, as `pasu` does without a command.
    Inspect(Box<InspectArgs>),
    /// Find what is vulnerable in a container image.
    #[command(alias = "i")]
    Image(Box<ImageArgs>),
    /// Look at what is installed in a root file system (mounted disk, unpacked image).
    Rootfs(TargetArgs),
    /// Look at the lock files of projects in a folder, and at the operating system if there is one.
    #[command(alias = "filesystem")]
    Fs(TargetArgs),
    /// Look at the lock files of a source repository.
    #[command(alias = "repository")]
    Repo(TargetArgs),
    /// Look at a software bill of materials (CycloneDX or SPDX).
    Sbom(TargetArgs),
    /// Audit this host, or a root file system, against a security guideline.
    Audit(Box<AuditArgs>),
    /// Put right what an audit found, as a transaction that can always be undone.
    #[command(subcommand)]
    Fix(Box<FixCommand>),
    /// List the inspections that were kept, and what their findings live through.
    Runs(Box<RunsArgs>),
    /// Show what changed between two inspections: runs that were kept, or files of pasu or Trivy.
    Diff(Box<DiffArgs>),
    /// Print a run that was kept, or a file, as a report: PDF, HTML and others.
    Report(Box<ReportArgs>),
    /// The advisory database.
    #[command(subcommand)]
    Db(DbCommand),
    /// What was found in images before.
    #[command(subcommand)]
    Cache(CacheCommand),
}

/// A target by path and how to look at it.
#[derive(Debug, clap::Args)]
pub struct TargetArgs {
    /// Folder or file.
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// How to look.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Flags of Trivy that nothing follows of.
    #[command(flatten)]
    pub trivy: TrivyArgs,
}
