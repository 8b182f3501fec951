//! Flags of `pasu db`.

use super::scan::parse_lang;
use clap::{Args, Subcommand};
use pasu_model::Lang;
use std::path::PathBuf;

/// What to do with the advisory database.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Build a database from advisory feeds.
    Build(BuildArgs),
    /// Fetch a signed database and put it in place of the one in use.
    Update(UpdateArgs),
    /// Show where the advisories come from and how old they are.
    Status(StatusArgs),
    /// Make a key pair for signing databases of your own.
    Keygen(KeygenArgs),
    /// Sign a database, for `pasu db update` elsewhere.
    Sign(SignArgs),
    /// Compare versions in an ecosystem's order: reads lines `A B`, prints `<`, `=`, `>` or `?` for each.
    Compare(CompareArgs),
}

/// `pasu db build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Folder laid out like the public feeds, the URL of one, or `public`: each feed from its publisher.
    #[arg(long, value_name = "DIR|URL|public")]
    pub feeds: String,
    /// File to write.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Keep only what the snapshot inside the program holds.
    #[arg(long)]
    pub snapshot: bool,
    /// Where downloaded feeds are kept between builds; without it, in `feeds` beside the database of `pasu db update`.
    #[arg(long, value_name = "DIR")]
    pub download_dir: Option<PathBuf>,
    /// How often a failing download is tried again.
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=20))]
    pub retries: u32,
    /// No progress bar.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `pasu db update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Where the database is, as URL or file; its signature lies beside it as FILE.sig.
    #[arg(long, value_name = "URL|FILE", env = "PASU_DB_FROM")]
    pub from: Option<String>,
    /// Where the signature is, if not beside the database.
    #[arg(long, value_name = "URL|FILE")]
    pub signature: Option<String>,
    /// Ed25519 public key to trust: 64 hexadecimal digits, or a file that holds them.
    #[arg(long, value_name = "KEY", env = "PASU_DB_KEY")]
    pub key: Option<String>,
    /// Accept a database older than the one in use.
    #[arg(long)]
    pub allow_older: bool,
    /// Database to replace; without it, /var/lib/pasu/pasu.db for root and ~/.cache/pasu/pasu.db for others.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// How often a failing download is tried again.
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=20))]
    pub retries: u32,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `pasu db keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// File for the secret key; the public one goes beside it as FILE.pub.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `pasu db sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// Database to sign.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// File that holds the secret key, made by `pasu db keygen`.
    #[arg(long, value_name = "SECRET")]
    pub key: PathBuf,
    /// File to write; FILE.sig without it.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `pasu db status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Database to show.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Read the whole file and check every checksum.
    #[arg(long)]
    pub verify: bool,
}

/// `pasu db compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// debian, rpm, alpine, npm, pypi, go, maven, cargo, rubygems, composer, nuget…
    pub ecosystem: String,
}
