//! `cargo xtask bench`: Pasu beside its peers, on this machine, from outside; see docs/benchmarks.md.
//!
//! Whatever is measured as a process runs before results are read: Linux counts what a parent had in memory when it
//! started a child towards the child's peak.

mod archives;
mod audit;
mod book;
mod contest;
mod fix;
mod images;
mod listing;
mod lockfile;
mod lookups;
mod machine;
mod measure;
mod packages;
mod peers;
mod report;

use anyhow::Result;

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub enum Bench {
    /// Scans beside Trivy and Syft, building the advisory database, opening it and looking things up.
    Packages(packages::Args),
    /// Scans of saved images beside Trivy and Syft, cold and cached.
    Images(images::Args),
    /// Audits beside Lynis and OpenSCAP, and the walk beside find; needs root and Debian's packages of both.
    Audit(audit::Args),
    /// Planning, applying and taking back on copies of a stock Debian; needs root and debootstrap.
    Fix(fix::Args),
    /// The report as PDF, with 500 and 5,000 findings.
    Report(book::Args),
    /// The part of `packages` that opens a database and asks it; to be run optimised.
    Lookups(lookups::Args),
}

/// Measures and prints.
pub fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Packages(args) => packages::run(args),
        Bench::Images(args) => images::run(args),
        Bench::Audit(args) => audit::run(args),
        Bench::Fix(args) => fix::run(args),
        Bench::Report(args) => book::run(args),
        Bench::Lookups(args) => lookups::run(args),
    }
}
