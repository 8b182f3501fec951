//! Flags of `pasu fix`.

use super::audit::parse_guideline;
use super::scan::{parse_duration, parse_lang};
use clap::{Args, Subcommand, ValueEnum};
use pasu_model::Lang;
use std::path::PathBuf;
use std::time::Duration;

/// `pasu fix`.
#[derive(Debug, Subcommand)]
pub enum FixCommand {
    /// Show what would be changed, item by item, as a unified diff. Changes nothing.
    Plan(FixPlanArgs),
    /// Carry out a plan (a file of `plan --format json`) or put items right.
    Apply(FixApplyArgs),
    /// Keep changes that would otherwise undo themselves (`apply --confirm-within`).
    Confirm(FixConfirmArgs),
    /// Take applied changes back, every byte and attribute.
    Rollback(FixRollbackArgs),
    /// List what was applied, undone and taken back.
    History(FixHistoryArgs),
    /// Show one entry of the history: who, when, why, which edits.
    Show(FixShowArgs),
    /// End what was interrupted: in the state before, or, where it was complete, in the state after.
    Recover(FixRecoverArgs),
    /// Plan and install security updates with the package manager.
    Packages(FixPackagesArgs),
    /// Print the JSON Schema of `plan --format json`.
    Schema,
}

/// Which items, where, and how to say it.
#[derive(Debug, Args, Clone)]
pub struct FixChoice {
    /// Put every item right that may be put right unattended.
    #[arg(long)]
    pub all_safe: bool,
    /// Only items of this category or chapter; may be repeated.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub category: Vec<String>,
    /// Accept what the fix of this item endangers, by code or slug; may be repeated.
    #[arg(long, value_delimiter = ',', value_name = "ITEM")]
    pub accept: Vec<String>,
    /// A value that only the site knows, over that of the policy: ITEM.PARAMETER=VALUE; may be repeated.
    #[arg(long, value_name = "ITEM.PARAMETER=VALUE")]
    pub set: Vec<String>,
    /// The guideline whose codes are meant.
    #[arg(long, value_parser = parse_guideline, value_name = "NAME")]
    pub guideline: Option<String>,
    /// Policy file; /etc/pasu/pasu.toml without it, if there is one.
    #[arg(long, env = "PASU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Advisory database for the items about patches.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
}

/// The target and the language.
#[derive(Debug, Args, Clone)]
pub struct FixTarget {
    /// The root file system in this folder instead of this host; no service is touched.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// A form of a plan or of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FixFormat {
    /// Text for people.
    Table,
    /// JSON; `apply` takes the file.
    Json,
}

/// `pasu fix plan`.
#[derive(Debug, Args)]
pub struct FixPlanArgs {
    /// Items by code (U-01) or slug; every item that fails without any choice.
    pub items: Vec<String>,
    /// Which.
    #[command(flatten)]
    pub choice: FixChoice,
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
    /// table, json; may be repeated, each with its --output.
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Vec<FixFormat>,
    /// Where to write; standard output without it, or with -.
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
}

/// `pasu fix apply`.
#[derive(Debug, Args)]
pub struct FixApplyArgs {
    /// A plan's file, or items by code (U-01) or slug.
    #[arg(value_name = "PLAN|ITEM")]
    pub what: Vec<String>,
    /// Which.
    #[command(flatten)]
    pub choice: FixChoice,
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
    /// Answer yes to the question that is asked before anything is changed.
    #[arg(short, long)]
    pub yes: bool,
    /// Undo everything by itself after this time (60s, 5m) unless `pasu fix confirm` comes first.
    #[arg(long, value_parser = parse_duration, value_name = "TIME")]
    pub confirm_within: Option<Duration>,
}

/// `pasu fix confirm`.
#[derive(Debug, Args)]
pub struct FixConfirmArgs {
    /// Which entry; the one that waits without it.
    pub id: Option<String>,
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
}

/// `pasu fix rollback`.
#[derive(Debug, Args)]
pub struct FixRollbackArgs {
    /// Which entry of the history.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub id: Option<String>,
    /// Everything that was applied, the newest first.
    #[arg(long)]
    pub all: bool,
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
    /// Answer yes to the question that is asked before anything is changed.
    #[arg(short, long)]
    pub yes: bool,
}

/// `pasu fix history`.
#[derive(Debug, Args)]
pub struct FixHistoryArgs {
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
    /// table or json.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub format: FixFormat,
}

/// `pasu fix show`.
#[derive(Debug, Args)]
pub struct FixShowArgs {
    /// Which entry of the history.
    pub id: String,
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
    /// table or json.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub format: FixFormat,
}

/// `pasu fix recover`.
#[derive(Debug, Args)]
pub struct FixRecoverArgs {
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
    /// Only undo this entry, when its time to be confirmed is over; waits for it. Started by `apply --confirm-within`.
    #[arg(long, value_name = "ID", hide = true)]
    pub wait_for: Option<String>,
    /// Nothing of the machine runs yet, and units wait for this. Said by the unit that recovers at boot.
    #[arg(long, hide = true)]
    pub at_boot: bool,
}

/// `pasu fix packages`.
#[derive(Debug, Args)]
pub struct FixPackagesArgs {
    /// Only these packages; every package with a security update without any.
    pub packages: Vec<String>,
    /// Only what mends these vulnerabilities; may be repeated.
    #[arg(long, value_delimiter = ',', value_name = "CVE")]
    pub cve: Vec<String>,
    /// Install them; only the plan is shown without it.
    #[arg(long)]
    pub apply: bool,
    /// Let the package manager fetch its lists first.
    #[arg(long)]
    pub refresh: bool,
    /// Answer yes to the question that is asked before anything is changed.
    #[arg(short, long)]
    pub yes: bool,
    /// table or json.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub format: FixFormat,
    /// Advisory database.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub target: FixTarget,
}
