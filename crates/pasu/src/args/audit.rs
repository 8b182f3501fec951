//! Flags of `pasu audit`.

use super::SourceArgs;
use super::scan::{parse_duration, parse_lang};
use clap::{Args, Subcommand, ValueEnum};
use pasu_model::{Importance, Lang, Verdict};
use pasu_report::AuditFormat;
use std::path::PathBuf;
use std::time::Duration;

/// The most time one item may take, unless the user says otherwise.
pub const ITEM_TIMEOUT: Duration = Duration::from_secs(60);

/// `pasu audit`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AuditArgs {
    /// What to do; this host is audited without one.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// How to audit.
    #[command(flatten)]
    pub run: AuditRunArgs,
}

/// What there is besides the audit itself.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Show an item's page: what is looked at, why, good and bad, how to put it right.
    Explain(ExplainArgs),
    /// Answer an item that only a person can judge, or that could not be checked.
    Answer(AnswerArgs),
    /// List the items of a guideline.
    List(ListArgs),
    /// Print the JSON Schema of results (`result`) or of the policy file (`policy`).
    Schema(SchemaArgs),
}

/// How to audit.
#[derive(Debug, Args)]
pub struct AuditRunArgs {
    /// Audit the root file system in this folder instead of this host.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Audit this container image, by name, instead of this host: the guideline for images, and of the newest KISA
    /// guideline what says something about an image's tree.
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["root", "guideline"])]
    pub image: Option<String>,
    /// Audit the container image in this archive or OCI layout folder; - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["root", "guideline"])]
    pub input: Option<PathBuf>,
    /// Where images are looked for.
    #[command(flatten)]
    pub source: SourceArgs,
    /// kisa-2026 or kisa-2021; the policy's, else the newest, without it.
    #[arg(long, value_parser = parse_guideline, value_name = "NAME")]
    pub guideline: Option<String>,
    /// Only these items, by code (U-01) or slug; by comma or repeated.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    pub item: Vec<String>,
    /// table, json, sarif, csv, markdown, html, pdf, junit; may be repeated, each with its --output.
    #[arg(short, long, value_parser = parse_format, value_name = "FORMAT")]
    pub format: Vec<AuditFormat>,
    /// Where to write; standard output without it, or with -. The n-th --output belongs to the n-th --format.
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Exit with this status when items fail that nobody accepted.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub exit_code: u8,
    /// Only failures of this weight or more count for the exit status: high, medium, low.
    #[arg(long, default_value = "low", value_name = "WEIGHT")]
    pub fail_on: ImportanceArg,
    /// Policy file with parameters and accepted exceptions; /etc/pasu/pasu.toml without it, if there is one.
    #[arg(long, env = "PASU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where answers and the last result are kept; /var/lib/pasu for root, ~/.local/state/pasu for others.
    #[arg(long, env = "PASU_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Do not keep this result for comparison with the next.
    #[arg(long)]
    pub no_save: bool,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// Stop looking after this time: 90s, 5m, 1h30m. What is not judged by then is blocked.
    #[arg(long, default_value = "10m", value_parser = parse_duration, value_name = "TIME")]
    pub timeout: Duration,
    /// The most time one item may take, but for those that look at every file.
    #[arg(long, default_value = "60s", value_parser = parse_duration, value_name = "TIME")]
    pub item_timeout: Duration,
    /// Advisory database for the items about patches.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
}

/// `pasu audit explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Code (U-01) or slug.
    pub item: String,
    /// The guideline whose codes are meant.
    #[arg(long, value_parser = parse_guideline, value_name = "NAME")]
    pub guideline: Option<String>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// `pasu audit list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The guideline.
    #[arg(long, value_parser = parse_guideline, value_name = "NAME")]
    pub guideline: Option<String>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// `pasu audit answer`.
#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// Code (U-01) or slug.
    pub item: String,
    /// pass, fail or not-applicable.
    #[arg(long, value_name = "VERDICT")]
    pub verdict: VerdictArg,
    /// Why: what was looked at, and by which rule of the organisation.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Last day on which the answer counts, such as 2027-03-31.
    #[arg(long, value_name = "DATE")]
    pub until: jiff::civil::Date,
    /// Who answers; the user who is logged in without it.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The audited root file system, if it is not this host.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// The container image that is meant instead of this host, as audits name it.
    #[arg(long, value_name = "IMAGE", conflicts_with = "root")]
    pub image: Option<String>,
    /// The guideline whose codes are meant.
    #[arg(long, value_parser = parse_guideline, value_name = "NAME")]
    pub guideline: Option<String>,
    /// Where answers are kept.
    #[arg(long, env = "PASU_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
}

/// `pasu audit schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which schema.
    #[arg(default_value = "result")]
    pub which: SchemaArg,
}

/// A schema as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaArg {
    /// What `--format json` prints.
    Result,
    /// What `pasu.toml` may hold.
    Policy,
}

/// A verdict that a person can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerdictArg {
    /// The good case holds.
    Pass,
    /// The bad case holds.
    Fail,
    /// What it is about is not there.
    NotApplicable,
}

impl From<VerdictArg> for Verdict {
    fn from(verdict: VerdictArg) -> Self {
        match verdict {
            VerdictArg::Pass => Self::Pass,
            VerdictArg::Fail => Self::Fail,
            VerdictArg::NotApplicable => Self::NotApplicable,
        }
    }
}

/// A weight as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportanceArg {
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
}

impl From<ImportanceArg> for Importance {
    fn from(importance: ImportanceArg) -> Self {
        match importance {
            ImportanceArg::High => Self::High,
            ImportanceArg::Medium => Self::Medium,
            ImportanceArg::Low => Self::Low,
        }
    }
}

fn parse_format(text: &str) -> Result<AuditFormat, String> {
    AuditFormat::parse(text).ok_or_else(|| {
        let names: Vec<&str> = AuditFormat::all().map(AuditFormat::name).collect();
        format!("one of {}", names.join(", "))
    })
}

pub(super) fn parse_guideline(text: &str) -> Result<String, String> {
    if pasu_checks::Guideline::ids().any(|id| id == text) {
        return Ok(text.to_owned());
    }
    Err(format!("one of {}", pasu_checks::Guideline::ids().collect::<Vec<_>>().join(", ")))
}
