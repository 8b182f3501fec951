//! Flags of `pasu db`.

use clap::{Args, Subcommand};
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
    /// Compare versions in an ecosystem's order: reads lines `A B`, prints `<`, `=`, `>` or `?` for each.
    Compare(CompareArgs),
}

/// `pasu db build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Folder laid out like the public feeds, or the URL of one.
    #[arg(long, value_name = "DIR|URL")]
    pub feeds: String,
    /// File to write.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Keep only what the snapshot inside the program holds.
    #[arg(long)]
    pub snapshot: bool,
    /// Where downloaded feeds are kept between builds.
    #[arg(long, value_name = "DIR")]
    pub download_dir: Option<PathBuf>,
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
    /// Ed25519 public key to trust instead of the built-in one: 64 hexadecimal digits, or a file that holds them.
    #[arg(long, value_name = "KEY", env = "PASU_DB_KEY")]
    pub key: Option<String>,
    /// Database to replace.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// No progress bar.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `pasu db status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Database to show.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
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
