//! The commands, one file each.

mod audit;
mod cache;
mod db;
mod diff;
mod fix;
pub mod image;
mod inspect;
mod judged;
mod output;
mod report;
mod runs;
mod scan;
pub mod target;
mod unseen;
mod whole;

use crate::args::{Args, Command};
use crate::exit::Exit;
use anyhow::Result;
use pasu_model::{Lang, TargetKind};

/// Does what was asked.
pub fn run(args: Args) -> Result<Exit> {
    if !matches!(
        args.command,
        Some(
            Command::Fix(_)
                | Command::Runs(_)
                | Command::Diff(_)
                | Command::Report(_)
                | Command::Db(_)
                | Command::Cache(_)
        )
    ) {
        fix::tell_unfinished(language(&args));
    }
    match args.command {
        None => inspect::run(&args.inspect),
        Some(Command::Inspect(args)) => inspect::run(&args),
        Some(Command::Image(image)) => image::run(&image),
        Some(Command::Rootfs(target)) => scan::tree(TargetKind::Rootfs, &target.path, &target.scan),
        Some(Command::Fs(target)) => scan::tree(TargetKind::Filesystem, &target.path, &target.scan),
        Some(Command::Repo(target)) => {
            scan::tree(TargetKind::Repository, &target.path, &target.scan)
        }
        Some(Command::Sbom(target)) => scan::sbom(&target.path, &target.scan),
        Some(Command::Audit(args)) => audit::run(*args),
        Some(Command::Fix(command)) => fix::run(*command),
        Some(Command::Runs(args)) => runs::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Db(command)) => db::run(command),
        Some(Command::Cache(command)) => cache::run(&command),
    }
}

/// The language that was asked for, else the locale's.
fn language(args: &Args) -> Lang {
    let asked = match &args.command {
        None => args.inspect.scan.lang,
        Some(Command::Inspect(inspect)) => inspect.scan.lang,
        Some(Command::Audit(audit)) => audit.run.lang,
        Some(Command::Image(image)) => image.scan.lang,
        Some(
            Command::Rootfs(target)
            | Command::Fs(target)
            | Command::Repo(target)
            | Command::Sbom(target),
        ) => target.scan.lang,
        Some(Command::Report(report)) => report.store.lang,
        Some(
            Command::Fix(_)
            | Command::Runs(_)
            | Command::Diff(_)
            | Command::Db(_)
            | Command::Cache(_),
        ) => None,
    };
    asked.unwrap_or_else(scan::locale)
}
