//! Flags of `pasu runs` and `pasu diff`.

use super::scan::{SeverityArg, parse_lang};
use clap::{Args, Subcommand, ValueEnum};
use pasu_model::{Lang, LifeState};
use std::path::PathBuf;

/// Inspections that were kept; lists them without a command.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RunsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// How to list them.
    #[command(flatten)]
    pub list: RunsListArgs,
}

/// What to do with the inspections that were kept.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Show one: what it looked at and what changed in it.
    Show(RunsShowArgs),
    /// List findings, since when they are there and where they stand.
    Findings(RunsFindingsArgs),
    /// Delete some. What is known of their findings stays.
    Delete(RunsDeleteArgs),
    /// Look whether everything that was kept is whole.
    Check(RunsListArgs),
    /// Write what can still be read of a damaged store into a new one. The damaged file is kept beside it.
    Recover(RunsRecoverArgs),
}

/// Where runs are kept, and the language.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Where runs are kept; /var/lib/pasu for root, ~/.local/state/pasu for others.
    #[arg(long, env = "PASU_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// `pasu runs` and `pasu runs check`.
#[derive(Debug, Args)]
pub struct RunsListArgs {
    /// Where.
    #[command(flatten)]
    pub store: StoreArgs,
    /// table or json.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub format: RunsFormat,
}

/// `pasu runs show`.
#[derive(Debug, Args)]
pub struct RunsShowArgs {
    /// A number, last, last-1 or the beginning of a date (2026-11-30).
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Where, and how it is told; json is the whole document (pasu.inspection/1).
    #[command(flatten)]
    pub list: RunsListArgs,
}

/// `pasu runs findings`.
#[derive(Debug, Args)]
pub struct RunsFindingsArgs {
    /// Only in these states, by comma: new, reopened, open, accepted, fixed.
    #[arg(long, value_delimiter = ',', value_parser = parse_state, value_name = "LIST")]
    pub only: Vec<LifeState>,
    /// Only of this machine or image.
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Where, and how it is told.
    #[command(flatten)]
    pub list: RunsListArgs,
}

/// `pasu runs delete`.
#[derive(Debug, Args)]
pub struct RunsDeleteArgs {
    /// Numbers, last, last-1 or beginnings of dates.
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<String>,
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
    /// Where.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `pasu runs recover`.
#[derive(Debug, Args)]
pub struct RunsRecoverArgs {
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
    /// Where.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What changed between two inspections.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The earlier: a run (number, last-1, date) or a file of pasu (--format pasu) or Trivy (--format json).
    #[arg(value_name = "BEFORE")]
    pub before: String,
    /// The later.
    #[arg(value_name = "AFTER")]
    pub after: String,
    /// table, json or markdown.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub format: DiffFormat,
    /// Where it is written; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The exit status where something is new or reopened.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8))]
    pub exit_code: Option<u8>,
    /// Only these severities count for --exit-code.
    #[arg(short, long, value_delimiter = ',', ignore_case = true, value_name = "LIST")]
    pub severity: Vec<SeverityArg>,
    /// Where.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// A form in which runs are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunsFormat {
    /// Text for people.
    Table,
    /// JSON.
    Json,
}

/// A form in which a comparison is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Text for people.
    Table,
    /// JSON.
    Json,
    /// Markdown.
    #[value(alias = "md")]
    Markdown,
}

fn parse_state(text: &str) -> Result<LifeState, String> {
    LifeState::parse(text).ok_or_else(|| {
        let all: Vec<&str> = LifeState::ALL.iter().map(|state| state.key()).collect();
        format!("one of {}", all.join(", "))
    })
}
