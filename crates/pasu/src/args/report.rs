//! Flags of `pasu report`.

use super::StoreArgs;
use super::scan::parse_format;
use clap::Args;
use pasu_report::Format;
use std::path::PathBuf;

/// `pasu report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// A run by number, date or `last` (see `pasu runs`), or a file: what `--format pasu` wrote, or Trivy's JSON.
    #[arg(default_value = "last", value_name = "RUN|FILE")]
    pub run: String,
    /// pdf, html, markdown, csv, json, pasu, sarif, junit, cyclonedx, spdx-json, spdx, table; may be repeated, each with
    /// its --output. Without it, what the ending of --output says.
    #[arg(short, long, value_delimiter = ',', value_parser = parse_format, value_name = "FORMAT")]
    pub format: Vec<Format>,
    /// Where to write; standard output without it, or with -. The n-th --output belongs to the n-th --format.
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Settings with name, logo and colour; /etc/pasu/pasu.toml without it, if there is one.
    #[arg(long, env = "PASU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where runs are.
    #[command(flatten)]
    pub store: StoreArgs,
}
