//! Chores of this repository: `cargo xtask test`, `tidy`, `snapshot` and `bench`.
//!
//! One file a chore. A chore runs the same commands that a person would, prints them, and knows nothing of how Pasu
//! works inside.

#![expect(clippy::print_stderr, reason = "a chore talks to the person who runs it")]

mod bench;
mod process;
mod services;
mod snapshot;
mod test;
mod tidy;
mod workspace;

use clap::Parser;
use std::process::ExitCode;

/// Chores of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
enum Chore {
    /// Run every check and every test, with the services that they need.
    Test,
    /// Hold the repository against its rules: who imports whom, licences, sources, pages.
    Tidy,
    /// Build the advisory snapshot that is bundled with the program.
    Snapshot(snapshot::Args),
    /// Measure Pasu, beside Trivy and Syft where the job is the same.
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let result = match Chore::parse() {
        Chore::Test => test::run(),
        Chore::Tidy => tidy::run(),
        Chore::Snapshot(args) => snapshot::run(&args),
        Chore::Bench(bench) => bench::run(&bench),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
